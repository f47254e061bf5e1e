"""The asker's part, and what is recorded for them: confirm, not solved, withdraw, contest, thank."""

from datetime import datetime

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor, require_clock
from lianxin.core.clock import local_day
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.core.operation import operation
from lianxin.core.values import days, value
from lianxin.needs import clocks, public_text
from lianxin.needs.answers import Answer, CallAttempt, Thanks
from lianxin.needs.models import Commitment, Message, Need
from lianxin.needs.operations import escalating, notify, second_calls
from lianxin.needs.operations.giving import end_claims
from lianxin.needs.operations.merging import let_go, lock_with_joined, lock_with_parent, not_solved_for
from lianxin.needs.operations.steps import (
    change_commitment,
    change_status,
    derive,
    lock,
    lock_commitment,
    note_answer,
    reopen,
    say,
    settle,
    stood_before,
)
from lianxin.needs.rules import answered_by_another, is_asker, require, speaks_for_oneself
from lianxin.needs.states import CommitmentStatus as C
from lianxin.needs.states import Satisfaction, Via
from lianxin.needs.states import Status as S
from lianxin.notifications import notices


@operation
def record_answer(
    commitment: Commitment,
    *,
    actor: Actor,
    at: datetime,
    solved: bool,
    satisfaction: str = "",
    words: str = "",
) -> Answer:
    """The asker says solved or not solved, and how satisfied; or a proxy records it after a call or visit.

    Solved confirms the commitment; not solved reopens it with the same giver, who is told. What was recorded for the
    asker the asker's own answer replaces. Raises NotAllowed for anybody named on the commitment, WrongState when a
    late answer comes after 30 days.
    """
    need, commitment = lock_commitment(commitment)
    again = speaks_for_oneself(actor, need, commitment)
    require(actor, need, "answer_again" if again else "confirm", commitment)
    _check_satisfaction(satisfaction)
    closed = commitment.ended_at if again or commitment.status == C.CLOSED_UNANSWERED else None
    if closed and at > closed + clocks.answers_late():
        raise WrongState(_("It was closed too long ago; please file it again."))
    before = need.status
    # Staff who filed it have seen the code: whoever uses it, the answer counts as a proxy's (DOMAIN §4).
    via = Via.SELF if is_asker(actor, need) and need.filed_by_id is None else Via.PROXY
    answer = Answer.objects.create(
        need=need,
        commitment=commitment,
        solved=solved,
        satisfaction=satisfaction,
        via=via,
        by=actor.user,
        at=at,
    )
    note_answer(need, solved, satisfaction, via, at)
    commitment.solved = solved
    commitment.answered_at = at
    if again:
        second_calls.forget(need)
        change_commitment(commitment, C.DELIVERED)
    if solved:
        change_commitment(commitment, C.CONFIRMED)
        commitment.ended_at = at
    else:
        reopen(need, commitment, at=at)
    commitment.save()
    derive(need, at=at)
    told = escalating.after_reopening(need, actor=actor, at=at)
    code = "confirmed" if solved else "not_solved"
    if words.strip():
        say(need, words, Message.Audience.ASKER, actor=actor, at=at)
    settle(need, code, before, actor=actor, at=at, via=via, satisfaction=satisfaction)
    notices.send([notify.to_giver(need, commitment, f"need.{code}"), *told], at=at)
    if solved and via == Via.PROXY:
        second_calls.pick(need, answer, at=at)
    return answer


@operation
def answer_merged(
    need: Need, *, actor: Actor, at: datetime, solved: bool, satisfaction: str = "", words: str = ""
) -> Answer:
    """The asker of a merged need answers too, or a proxy without part in the joint one records it. Not solved, the need
    stands for itself again, and its office is told.

    What was recorded for the asker the asker's own answer replaces. Raises WrongState until the joint need is
    delivered, and for a second answer.
    """
    need, parent = lock_with_parent(need)
    require(actor, need, "answer_merged")
    _require_done(need)
    if need.answered_at is not None:
        if not answered_by_another(actor, need) or at > need.answered_at + clocks.answers_late():
            raise WrongState(_("Your answer is here already."))
        second_calls.forget(need)
    _check_satisfaction(satisfaction)
    before = need.status
    via = Via.SELF if is_asker(actor, need) and need.filed_by_id is None else Via.PROXY
    answer = Answer.objects.create(need=need, solved=solved, satisfaction=satisfaction, via=via, by=actor.user, at=at)
    note_answer(need, solved, satisfaction, via, at)
    told = [not_solved_for(need, parent, actor=actor, at=at)] if parent and not solved else []
    if words.strip():
        say(need, words, Message.Audience.ASKER, actor=actor, at=at)
    settle(need, "answered_merged", before, actor=actor, at=at, via=via, solved=solved)
    notices.send(told, at=at)
    if solved and via == Via.PROXY:
        second_calls.pick(need, answer, at=at)
    return answer


def _check_satisfaction(satisfaction: str) -> None:
    if satisfaction and satisfaction not in Satisfaction.values:
        raise Invalid(_("Choose how satisfied you are."), field="satisfaction")


def _require_done(need: Need) -> None:
    into = need.joint
    if into is None or not into.is_done:
        raise WrongState(_("It is not done yet; you will be asked then."))


@operation
def record_attempt(commitment: Commitment, *, actor: Actor, at: datetime) -> CallAttempt:
    """The asker was called or visited and not reached. One attempt a day counts."""
    need, commitment = lock_commitment(commitment)
    require(actor, need, "attempt", commitment)
    return _attempt(need, actor, at)


@operation
def record_attempt_merged(need: Need, *, actor: Actor, at: datetime) -> CallAttempt:
    """The asker of a merged need was not reached about the joint one, which is done. One attempt a day counts.

    Raises WrongState until the joint need is delivered.
    """
    need = lock(need)
    require(actor, need, "attempt_merged")
    _require_done(need)
    return _attempt(need, actor, at)


def _attempt(need: Need, actor: Actor, at: datetime) -> CallAttempt:
    last = need.attempts.order_by("-at").first()
    if last and local_day(last.at) == local_day(at):
        raise WrongState(_("An attempt of today is recorded already; try on another day."))
    if actor.user is None:
        raise NotAllowed(_("Only staff can do this."))
    attempt = CallAttempt.objects.create(need=need, by=actor.user, at=at)
    settle(need, "attempt", need.status, actor=actor, at=at)
    return attempt


@operation
def close_unanswered(commitment: Commitment, *, actor: Actor, at: datetime) -> bool:
    """Close what was delivered and never answered: two attempts on different days and 15 days after delivery.

    Returns False when that is not so, or not so any more.
    """
    require_clock(actor)
    need, commitment = lock_commitment(commitment)
    if commitment.status != C.DELIVERED or commitment.delivered_at is None:
        return False
    since = commitment.delivered_at
    tried = {local_day(a.at) for a in need.attempts.filter(at__gte=since)}
    if len(tried) < value(clocks.ATTEMPTS) or at < since + days(clocks.UNANSWERED):
        return False
    before = need.status
    change_commitment(commitment, C.CLOSED_UNANSWERED)
    commitment.ended_at = at
    commitment.save()
    derive(need, at=at)
    settle(need, "closed_unanswered", before, actor=actor, at=at)
    notices.send([notify.to_giver(need, commitment, "need.closed_unanswered")], at=at)
    return True


@operation
def withdraw_need(need: Need, *, actor: Actor, at: datetime, words: str = "") -> Need:
    """The asker no longer wants it; whoever took it on is told. The office may record that for the asker, and says in
    `words` how the asker said so, who reads them and may object (`still_wanted`).

    What was merged into it stands for itself again: whoever asked for that still wants it. Raises Invalid for the
    office without words.
    """
    need, joined = lock_with_joined(need)
    require(actor, need, "withdraw")
    if not is_asker(actor, need):
        if not words.strip():
            raise Invalid(_("Say how the asker told you; the asker reads it."), field="words")
        need.end_reason = words.strip()[:300]
    before = need.status
    said = end_claims(need, "need.withdrawn", at=at)
    let_go(need, joined, at=at)
    change_status(need, S.WITHDRAWN, at=at)
    settle(need, "withdrawn", before, actor=actor, at=at)
    notices.send(said or [notify.to_handler(need, "need.withdrawn")], at=at)
    return need


@operation
def still_wanted(need: Need, *, actor: Actor, at: datetime) -> Need:
    """The asker never said that it is no longer wanted: the need stands where it stood, and the office is told.

    Raises WrongState 30 days after it was recorded.
    """
    need = lock(need)
    require(actor, need, "still_wanted")
    if need.ended_at and at > need.ended_at + clocks.answers_late():
        raise WrongState(_("It was closed too long ago; please file it again."))
    before = need.status
    change_status(need, stood_before(need), at=at)
    need.end_reason = ""
    settle(need, "still_wanted", before, actor=actor, at=at)
    notices.send([notify.to_handler(need, "need.still_wanted")], at=at)
    return need


@operation
def contest_decline(need: Need, *, actor: Actor, at: datetime) -> Need:
    """The asker does not accept the decline; the level above the office that declined it decides. Once.

    Raises WrongState for the second time.
    """
    need = lock(need)
    require(actor, need, "contest")
    if need.contested_at is not None:
        raise WrongState(_("This was decided on once already, or is being decided."))
    need.contested_at = at
    settle(need, "contested", need.status, actor=actor, at=at)
    notices.send([notify.to_level_above(need, "need.contested")], at=at)
    return need


@operation
def overturn_decline(need: Need, *, actor: Actor, at: datetime) -> Need:
    """The level above sides with the asker: the need is open again, and the office starts anew.

    Declined once more, it can be contested once more: that is another decision.
    """
    need = lock(need)
    require(actor, need, "overturn")
    _require_contested(need)
    before = need.status
    change_status(need, S.FILED, at=at)
    need.decline_reason = need.end_reason = need.right_owner = ""
    need.verified_at = need.published_at = need.contested_at = None
    settle(need, "decline_overturned", before, actor=actor, at=at)
    notices.send([notify.to_handler(need, "need.passed_up")], at=at)
    return need


@operation
def uphold_decline(need: Need, *, actor: Actor, at: datetime, words: str) -> Need:
    """The level above sides with the office, and tells the asker why."""
    need = lock(need)
    require(actor, need, "uphold")
    _require_contested(need)
    if not words.strip():
        raise Invalid(_("Tell the asker why."), field="words")
    need.end_reason = words.strip()[:300]
    need.upheld_at = at
    settle(need, "decline_upheld", need.status, actor=actor, at=at)
    return need


def _require_contested(need: Need) -> None:
    if need.contested_at is None or need.upheld_at is not None:
        raise WrongState(_("There is nothing to decide."))


@operation
def thank_giver(need: Need, *, actor: Actor, at: datetime, text: str, agrees: bool) -> Thanks:
    """The asker's words to the giver, passed on; public only when the giver agrees too (`agree_to_thanks`)."""
    need = lock(need)
    require(actor, need, "thank")
    if not text.strip():
        raise Invalid(_("Write a few words."), field="text")
    if Thanks.objects.filter(need=need).exists():
        raise WrongState(_("You have said thanks already."))
    thanks = Thanks.objects.create(need=need, text=text.strip()[:300], asker_agrees=agrees, at=at)
    settle(need, "thanked", need.status, actor=actor, at=at)
    notices.send([notify.to_giver(need, c, "need.thanked") for c in need.commitments.all()], at=at)
    return thanks


@operation
def agree_to_thanks(commitment: Commitment, *, actor: Actor, at: datetime, agrees: bool) -> Thanks:
    """The giver says whether the thanks may stand on the wish wall, beside the wish, or not any more.

    Raises WrongState without thanks that the asker lets be shown, Invalid for words that name a person or a place.
    """
    need, commitment = lock_commitment(commitment)
    require(actor, need, "agree_thanks", commitment)
    thanks = Thanks.objects.filter(need=need, asker_agrees=True).first()
    if thanks is None:
        raise WrongState(_("There are no thanks that may be shown."))
    if agrees and public_text.found_in(thanks.text, also=(need.asker_name, need.asker_phone)):
        raise Invalid(_("The thanks name a person or a place; they stay between you."), field="agrees")
    thanks.giver_agrees = agrees
    thanks.save(update_fields=["giver_agrees"])
    settle(need, "thanks_agreed", need.status, actor=actor, at=at, agrees=agrees)
    return thanks
