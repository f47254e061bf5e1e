"""The open figures: every public figure of the city and of its communities, month by month, small cells hidden.

Only months that are over are published, and sums over months only once the year is over: who keeps what is published
every month has twelve months in the end, which do not change, and one sum of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

from lianxin.figures.deduction import Spot
from lianxin.figures.registry import FIGURES, MONTHS, Count, Figure, Monthly, Period, Ratio
from lianxin.figures.suppression import Cell, Value, total_of
from lianxin.figures.tables import protect_table, protect_together


@dataclass(frozen=True)
class Table:
    """One figure of a year: a cell for each month that is over and each community, and for the city (None).

    `sums`: the year (None) is there too, for it is over.
    """

    figure: Figure
    months: list[date]
    cells: dict[Spot, Cell]
    sums: bool

    def at(self, month: date | None, place: int | None) -> Cell:
        """The cell of a month or the year, and of a community or the city."""
        return self.cells[month, place]


def month_of(day: date) -> Period:
    """The whole month of `day`."""
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def last_month(today: date) -> date:
    """The first day of the last month that is over."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def months_over(year: int, today: date) -> list[date]:
    """The first days of the months of `year` that are over."""
    return [first for first in (date(year, m, 1) for m in range(1, 13)) if month_of(first).last < today]


def is_over(year: int, today: date) -> bool:
    """The whole year is past, so that its sums are told."""
    return year < today.year


def span_of(year: int, today: date) -> Period:
    """The months of `year` that are over, as one period; the whole year's days when there are none."""
    months = months_over(year, today)
    return Period(date(year, 1, 1), month_of(months[-1]).last if months else date(year, 12, 31))


def tables(codes: Iterable[str], community_ids: list[int], year: int, today: date) -> list[Table]:
    """A table of each figure among `codes` that is told by month. A few queries for all of them.

    Months before the city's first need are left out: nothing of them is hidden, and they hide nothing.
    """
    months = months_over(year, today)
    found: dict[str, Monthly] = {}
    if months:
        for by_month in MONTHS:
            found |= by_month(span_of(year, today))
    filled = [m for counted in found.values() for (m, _place), said in counted.items() if m and _is_any(said)]
    months = [month for month in months if not filled or month >= min(filled)]
    sums, wanted = is_over(year, today), set(codes)
    figures = [figure for figure in FIGURES if figure.public and figure.by_month]
    # All of them, whichever are asked for: what one hides another one that tells the same number hides too.
    filled_in = {f.code: _values(f, found.get(f.code, {}), community_ids, months, sums) for f in figures}
    alone = [f for f in figures if not f.shares and f.code in wanted]
    shared = [f for f in figures if f.shares]
    cells = {f.code: protect_table(filled_in[f.code], adds_up=f.adds_up) for f in alone}
    cells |= protect_together({f.code: filled_in[f.code] for f in shared}, {f.code: f.shares for f in shared})
    chosen = [figure for code in codes if (figure := FIGURES.get(code)) and code in cells]
    return [Table(figure, months, cells[figure.code], sums) for figure in chosen]


def table_codes() -> list[str]:
    """The codes of all public figures that are told by month and community."""
    return [figure.code for figure in FIGURES if figure.public and figure.by_month]


def fact_codes() -> list[str]:
    """The codes of the public figures that say how the city is now."""
    return [figure.code for figure in FIGURES if figure.public and not figure.by_month]


def _values(figure: Figure, known: Monthly, places: list[int], months: list[date], sums: bool) -> dict[Spot, Value]:
    """What a figure is in every month and place, with the city's sums and the year's when it is over."""
    like: Value = next(iter(known.values()), Ratio(0, 0) if figure.is_rate else Count(0))
    nothing = total_of([], like)
    lines = (*months, None) if sums else months
    if not figure.adds_up:
        return {spot: known.get(spot, nothing) for spot in product(lines, (*places, None))}
    values: dict[Spot, Value] = {spot: known.get(spot, nothing) for spot in product(months, places)}
    if sums:
        values |= {(None, place): total_of([values[month, place] for month in months], nothing) for place in places}
    for line in lines:
        values[line, None] = total_of([values[line, place] for place in places], nothing)
    return values


def _is_any(said: Value) -> bool:
    """Something was counted, beside the households."""
    return said.value > 0 if isinstance(said, Count) else bool(said.numerator or (said.denominator and said.per == 1))
