"""The town's second call: of the answers that were recorded for askers, some are picked by chance and asked again."""

import secrets
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role
from lianxin.core.clock import local_day
from lianxin.core.errors import Invalid, WrongState
from lianxin.core.operation import operation
from lianxin.core.values import VALUES, days, value, whole
from lianxin.desk import queue
from lianxin.desk.queue import Waiting
from lianxin.needs.answers import Answer, SecondCall
from lianxin.needs.models import Message, Need
from lianxin.needs.operations import escalating, notify
from lianxin.needs.operations.merging import lock_with_parent, not_solved_for
from lianxin.needs.operations.steps import city_post, derive, is_there, note_answer, reopen, say, settle
from lianxin.needs.rules import asked_about, named_on, require
from lianxin.needs.states import CommitmentStatus as C
from lianxin.needs.states import Satisfaction, SecondCallResult, Via
from lianxin.needs.states import Status as S
from lianxin.notifications import notices
from lianxin.organisations.models import OrganisationKind

SHARE = "needs.second_call_percent"
WITHIN = "needs.second_call_days"
# One part's answer is asked about; the need may stand elsewhere by then. What was declined or withdrawn stays so.
REOPENED_FROM = (S.VERIFIED, S.PUBLISHED, S.CLAIMED, S.UNDER_WAY, S.DELIVERED, S.CONFIRMED, S.CLOSED_UNANSWERED)
VALUES.add(
    SHARE,
    whole(
        gettext_lazy("Recorded answers that the town asks about again"),
        group=gettext_lazy("Answers"),
        default=5,
        low=0,
        high=100,
        unit="%",
        applies=gettext_lazy("For answers recorded from then on, each picked by chance."),
    ),
)
VALUES.add(
    WITHIN,
    whole(
        gettext_lazy("The town's second call is due after"),
        group=gettext_lazy("Answers"),
        default=7,
        low=1,
        high=60,
        unit=gettext_lazy("days"),
        applies=gettext_lazy("For calls picked from then on."),
    ),
)


def pick(need: Need, answer: Answer, *, at: datetime) -> None:
    """By chance, put the answer before the town, or the city. A few queries when it is picked."""
    if secrets.randbelow(100) < value(SHARE, at):
        call = SecondCall.objects.create(need=need, answer=answer, picked_at=at, due_at=at + days(WITHIN, at))
        queue.put("second_call", call.pk, [Waiting(*_caller(need, answer, at), "second_call", call.due_at)])


def _caller(need: Need, answer: Answer, at: datetime) -> tuple[int, str]:
    """The post that calls: the town, if it did not do it itself and somebody there had no part; else the city."""
    parts = asked_about(answer)
    had_a_part = {user_id for part in parts for user_id in named_on(part)} | {answer.by_id or 0}
    town = (need.town_id, Role.TOWN)
    by_town = any(part.giver.kind == OrganisationKind.TOWN_OFFICE for part in parts)
    return town if not by_town and is_there(town, at, but=had_a_part) else city_post(need)


def forget(need: Need) -> None:
    """The asker has spoken, or can't be called any more: no call that was picked is made. Two queries at the least."""
    for pk in list(need.second_calls.filter(done_at=None).values_list("pk", flat=True)):
        queue.replace("second_call", pk, [])
    need.second_calls.filter(done_at=None).delete()


@operation
def record_second_call(
    need: Need,
    *,
    actor: Actor,
    at: datetime,
    result: str,
    solved: bool | None = None,
    satisfaction: str = "",
    words: str = "",
) -> SecondCall:
    """The town has called about an answer that was recorded for the asker.

    `result` (SecondCallResult): "differs" takes what the asker says now as the answer; not solved reopens the need
    with its giver. "not_reached" counts as tried; on a second day it ends the call.
    Raises NotAllowed for who recorded the answer or had a part, WrongState when no call was picked or it was tried
    today, Invalid when it is not said how the answer differs.
    """
    need, parent = lock_with_parent(need)
    require(actor, need, "second_call")
    call = need.pending_call
    if call is None:
        raise WrongState(_("No second call is asked for."))
    commitment = next((c for c in need.commitments.all() if c.pk == call.answer.commitment_id), None)
    if result not in SecondCallResult.values:
        raise Invalid(_("Say what came of the call."), field="result")
    before = need.status
    if result == SecondCallResult.NOT_REACHED:
        if call.tried_at and local_day(call.tried_at) == local_day(at):
            raise WrongState(_("An attempt of today is recorded already; try on another day."))
        if call.tried_at is None:
            call.tried_at = at
            call.save()
            settle(need, "second_call_tried", before, actor=actor, at=at)
            return call
    if result == SecondCallResult.DIFFERS:
        if solved is None or (satisfaction and satisfaction not in Satisfaction.values):
            raise Invalid(_("Say what the asker answers now."), field="solved")
        answer = Answer.objects.create(
            need=need,
            commitment=commitment,
            solved=solved,
            satisfaction=satisfaction,
            via=Via.PROXY,
            by=actor.user,
            at=at,
        )
        note_answer(need, solved, satisfaction, answer.via, at)
        told = [notify.to_handler(need, "need.second_call_differs")]
        if parent and not solved:
            told.append(not_solved_for(need, parent, actor=actor, at=at))
        if commitment and not solved and commitment.status == C.CONFIRMED and need.status in REOPENED_FROM:
            commitment.solved, commitment.answered_at = False, at
            reopen(need, commitment, at=at)
            commitment.save()
            derive(need, at=at)
            told.append(notify.to_giver(need, commitment, "need.not_solved"))
            told += escalating.after_reopening(need, actor=actor, at=at)
        notices.send(told, at=at)
    call.result, call.done_at, call.by = result, at, actor.user
    call.save()
    queue.replace("second_call", call.pk, [])
    if words.strip():
        say(need, words, Message.Audience.INSIDE, actor=actor, at=at)
    settle(need, "second_call", before, actor=actor, at=at, reason=result)
    return call
