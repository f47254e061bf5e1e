"""What the public may read of a figure: cells under five are hidden, also against subtraction (DOMAIN §6).

A cell of a few people could point at one of them. So a count under five is not shown; of a rate neither fewer than
five above the line nor all but fewer than five. What must be hidden beside it, so that nobody subtracts: tables.py.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum

from lianxin.figures.registry import Count, Ratio

SMALL = 5

Value = Count | Ratio


class Shown(Enum):
    """How much of a cell the public reads."""

    ALL = "all"
    FEW = "few"  # a count, or a rate's denominator, under five
    LOW = "low"  # a rate with fewer than five above the line
    HIGH = "high"  # a rate with all but fewer than five above the line
    PART = "part"  # the denominator alone, to protect another cell
    NONE = "none"  # nothing, to protect another cell


@dataclass(frozen=True)
class Cell:
    """A figure of one place as the public may read it; None stands for what is hidden."""

    shown: Shown
    count: int | None = None
    of: int | None = None
    unanswered: int | None = None
    is_rate: bool = False
    per: int = 1

    @property
    def value(self) -> float | None:
        """The rate times `per`, or the count; None when hidden."""
        if not self.is_rate:
            return self.count
        if self.count is None or not self.of:
            return None
        return round(self.per * self.count / self.of, 4)

    @property
    def bound(self) -> int | None:
        """Of a HIGH rate: at least so many percent."""
        if self.shown is not Shown.HIGH or not self.of:
            return None
        return math.floor(100 * (self.of - SMALL + 1) / self.of)


def cell_of(value: Value) -> Cell:
    """The cell by itself, before anybody subtracts."""
    if isinstance(value, Count):
        few = value.value < SMALL
        return Cell(Shown.FEW) if few else Cell(Shown.ALL, count=value.value)
    shown = _shown(value)
    return Cell(
        shown,
        count=value.numerator if shown is Shown.ALL else None,
        of=value.denominator if shown is not Shown.FEW else None,
        unanswered=value.unanswered if value.unanswered >= SMALL else None,
        is_rate=True,
        per=value.per,
    )


def _shown(rate: Ratio) -> Shown:
    if rate.denominator < SMALL:
        return Shown.FEW
    if rate.numerator < SMALL:
        return Shown.LOW
    return Shown.HIGH if rate.denominator - rate.numerator < SMALL else Shown.ALL


@dataclass(frozen=True)
class Sum:
    """One thing that adds up over the cells: what it is, whether a cell shows it, and the cell without it.

    `over_months`: also where what is divided by is the same in every month.
    """

    of: Callable[[Value], int]
    is_shown: Callable[[Cell], bool]
    without: Callable[[Cell], Cell]
    over_months: bool = False


def _count(value: Value) -> int:
    return value.value if isinstance(value, Count) else value.numerator


def _of(value: Value) -> int:
    return 0 if isinstance(value, Count) else value.denominator


def _rest(value: Value) -> int:
    return 0 if isinstance(value, Count) else value.denominator - value.numerator


def _unanswered(value: Value) -> int:
    return 0 if isinstance(value, Count) else value.unanswered


def _hide(cell: Cell) -> Cell:
    return Cell(Shown.NONE, is_rate=cell.is_rate, per=cell.per)


def _hide_part(cell: Cell) -> Cell:
    return replace(cell, shown=Shown.PART, count=None)


def _hide_unanswered(cell: Cell) -> Cell:
    return replace(cell, unanswered=None)


COUNTS = (Sum(_count, lambda cell: cell.count is not None, _hide),)
RATES = (
    Sum(_of, lambda cell: cell.of is not None, _hide),
    Sum(_count, lambda cell: cell.count is not None, _hide_part, over_months=True),
    Sum(_rest, lambda cell: cell.count is not None, _hide_part),
    Sum(_unanswered, lambda cell: cell.unanswered is not None, _hide_unanswered),
)


def total_of(values: Iterable[Value], like: Value) -> Value:
    """The sum of what adds up; `like` says whether of counts or of rates."""
    found = list(values)
    if isinstance(like, Count):
        return Count(sum(_count(v) for v in found))
    return Ratio(
        sum(_count(v) for v in found), sum(_of(v) for v in found), sum(_unanswered(v) for v in found), like.per
    )
