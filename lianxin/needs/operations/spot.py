"""Handled on the spot (即办)."""

from datetime import datetime

from lianxin.accounts.actors import Actor
from lianxin.core.operation import operation
from lianxin.needs.models import Need
from lianxin.needs.operations import notify
from lianxin.needs.operations.filing import Asked, Filed, file_need
from lianxin.needs.operations.giving import check_note, mark_delivered
from lianxin.needs.operations.steps import lock, settle, take_on
from lianxin.needs.operations.triage import mark_verified
from lianxin.needs.photos import Upload
from lianxin.needs.rules import require
from lianxin.notifications import notices
from lianxin.organisations.models import Organisation


@operation
def handle_on_the_spot(
    asked: Asked,
    *,
    actor: Actor,
    at: datetime,
    key: str,
    note: str,
    giver: Organisation,
    photos: list[Upload] | None = None,
) -> Filed:
    """One form files, verifies and delivers what could be done at once; `giver`: the community's office.

    The answer stays with the asker: their code (handed over on the slip) or a person who had no part in it
    confirms. Raises what `file_need` raises, and Invalid without a note.
    """
    check_note(note)
    filed = file_need(asked, actor=actor, at=at, key=key, photos=photos)
    if filed.repeated:
        return filed
    need = lock(Need(pk=filed.need_id))
    require(actor, need, "on_spot", giver=giver)
    before = need.status
    mark_verified(need, at=at)
    commitment = take_on(need, giver=giver, at=at, staff=actor.user, claimed_by=actor.user, assigned=True)
    mark_delivered(need, need.commitments.all()[0], actor=actor, at=at, note=note)
    settle(need, "handled", before, actor=actor, at=at, giver=commitment.giver.code)
    notices.send([notify.to_handler(need, "need.delivered")], at=at)
    return filed
