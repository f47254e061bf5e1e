"""Handled on the spot (即办)."""

from datetime import datetime

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role
from lianxin.core.operation import operation
from lianxin.needs.models import Need
from lianxin.needs.operations import notify
from lianxin.needs.operations.filing import Asked, Filed, add_photos, file_need
from lianxin.needs.operations.giving import check_note, mark_delivered
from lianxin.needs.operations.steps import lock, settle, take_on
from lianxin.needs.operations.triage import mark_verified
from lianxin.needs.photos import Upload
from lianxin.needs.queries import office_of
from lianxin.needs.rules import on_grid, require
from lianxin.notifications import notices


@operation
def handle_on_the_spot(
    asked: Asked,
    *,
    actor: Actor,
    at: datetime,
    key: str,
    note: str,
    photos: list[Upload] | None = None,
) -> Filed:
    """One form files, verifies and delivers what could be done at once.

    Raises what `file_need` and `handle_need` raise.
    """
    check_note(note)
    filed = file_need(asked, actor=actor, at=at, key=key, photos=photos)
    if not filed.repeated:
        _handle(lock(Need(pk=filed.need_id)), actor=actor, at=at, note=note)
    return filed


@operation
def handle_need(need: Need, *, actor: Actor, at: datetime, note: str, photos: list[Upload] | None = None) -> Need:
    """Verify and deliver in one step what somebody has asked for: a call made, a screw tightened.

    The answer stays with the asker: their code or a person who had no part in it confirms. Raises Invalid without a
    note and where no office is entered for the actor's place.
    """
    check_note(note)
    need = lock(need)
    _handle(need, actor=actor, at=at, note=note, photos=photos)
    return need


def _handle(need: Need, *, actor: Actor, at: datetime, note: str, photos: list[Upload] | None = None) -> None:
    require(actor, need, "on_spot")
    giver = office_of(_place_of(need, actor))
    require(actor, need, "on_spot", giver=giver)
    before = need.status
    mark_verified(need, at=at)
    take_on(need, giver=giver, at=at, staff=actor.user, claimed_by=actor.user, assigned=True)
    mark_delivered(need, need.commitments.all()[0], actor=actor, at=at, note=note)
    add_photos(need, photos or [], at=at, of_delivery=True)
    settle(need, "handled", before, actor=actor, at=at, giver=giver.code)
    notices.send([notify.to_handler(need, "need.delivered")], at=at)


def _place_of(need: Need, actor: Actor) -> int:
    """The place for whose office the actor handles it: the lowest of those it acts for."""
    if on_grid(actor, need) or actor.holds(need.community_id, Role.OFFICE):
        place: int = need.community_id
    else:
        place = need.town_id if actor.holds(need.town_id, Role.TOWN) else need.community.town.city_id
    return place
