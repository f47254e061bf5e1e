"""What a need counts toward, and on which day: each fact is said once, for the database and for a need in memory.

Figures are sums of facts (figures.py). Operations write the difference between the facts before and after
(tallying.py); every night all facts are counted anew and compared.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q

from lianxin.needs.states import ENDED, OPEN, Satisfaction, Status, Via

SATISFIED = (Satisfaction.SATISFIED, Satisfaction.FAIRLY)
# A need that was declined or withdrawn is owed no solution.
NOT_OWED = (Status.DECLINED, Status.WITHDRAWN)


@dataclass(frozen=True)
class Where:
    """A condition on a need: for a query, and for one in memory."""

    q: Q
    holds: Callable[[Any], bool]

    def __and__(self, other: "Where") -> "Where":
        return Where(self.q & other.q, lambda need: self.holds(need) and other.holds(need))


def _any_of(field: str, values: tuple[Any, ...]) -> Where:
    return Where(Q(**{f"{field}__in": values}), lambda need: getattr(need, field) in values)


def _none_of(field: str, values: tuple[Any, ...]) -> Where:
    return Where(~Q(**{f"{field}__in": values}), lambda need: getattr(need, field) not in values)


def _is_set(field: str) -> Where:
    return Where(Q(**{f"{field}__isnull": False}), lambda need: getattr(need, field) is not None)


def _is_unset(field: str) -> Where:
    return Where(Q(**{field: None}), lambda need: getattr(need, field) is None)


def _in_time(field: str, due: str) -> Where:
    def holds(need: Any) -> bool:
        at = getattr(need, field)
        return at is not None and at <= getattr(need, due)

    return Where(Q(**{f"{field}__lte": F(due)}), holds)


def _unless(where: Where) -> Where:
    return Where(~where.q, lambda need: not where.holds(need))


@dataclass(frozen=True)
class Fact:
    """Something that is true of a need, on the day of its column `day`."""

    day: str
    where: Where


def _is(status: str) -> Where:
    return _any_of("status", (status,))


COUNTED = _none_of("status", (Status.MERGED,)) & _is_unset("excluded_at")
_SOLVED = _any_of("solved", (True,))
_SATISFIED = _any_of("satisfaction", SATISFIED)
_PROXY = _any_of("answered_via", (Via.PROXY,))
_OWED = COUNTED & _none_of("status", NOT_OWED)
# Whoever takes it back before an answer was due is owed none; afterwards it was late.
TAKEN_BACK_IN_TIME = _is(Status.WITHDRAWN) & _is_unset("responded_at") & _in_time("ended_at", "response_due_at")
_SILENT = _is(Status.CLOSED_UNANSWERED)
_NOT_SILENT = _none_of("status", (Status.CLOSED_UNANSWERED,))
# What was said at first does not count when silence ended it (DOMAIN §4: counts only as unanswered).
_SAID = COUNTED & _NOT_SILENT

FACTS: dict[str, Fact] = {
    "filed": Fact("filed_at", COUNTED),
    "open": Fact("filed_at", _any_of("status", OPEN)),
    "excluded": Fact("filed_at", _none_of("status", (Status.MERGED,)) & _is_set("excluded_at")),
    "complaint": Fact("filed_at", _OWED & _any_of("kind", ("complaint",)) & _is_set("verified_at")),
    "ended": Fact("ended_at", COUNTED & _any_of("status", ENDED)),
    "confirmed": Fact("ended_at", COUNTED & _is(Status.CONFIRMED)),
    "wish": Fact("ended_at", COUNTED & _is(Status.CONFIRMED) & _any_of("kind", ("wish",))),
    "unanswered": Fact("ended_at", COUNTED & _SILENT),
    "declined": Fact("ended_at", COUNTED & _is(Status.DECLINED)),
    "response_due": Fact("response_due_at", COUNTED & _unless(TAKEN_BACK_IN_TIME)),
    "response_kept": Fact("response_due_at", COUNTED & _in_time("responded_at", "response_due_at")),
    "solution_due": Fact("solution_due_at", _OWED & _NOT_SILENT),
    "solution_kept": Fact(
        "solution_due_at", COUNTED & _is(Status.CONFIRMED) & _in_time("delivered_at", "solution_due_at")
    ),
    "solution_silent": Fact("solution_due_at", COUNTED & _SILENT),
    "answered": Fact("answered_at", _SAID),
    "solved": Fact("answered_at", _SAID & _SOLVED),
    "satisfied": Fact("answered_at", _SAID & _SATISFIED),
    "answered_proxy": Fact("answered_at", _SAID & _PROXY),
    "solved_proxy": Fact("answered_at", _SAID & _SOLVED & _PROXY),
    "satisfied_proxy": Fact("answered_at", _SAID & _SATISFIED & _PROXY),
}
# What falls due counts from the day after: until then it may still be kept.
DUE_DAYS = ("response_due_at", "solution_due_at")
# By giver: an asker confirmed what this organisation did.
HELPED = "helped"
