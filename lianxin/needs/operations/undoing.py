"""Pressed by mistake: whoever did the last step of a need takes it back (docs/decisions/0040).

History keeps both: what was done, and that it was taken back.
"""

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Scope, ScopeKind
from lianxin.core.errors import WrongState
from lianxin.core.operation import operation
from lianxin.history.models import Entry
from lianxin.needs.answers import Answer, SecondCall
from lianxin.needs.models import Commitment, Message, Need
from lianxin.needs.operations import notify
from lianxin.needs.operations.steps import change_commitment, change_status, derive, lock, settle, stood_before
from lianxin.needs.photos import unlink_photos
from lianxin.needs.rules import last_step, require
from lianxin.needs.states import CommitmentStatus as C
from lianxin.notifications import notices
from lianxin.notifications.notices import Say

Back = Callable[[Need, Entry, datetime], list[Say]]


@operation
def take_back(need: Need, *, actor: Actor, at: datetime) -> Need:
    """The actor did the last step by mistake: the need stands as before it. Whoever was told of the step hears that.

    A claim that a decline or a withdrawal called off stays called off: its giver may have turned to something else.
    Raises WrongState when something else has happened since, and for an answer that the town is to ask about again.
    """
    need = lock(need)
    require(actor, need, "take_back")
    step = last_step(need)
    if step is None:
        raise WrongState(_("There is nothing to take back."))
    before = need.status
    told = BACK[step.code](need, step, at)
    settle(need, "taken_back", before, actor=actor, at=at, step=step.code.removeprefix("need."))
    notices.send(told, at=at)
    return need


def _open_again(need: Need, step: Entry, at: datetime) -> list[Say]:
    change_status(need, stood_before(need), at=at)
    need.decline_reason = need.end_reason = need.right_owner = ""
    _back_down(need, step)
    if need.responded_at == step.at and need.verified_at is None:
        need.responded_at = None
    return []


def _not_done(need: Need, step: Entry, at: datetime) -> list[Say]:
    done = _delivered(need, step)
    change_commitment(done, C.UNDER_WAY)
    done.delivered_at = done.delivered_by = None
    done.note = ""
    done.save()
    photos = need.photos.filter(of_delivery=True, at=step.at)
    unlink_photos(list(photos.values_list("file", flat=True)))
    photos.delete()
    need.delivered_at = max((c.delivered_at for c in need.held() if c.delivered_at), default=None)
    derive(need, at=at)
    return [notify.to_handler(need, "need.not_done")]


def _delivered(need: Need, step: Entry) -> Commitment:
    for commitment in need.held():
        if commitment.status == C.DELIVERED and commitment.delivered_at == step.at:
            return commitment
    raise WrongState(_("This commitment has already moved on."))


def _not_tried(need: Need, step: Entry, at: datetime) -> list[Say]:
    need.attempts.filter(by=step.actor_id, at=step.at).delete()
    return []


def _not_said(need: Need, step: Entry, at: datetime) -> list[Say]:
    """The recorded answer goes; the need and the commitment say what the answer before it said, if there was one."""
    answer = need.answers.filter(by=step.actor_id, at=step.at).latest("pk")
    if SecondCall.objects.filter(answer=answer).exists():
        raise WrongState(_("The town is to call the asker about this answer; tell the town what was said."))
    commitment = next(c for c in need.held() if c.pk == answer.commitment_id)
    before = Answer.objects.filter(need=need).exclude(pk=answer.pk).order_by("at", "pk")
    own, last = before.filter(commitment=commitment).last(), before.last()
    change_commitment(commitment, C.DELIVERED)
    commitment.ended_at = None
    commitment.solved, commitment.answered_at = (own.solved, own.at) if own else (None, None)
    commitment.save()
    need.solved, need.answered_at = (last.solved, last.at) if last else (None, None)
    need.satisfaction, need.answered_via = (last.satisfaction, last.via) if last else ("", "")
    if not answer.solved:
        need.reopened_count -= 1
        _back_down(need, step)
    # What the asker was written down to have said.
    need.messages.filter(author=step.actor_id, at=step.at, audience=Message.Audience.ASKER).delete()
    answer.delete()
    derive(need, at=at)
    return [notify.to_giver(need, commitment, "need.answer_taken_back")]


def _back_down(need: Need, step: Entry) -> None:
    """The level from which the step took the need up, if it did, has it in hand again."""
    for entry in need.story:
        if entry.at != step.at or "level" not in entry.params:
            continue
        community = entry.params["level"] == ScopeKind.COMMUNITY
        need.handler = Scope.objects.get(pk=need.community_id if community else need.town_id)
        if entry.code == "need.escalated":
            need.escalated_for = [reason for reason in need.escalated_for if reason != entry.params["reason"]]


BACK: dict[str, Back] = {
    "need.declined": _open_again,
    "need.withdrawn": _open_again,
    "need.delivered": _not_done,
    "need.handled": _not_done,
    "need.attempt": _not_tried,
    "need.confirmed": _not_said,
    "need.not_solved": _not_said,
}
