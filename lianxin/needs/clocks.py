"""By when a need is to be answered and solved (DOMAIN §4, docs/decisions/0027-clocks-in-working-time.md).

Emergencies and what is answered around the clock (water, power, gas, heat) run by the clock on the wall; everything
else in working time, in which "24 h" is one working day, "7 days" seven. Every length is the city's to set.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from lianxin.core.values import VALUES, days, value, whole
from lianxin.needs import effects
from lianxin.needs.models import Category, Need
from lianxin.needs.states import UNDELIVERED, Urgency
from lianxin.places.calendar import working_time
from lianxin.places.working import WorkingTime

GROUP = _("Clocks")
APPLIES = _("For needs filed from then on; what was filed before keeps its lengths, also when it is sorted anew.")
NOW_ON = _("From then on, also for what is open.")
NOT_LONGER = _("From then on, also for what is open. Not longer than the contact is kept: the code goes with it.")

_MINUTES, _DAYS = _("minutes"), _("days")
_WORKING_DAYS = _("working days")
EMERGENCY_RESPONSE = "needs.emergency_response"
CLOCK_RESPONSE = "needs.clock_response"
RESPONSE = "needs.response"
SOLUTION = {
    Urgency.EMERGENCY: "needs.solution_emergency",
    Urgency.URGENT: "needs.solution_urgent",
    Urgency.NORMAL: "needs.solution_normal",
    Urgency.LONG: "needs.solution_long",
}
CLAIM_LAPSES = "needs.claim_lapses"
UNANSWERED = "needs.unanswered"
ATTEMPTS = "needs.attempts"
REOPEN = "needs.reopen_within"
CONTACT_KEPT = "needs.contact_kept"
WORDS_KEPT = "needs.words_kept"
ASK_WITHIN = "needs.ask_within"
WAITS = "needs.waits_for_asker"
REMIND = "needs.remind_hours"
MANY_REOPENED = "needs.escalate_reopened"
MANY_REFUSED = "needs.escalate_refused"

# What a change of each would do, where that can be said.
_EFFECTS: dict[str, effects.Effect] = {
    EMERGENCY_RESPONSE: effects.due_times(EMERGENCY_RESPONSE, effects.minutes_on),
    CLOCK_RESPONSE: effects.due_times(CLOCK_RESPONSE, effects.minutes_on),
    SOLUTION[Urgency.EMERGENCY]: effects.due_times(SOLUTION[Urgency.EMERGENCY], effects.days_on),
    **{
        code: effects.due_times(code, effects.working_days_on, effects.DUE_IN_WORKING_TIME)
        for code in (RESPONSE, *(SOLUTION[urgency] for urgency in (Urgency.URGENT, Urgency.NORMAL, Urgency.LONG)))
    },
    CLAIM_LAPSES: effects.due_times(CLAIM_LAPSES, effects.days_on, effects.LAPSES),
    UNANSWERED: effects.close_after(ATTEMPTS),
    ATTEMPTS: effects.close_with(UNANSWERED),
    REMIND: effects.remind,
    CONTACT_KEPT: effects.erase_contacts,
    WORDS_KEPT: effects.erase_words,
}

for _code, _label, _default, _high, _unit, _applies in (
    (EMERGENCY_RESPONSE, _("First answer in an emergency"), 60, 1440, _MINUTES, APPLIES),
    (CLOCK_RESPONSE, _("First answer for water, power, gas and heat"), 120, 1440, _MINUTES, APPLIES),
    (RESPONSE, _("First answer otherwise"), 1, 30, _WORKING_DAYS, APPLIES),
    (SOLUTION[Urgency.EMERGENCY], _("Solution in an emergency"), 1, 30, _("days around the clock"), APPLIES),
    (SOLUTION[Urgency.URGENT], _("Solution when it is urgent"), 1, 60, _WORKING_DAYS, APPLIES),
    (SOLUTION[Urgency.NORMAL], _("Solution usually"), 7, 180, _WORKING_DAYS, APPLIES),
    (SOLUTION[Urgency.LONG], _("Solution of what takes longer"), 15, 365, _WORKING_DAYS, APPLIES),
    (CLAIM_LAPSES, _("A claim lapses after"), 10, 180, _DAYS, _("For what is taken on from then on.")),
    (ASK_WITHIN, _("The asker is asked within"), 2, 30, _DAYS, NOW_ON),
    (UNANSWERED, _("Closed without an answer after"), 15, 180, _DAYS, NOW_ON),
    (ATTEMPTS, _("Attempts before it closes without an answer"), 2, 10, _("on different days"), NOW_ON),
    (REOPEN, _("Can be answered late, after it closed, for"), 30, 365, _DAYS, NOT_LONGER),
    (WAITS, _("The clock waits for the asker, in all, at the most"), 7, 90, _DAYS, NOW_ON),
    (REMIND, _("A reminder comes before it is due"), 24, 168, _("hours"), NOW_ON),
    (MANY_REOPENED, _("Goes up a level when not solved"), 3, 20, _("times"), NOW_ON),
    (MANY_REFUSED, _("Goes up a level when given back"), 3, 20, _("times"), NOW_ON),
    (CONTACT_KEPT, _("Contact is kept after the end for"), 30, 365, _DAYS, NOW_ON),
    (WORDS_KEPT, _("Words and photos are kept after the end for"), 365, 3650, _DAYS, NOW_ON),
):
    VALUES.add(
        _code,
        whole(
            _label,
            group=GROUP,
            default=_default,
            low=1,
            high=_high,
            unit=_unit,
            applies=_applies,
            effect=_EFFECTS.get(_code),
        ),
    )


def by_the_wall(urgency: str, category: Category) -> bool:
    """Does this run around the clock?"""
    return urgency == Urgency.EMERGENCY or category.around_the_clock


@dataclass(frozen=True)
class Clocks:
    """The city's clocks: lengths in force at one time, with the working time around it."""

    work: WorkingTime
    at: datetime

    def response_due(self, filed_at: datetime, urgency: str, category: Category) -> datetime:
        """When the asker must have heard something."""
        by_wall = []
        if urgency == Urgency.EMERGENCY:
            by_wall.append(timedelta(minutes=value(EMERGENCY_RESPONSE, self.at)))
        if category.around_the_clock:
            by_wall.append(timedelta(minutes=value(CLOCK_RESPONSE, self.at)))
        if by_wall:
            return filed_at + min(by_wall)
        return self.work.add(filed_at, self.work.day * value(RESPONSE, self.at))

    def solution_due(
        self, filed_at: datetime, urgency: str, category: Category, outside_due_at: datetime | None = None
    ) -> datetime:
        """When it must be done; a case of the hotline keeps its own due time where that is earlier."""
        length = value(SOLUTION[Urgency(urgency)], self.at)
        if by_the_wall(urgency, category):
            due = filed_at + timedelta(days=length)
        else:
            due = self.work.add(filed_at, self.work.day * length)
        return min(due, outside_due_at) if outside_due_at else due

    def later(self, due: datetime, waited_from: datetime, until: datetime, *, by_wall: bool) -> datetime:
        """`due` after the clock stood still from `waited_from` to `until`; what was overdue by then stays so."""
        if waited_from >= due or until <= waited_from:
            return due
        if by_wall:
            return due + (until - waited_from)
        return self.work.add(until, self.work.between(waited_from, due))


def clocks(at: datetime) -> Clocks:
    """The city's clocks as they were set at the time `at`."""
    return Clocks(working_time(at), at)


def set_clocks(need: Need, at: datetime) -> None:
    """Compute both due times of `need` anew from when it was filed, with the pauses since.

    A time that has run out by `at`, or was kept, stays: no late answer becomes one in time by sorting anew, nor the
    other way round. The caller saves.
    """
    city = clocks(need.filed_at)
    wall = by_the_wall(need.urgency, need.category)
    if need.responded_at is None and need.response_due_at > at:
        need.response_due_at = city.response_due(need.filed_at, need.urgency, need.category)
    if need.solution_due_at <= at:
        return
    solution = city.solution_due(need.filed_at, need.urgency, need.category, need.outside_due_at)
    for start, end in need.pauses:
        begun, ended = datetime.fromisoformat(start), datetime.fromisoformat(end)
        solution = city.later(solution, begun, ended, by_wall=wall)
    need.solution_due_at = _outside_first(solution, need)


def _outside_first(due: datetime, need: Need) -> datetime:
    """No pause moves a case of the hotline past its own due time."""
    return min(due, need.outside_due_at) if need.outside_due_at else due


def resume(need: Need, at: datetime) -> None:
    """The clock that waited for the asker runs again: the solution is due later by what was left, and a giver has as
    much longer until the claim lapses. Saves the claims of the locked `need`; the caller saves the need."""
    if need.waiting_since is None:
        return
    for claim in need.commitments.all():
        begun = max(need.waiting_since, claim.claimed_at)
        if claim.status in UNDELIVERED and claim.lapses_at and begun < min(at, claim.lapses_at):
            claim.lapses_at += at - begun
            claim.save(update_fields=["lapses_at"])
    need.pauses = [*need.pauses, [need.waiting_since.isoformat(), at.isoformat()]]
    city = clocks(need.waiting_since)
    wall = by_the_wall(need.urgency, need.category)
    due = city.later(need.solution_due_at, need.waiting_since, at, by_wall=wall)
    need.solution_due_at = _outside_first(due, need)
    need.waiting_since = None


def answers_late() -> timedelta:
    """How long after the end an answer is still taken: not longer than the code is kept, without which none comes."""
    return min(days(REOPEN), days(CONTACT_KEPT))


def may_wait(need: Need) -> timedelta:
    """How much longer the clock may wait for the asker, after all the times that it did; not below nothing."""
    times = ((datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in need.pauses)
    waited = sum((end - start for start, end in times), timedelta())
    return max(days(WAITS) - waited, timedelta())


def waits_until(need: Need) -> datetime | None:
    """Until when the clock waits for the asker at the most; in a case of the hotline not past its own due time."""
    return _outside_first(need.waiting_since + may_wait(need), need) if need.waiting_since else None
