"""Batches of wishes that a company hands in for its staff."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role
from lianxin.alliance.models import Membership
from lianxin.core import numbers
from lianxin.core.clock import local_day
from lianxin.core.errors import Invalid, NotAllowed
from lianxin.core.once import once
from lianxin.core.operation import operation
from lianxin.history import chain
from lianxin.needs.models import Category, WishBatch
from lianxin.needs.operations.filing import Asked, file_need
from lianxin.needs.states import Channel
from lianxin.organisations.models import Organisation
from lianxin.places.models import Community

MAX_BATCH = 60


@dataclass(frozen=True)
class Wished:
    """One wish of a batch: what, in which category, and whether it may be published."""

    text: str
    category: Category
    publish_ok: bool = True


@dataclass(frozen=True)
class HandedIn:
    """A batch and the slips to hand out: number and code of each wish. The company keeps the numbers only."""

    batch: WishBatch
    slips: list[tuple[str, str]]
    repeated: bool


@operation
def hand_in_batch(
    wishes: list[Wished],
    *,
    actor: Actor,
    at: datetime,
    organisation: Organisation,
    community: Community,
    key: str,
) -> HandedIn:
    """A unit hands in its staff's wishes; each becomes a need of its own with its own code.

    Raises NotAllowed for somebody else's unit or a community outside its alliances, Invalid for an empty batch.
    """
    if not actor.holds(organisation.pk, Role.LIAISON):
        raise NotAllowed(_("Only the unit's own liaison hands in its wishes."))
    if not Membership.objects.filter(organisation=organisation, community=community).exists():
        raise NotAllowed(_("This community's alliance does not include your unit."))
    if not wishes:
        raise Invalid(_("Write at least one wish."), field="wishes")
    if len(wishes) > MAX_BATCH:
        raise Invalid(_("At the most %(n)s wishes at once.") % {"n": MAX_BATCH}, field="wishes")
    body = {"organisation": organisation.pk, "community": community.pk} | {
        str(i): [w.text, w.category.pk, w.publish_ok] for i, w in enumerate(wishes)
    }

    def run() -> dict[str, Any]:
        batch = _open_batch(organisation, community, actor=actor, at=at, count=len(wishes))
        slips = []
        for i, wish in enumerate(wishes):
            asked = Asked(
                kind="wish",
                category=wish.category,
                community=community,
                text=wish.text,
                channel=Channel.STATION,
                publish_ok=wish.publish_ok,
            )
            filed = file_need(asked, actor=actor, at=at, key=f"{key}:{i}"[-64:], batch=batch)
            slips.append([filed.number, filed.code])
        return {"number": batch.number, "slips": slips}

    answer, repeated = once(operation="hand_in_batch", key=key, body=body, at=at, run=run)
    batch = WishBatch.objects.get(number=answer["number"])
    return HandedIn(batch, [(n, c) for n, c in answer["slips"]], repeated)


def _open_batch(
    organisation: Organisation, community: Community, *, actor: Actor, at: datetime, count: int
) -> WishBatch:
    year = local_day(at).year % 100
    batch = WishBatch(
        number=f"B-{year:02d}-{numbers.take(f'batches-{year:02d}'):03d}",
        organisation=organisation,
        community=community,
        handed_in_at=at,
        handed_in_by=actor.user,
    )
    chain.record(batch, "batch.handed_in", actor=actor, at=at, count=count)
    batch.save(force_insert=True)
    return batch
