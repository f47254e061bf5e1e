"""What goes to the next level by itself, and what is said before something is due."""

from datetime import datetime

from lianxin.accounts.actors import Actor, require_clock
from lianxin.accounts.models import Scope, ScopeKind
from lianxin.core.operation import operation
from lianxin.core.values import hours, value
from lianxin.desk.models import DeskItem
from lianxin.history import chain
from lianxin.history.models import Entry
from lianxin.needs import clocks
from lianxin.needs.clocks import Clocks
from lianxin.needs.models import Need
from lianxin.needs.operations import excluding, notify
from lianxin.needs.operations.steps import escalation_due, lock, need_url, settle
from lianxin.needs.states import ENDED, Escalation
from lianxin.needs.states import Status as S
from lianxin.notifications import notices
from lianxin.notifications.notices import Say
from lianxin.staffing.duty import on_duty


def at_filing(need: Need, city: Clocks, *, actor: Actor, at: datetime) -> tuple[list[Entry], list[Say]]:
    """Who answers around the clock: outside working time the one on duty, where there is none the next level's.

    Moves the unsaved `need`'s handler and chain; returns the entries and notices to write with it. One query, only
    for what runs around the clock. Nobody on duty anywhere: it lies with the city.
    """
    if not clocks.by_the_wall(need.urgency, need.category) or city.work.is_working(at):
        return [], []
    community = need.community
    levels = [community.scope, community.town.scope, community.town.city.scope]
    levels = levels[[level.pk for level in levels].index(need.handler_id) :]
    duty = on_duty([level.pk for level in levels], at)
    there = next((level for level in levels if level.pk in duty), levels[-1])
    told = [_on_duty(need, user_id) for user_id in duty.get(there.pk, [])]
    if there.pk == need.handler_id:
        return [], told
    need.handler = there
    need.escalated_for = [*need.escalated_for, Escalation.NO_DUTY]
    entry = chain.prepare(need, "need.escalated", actor=actor, at=at, reason=Escalation.NO_DUTY, to=there.kind)
    return [entry], [*told, notify.to_handler(need, "need.escalated", urgent=True)]


def to_duty(need: Need, scope_id: int, at: datetime) -> list[Say]:
    """What whoever is on duty at a level or a giver hears at once, outside working time, of what runs around the clock.

    One query at the most.
    """
    if not clocks.by_the_wall(need.urgency, need.category) or clocks.clocks(at).work.is_working(at):
        return []
    return [_on_duty(need, user_id) for user_id in on_duty([scope_id], at).get(scope_id, [])]


def to_whoever_is_there(need: Need, at: datetime) -> list[Say]:
    """It turned out to run around the clock: outside working time whoever is on duty hears of it, at the level that has
    it in hand, else at the next one that has somebody. Two queries at the most, none for what can wait.
    """
    if not clocks.by_the_wall(need.urgency, need.category) or clocks.clocks(at).work.is_working(at):
        return []
    levels = sorted(Scope.objects.filter(path__in=need.handler.chain()), key=lambda level: -len(level.path))
    duty = on_duty([level.pk for level in levels], at)
    there = next((duty[level.pk] for level in levels if level.pk in duty), [])
    return [_on_duty(need, user_id) for user_id in there]


def _on_duty(need: Need, user_id: int) -> Say:
    return Say("need.on_duty", need_url(need), user_id=user_id, params={"number": need.number}, urgent=True)


def _up(need: Need, reason: str, *, actor: Actor, at: datetime) -> list[Say]:
    """Move a locked need to the next level, with its history; the caller settles. Two queries.

    What runs around the clock goes, outside working time, to the next level with somebody on duty; else to the city.
    """
    above = sorted(Scope.objects.filter(path__in=need.handler.chain()[:-1]), key=lambda level: -len(level.path))
    urgent = clocks.by_the_wall(need.urgency, need.category)
    duty = on_duty([level.pk for level in above], at) if urgent else {}
    level, need.handler = need.handler, above[0]
    if urgent and not clocks.clocks(at).work.is_working(at):
        need.handler = next((level for level in above if level.pk in duty), above[-1])
    need.escalated_for = [*need.escalated_for, reason]
    moved = {"level": level.kind, "to": need.handler.kind}
    chain.record(need, "need.escalated", actor=actor, at=at, reason=reason, **moved)
    told = [_on_duty(need, user) for user in duty.get(need.handler_id, [])]
    return [notify.to_handler(need, "need.escalated", urgent=urgent), *told, *excluding.follow(need, at)]


def _again(need: Need, reason: str, times: int, limit: str, *, actor: Actor, at: datetime) -> list[Say]:
    if need.handler.kind == ScopeKind.CITY or need.status in ENDED or reason in need.escalated_for:
        return []
    return _up(need, reason, actor=actor, at=at) if times >= value(limit, at) else []


def after_reopening(need: Need, *, actor: Actor, at: datetime) -> list[Say]:
    """Not solved for the third time: the next level sees to it. The caller settles and sends."""
    if need.status == S.CONFIRMED:
        return []
    return _again(need, Escalation.REOPENED, need.reopened_count, clocks.MANY_REOPENED, actor=actor, at=at)


def after_refusal(need: Need, *, actor: Actor, at: datetime) -> list[Say]:
    """Given back for the third time: the next level sees to it. The caller settles and sends."""
    return _again(need, Escalation.REFUSED, need.refused_count, clocks.MANY_REFUSED, actor=actor, at=at)


@operation
def escalate_need(need: Need, *, actor: Actor, at: datetime) -> bool:
    """An answer or a solution is overdue: the need goes to the next level. False when that is not so any more.

    Raises NotAllowed for anybody but the clock.
    """
    require_clock(actor)
    need = lock(need)
    due = escalation_due(need)
    if due is None or due[0] > at:
        return False
    said = _up(need, due[1], actor=actor, at=at)
    settle(need, "overdue", need.status, actor=actor, at=at, reason=due[1])
    notices.send(said, at=at)
    return True


@operation
def remind_of_need(need: Need, *, actor: Actor, at: datetime) -> bool:
    """What is due soon is said once to every post on whose desk it lies. False when it was said or has moved on.

    Soon: within the hours that the city sets, and not before half of the time is over. Raises NotAllowed for anybody
    but the clock.
    """
    require_clock(actor)
    need = lock(need)
    soon = min(hours(clocks.REMIND), (need.due_at - need.filed_at) / 2)
    if need.reminded_for == need.due_at or need.status in ENDED or not at < need.due_at <= at + soon:
        return False
    need.reminded_for = need.due_at
    need.save(update_fields=["reminded_for"])
    posts = DeskItem.objects.filter(object_type="need", object_id=need.pk).values_list("scope_id", "role").distinct()
    said = [
        Say("need.due_soon", need_url(need), scope_id=scope, role=role, params={"number": need.number})
        for scope, role in posts
    ]
    notices.send(said, at=at)
    return True


@operation
def stop_waiting(need: Need, *, actor: Actor, at: datetime) -> bool:
    """The clock has waited for the asker long enough and runs again. False when it does not wait any more.

    Raises NotAllowed for anybody but the clock.
    """
    require_clock(actor)
    need = lock(need)
    until = clocks.waits_until(need)
    if until is None or until > at:
        return False
    clocks.resume(need, at)
    settle(need, "waited", need.status, actor=actor, at=at)
    return True
