"""What the public may read of a figure: cells under five are hidden, also against subtraction (DOMAIN §6).

A cell of a few people could point at one of them. So a count under five is not shown; of a rate neither fewer than
five above the line nor all but fewer than five. What must be hidden beside it, so that nobody works it out: tables.py.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from lianxin.figures.registry import Count, Ratio, Split

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
class Answered:
    """Of a rate of answers: how many askers answered themselves, and for how many it was recorded."""

    self_of: int
    proxy_of: int


@dataclass(frozen=True)
class Cell:
    """A figure of one place as the public may read it; None stands for what is hidden."""

    shown: Shown
    count: int | None = None
    of: int | None = None
    unanswered: int | None = None
    is_rate: bool = False
    per: int = 1
    answered: Answered | None = None

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
        of=value.denominator if value.denominator >= SMALL else None,
        unanswered=value.unanswered if value.unanswered >= SMALL else None,
        is_rate=True,
        per=value.per,
    )


def _shown(rate: Ratio) -> Shown:
    if rate.denominator < SMALL:
        return Shown.FEW if rate.per == 1 else Shown.NONE
    if rate.numerator < SMALL:
        return Shown.LOW
    return Shown.HIGH if rate.denominator - rate.numerator < SMALL else Shown.ALL


def without_reason(cell: Cell) -> Cell:
    """The cell of a year: it does not say why something is hidden, for that would be a bound on its months."""
    if cell.shown is Shown.FEW:
        return replace(cell, shown=Shown.NONE)
    return replace(cell, shown=Shown.PART) if cell.shown in (Shown.LOW, Shown.HIGH) else cell


def numbers_of(value: Value) -> dict[str, int]:
    """What adds up, over places and over months, and could be worked out. Households are no secret."""
    if isinstance(value, Count):
        return {"count": value.value}
    if value.per != 1:
        return {"count": value.numerator}
    rest = value.denominator - value.numerator
    return {"of": value.denominator, "count": value.numerator, "rest": rest, "unanswered": value.unanswered}


def split_of(value: Value) -> dict[str, int]:
    """Below the line of a rate by who answered; 0 where nobody did."""
    split = value.split if isinstance(value, Ratio) else None
    return {"self_of": split.self[1], "proxy_of": split.proxy[1]} if split else {"self_of": 0, "proxy_of": 0}


def read(cell: Cell, part: str) -> int | None:
    """One of those numbers, as far as the cell shows it."""
    if "_" in part:
        return getattr(cell.answered, part, None)
    if part == "rest":
        return None if cell.count is None or cell.of is None else cell.of - cell.count
    return {"of": cell.of, "count": cell.count, "unanswered": cell.unanswered}[part]


def without(cell: Cell, part: str) -> Cell:
    """The cell with that number hidden, and what would tell it."""
    if part == "unanswered":
        return replace(cell, unanswered=None)
    if part == "of" or not cell.is_rate:
        return Cell(Shown.NONE, unanswered=cell.unanswered, is_rate=cell.is_rate, per=cell.per)
    return replace(cell, shown=Shown.PART, count=None)


def total_of(values: Iterable[Value], like: Value) -> Value:
    """The sum of what adds up; `like` says whether of counts or of rates."""
    found = list(values)
    if isinstance(like, Count):
        return Count(sum(v.value for v in found if isinstance(v, Count)))
    rates = [v for v in found if isinstance(v, Ratio)]
    splits = [rate.split for rate in rates if rate.split]
    return Ratio(
        sum(r.numerator for r in rates),
        sum(r.denominator for r in rates),
        sum(r.unanswered for r in rates),
        like.per,
        split=Split(_sum(split.self for split in splits), _sum(split.proxy for split in splits)) if splits else None,
    )


def _sum(pairs: Iterable[tuple[int, int]]) -> tuple[int, int]:
    found = list(pairs)
    return sum(count for count, _of in found), sum(of for _count, of in found)
