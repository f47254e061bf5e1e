"""Leaving a need out of every rate: one person asks with a reason, another one decides; it can be taken back."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Appointment, Scope, User
from lianxin.core.clock import local_day
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.core.operation import operation
from lianxin.desk import queue
from lianxin.desk.queue import Waiting
from lianxin.needs.answers import Exclusion
from lianxin.needs.models import Need
from lianxin.needs.operations.steps import lock, need_url, settle
from lianxin.needs.rules import HANDLER_ROLE, require
from lianxin.needs.states import ExclusionReason, ExclusionState
from lianxin.notifications import notices
from lianxin.notifications.notices import Say

DECIDED_WITHIN = timedelta(days=7)


@operation
def ask_exclusion(need: Need, *, actor: Actor, at: datetime, reason: str, words: str) -> Exclusion:
    """The office asks that the need counts in no rate, and says why; a second person finds it on their desk.

    Raises Invalid without a reason and words, WrongState when it was asked before and is not decided.
    """
    need = lock(need)
    require(actor, need, "ask_exclusion")
    if reason not in ExclusionReason.values:
        raise Invalid(_("Choose a reason."), field="reason")
    if not words.strip():
        raise Invalid(_("Say why."), field="words")
    if need.exclusion_asked_by_id or need.excluded_at:
        raise WrongState(_("That was asked before."))
    if actor.user is None:
        raise NotAllowed(_("Only staff can do this."))
    exclusion = Exclusion.objects.create(
        need=need, reason=reason, words=words.strip()[:300], asked_at=at, asked_by=actor.user
    )
    need.exclusion_asked_by = actor.user
    settle(need, "exclusion_asked", need.status, actor=actor, at=at, reason=reason)
    notices.send([_put_before_a_second(need, exclusion, actor.user, at)], at=at)
    return exclusion


def _put_before_a_second(need: Need, exclusion: Exclusion, asker: User, at: datetime) -> Say:
    scope = _second_place(need, asker, at)
    role = HANDLER_ROLE[scope.kind]
    due = exclusion.asked_at + DECIDED_WITHIN
    queue.replace("exclusion", exclusion.pk, [Waiting(scope.pk, role, "decide_exclusion", due)])
    return Say("need.exclusion_asked", need_url(need), scope_id=scope.pk, role=role, params={"number": need.number})


def follow(need: Need, at: datetime) -> list[Say]:
    """Another level has the need in hand: what is not decided yet waits there. The caller sends.

    No query where nobody asked.
    """
    if need.exclusion_asked_by is None:
        return []
    return [_put_before_a_second(need, _current(need, ExclusionState.ASKED), need.exclusion_asked_by, at)]


def _second_place(need: Need, asker: User, at: datetime) -> Scope:
    """Where a second person decides: the office that has it in hand if somebody else works there, else one level up."""
    day = local_day(at)
    others = Appointment.objects.filter(
        Q(to_on=None) | Q(to_on__gte=day),
        scope_id=need.handler_id,
        role=HANDLER_ROLE[need.handler.kind],
        from_on__lte=day,
        user__is_active=True,
    ).exclude(user=asker)
    above = None if others.exists() else Scope.objects.filter(children=need.handler_id).first()
    return above or need.handler


@operation
def decide_exclusion(need: Need, *, actor: Actor, at: datetime, approved: bool) -> Exclusion:
    """The second person says yes, and the need counts in no rate from now on, or no.

    Raises NotAllowed for the one who asked, WrongState when nothing is asked.
    """
    need = lock(need)
    require(actor, need, "decide_exclusion")
    exclusion = _current(need, ExclusionState.ASKED)
    if actor.user is None or exclusion.asked_by_id == actor.user_id:
        raise NotAllowed(_("A second person decides: you asked for it yourself."))
    exclusion.state = ExclusionState.APPROVED if approved else ExclusionState.REFUSED
    exclusion.decided_at, exclusion.decided_by = at, actor.user
    exclusion.save()
    need.exclusion_asked_by = None
    need.excluded_at = at if approved else None
    if approved:
        settle(need, "exclusion_approved", need.status, actor=actor, at=at, reason=exclusion.reason)
    else:
        settle(need, "exclusion_refused", need.status, actor=actor, at=at, reason=exclusion.reason)
    queue.replace("exclusion", exclusion.pk, [])
    code = "need.exclusion_approved" if approved else "need.exclusion_refused"
    told = Say(code, need_url(need), user_id=exclusion.asked_by_id, params={"number": need.number})
    notices.send([told], at=at)
    return exclusion


@operation
def take_back_exclusion(need: Need, *, actor: Actor, at: datetime) -> Exclusion:
    """The need counts again, or the question is dropped before anybody decided.

    Raises WrongState when the need is not excluded and nothing is asked.
    """
    need = lock(need)
    require(actor, need, "take_back_exclusion")
    exclusion = _current(need, ExclusionState.ASKED, ExclusionState.APPROVED)
    exclusion.state = ExclusionState.TAKEN_BACK
    exclusion.taken_back_at, exclusion.taken_back_by = at, actor.user
    exclusion.save()
    need.exclusion_asked_by = None
    need.excluded_at = None
    settle(need, "exclusion_taken_back", need.status, actor=actor, at=at, reason=exclusion.reason)
    queue.replace("exclusion", exclusion.pk, [])
    return exclusion


def _current(need: Need, *states: str) -> Exclusion:
    found = Exclusion.objects.filter(need=need, state__in=states).first()
    if found is None:
        raise WrongState(_("There is nothing to decide."))
    return found
