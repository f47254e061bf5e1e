"""No hidden number of a table of months and communities can be worked out, now or from what was published before."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianxin.figures.deduction import Spot, bridges
from lianxin.figures.registry import Count, Ratio
from lianxin.figures.suppression import SMALL, Cell, Shown, Value, numbers_of, read, total_of
from lianxin.figures.tables import protect_table
from lianxin.figures.tests.readers import narrow, solved

MONTHS = [date(2026, m, 1) for m in range(1, 13)]
ENDLESS = 10**9
Sums = list[tuple[list[Spot], Spot]]


def table(rows: list[list[Any]], *, year: bool = True) -> dict[Spot, Any]:
    """Months (rows) and places (columns) with the city's sums, and the year's where it is over."""
    values: dict[Spot, Any] = {(m, p): v for m, one in zip(MONTHS, rows, strict=False) for p, v in enumerate(one)}
    months, like = MONTHS[: len(rows)], rows[0][0]
    if year:
        values |= {(None, p): total_of([values[m, p] for m in months], like) for p in range(len(rows[0]))}
    for line in (*months, None) if year else months:
        values[line, None] = total_of([values[line, p] for p in range(len(rows[0]))], like)
    return values


def equations(spots: Any) -> Sums:
    """Each sum of the table: its parts, and what they add up to."""
    months = sorted({m for m, _p in spots if m})
    places = sorted({p for _m, p in spots if p is not None})
    if (None, None) not in spots:
        return [([(m, p) for p in places], (m, None)) for m in months]
    rows: Sums = [([(m, p) for p in places], (m, None)) for m in (*months, None)]
    return rows + [([(m, p) for m in months], (None, p)) for p in (*places, None)]


def follow(numbers: Any, hidden: set[Spot]) -> set[Spot]:
    """The hidden cells that linear algebra finds from the shown ones."""
    return solved(equations(numbers), hidden)


def told(cell: Cell, is_month: bool) -> dict[str, tuple[int, int]]:
    """Between what and what the numbers of a cell lie, read from nothing but what is published of it.

    "none" of a month was not under five, or it would say so; of a year nothing is said about what is not shown.
    """
    least = SMALL if is_month else 0
    if not cell.is_rate:
        at = {Shown.FEW: (0, 4), Shown.NONE: (least, ENDLESS)}
        return {"count": at[cell.shown] if cell.count is None else (cell.count, cell.count)}
    if cell.count is not None and cell.of is not None:
        rest = cell.of - cell.count
        return {"of": (cell.of, cell.of), "count": (cell.count, cell.count), "rest": (rest, rest)}
    if cell.of is None:
        of = (0, 4) if cell.shown is Shown.FEW else (least, ENDLESS)
        return {"of": of, "count": (0, of[1]), "rest": (0, of[1])}
    rest, above = (0, cell.of), (0, cell.of)
    if cell.shown is Shown.LOW:
        rest, above = (max(cell.of - 4, 0), cell.of), (0, 4)
    if cell.shown is Shown.HIGH:
        rest, above = (0, 4), (max(cell.of - 4, SMALL), cell.of)
    if cell.shown is Shown.PART:
        rest = above = (least, cell.of - least)
    return {"of": (cell.of, cell.of), "count": above, "rest": rest}


def worked_out(cells: dict[Spot, Cell]) -> set[tuple[str, Spot]]:
    """Plain interval arithmetic over all lines, and over what is above and below the line, until nothing changes."""
    ranges = {(part, s): list(at) for s, c in cells.items() for part, at in told(c, s[0] is not None).items()}
    parts = {part for part, _spot in ranges}
    lines = [([(part, s) for s in some], (part, total)) for part in parts for some, total in equations(cells)]
    if "rest" in parts:
        lines += [([("count", s), ("rest", s)], ("of", s)) for s in cells]
    narrow(ranges, lines)
    return {(part, s) for (part, s), (a, b) in ranges.items() if a == b and read(cells[s], part) is None}


def assert_closed(values: dict[Spot, Value], cells: dict[Spot, Cell]) -> None:
    """Neither bounds nor any combination of lines gives a hidden number."""
    assert worked_out(cells) == set()
    for part in numbers_of(values[MONTHS[0], None]):
        numbers = {s: numbers_of(v)[part] for s, v in values.items()}
        hidden = {s for s, cell in cells.items() if read(cell, part) is None}
        assert all(n >= SMALL or s in hidden for s, n in numbers.items())
        assert follow(numbers, hidden) == set()
        for parts, total in equations(numbers):
            unseen = [numbers[s] for s in parts if s in hidden]
            if unseen and total not in hidden:
                assert len(unseen) > 1 and sum(unseen) >= SMALL


def grids(cell: st.SearchStrategy[Any], months: int = 5) -> st.SearchStrategy[list[list[Any]]]:
    return st.integers(1, 5).flatmap(
        lambda n: st.lists(st.lists(cell, min_size=n, max_size=n), min_size=1, max_size=months)
    )


counts = st.one_of(st.integers(0, 14), st.integers(0, 6), st.integers(0, 80)).map(Count)
rates = st.tuples(
    st.one_of(st.integers(0, 14), st.integers(0, 60)),
    st.one_of(st.integers(0, 9), st.integers(0, 2)),
    st.integers(0, 9),
).map(lambda said: Ratio(said[0], said[0] + said[1], said[2]))


@pytest.mark.parametrize("cell", [counts, rates], ids=["counts", "rates"])
def test_nothing_hidden_can_be_worked_out(cell: st.SearchStrategy[Any]) -> None:
    @settings(max_examples=100, deadline=None)
    @given(grids(cell), st.booleans())
    def check(rows: list[list[Any]], year: bool) -> None:
        values = table(rows, year=year)
        assert_closed(values, protect_table(values))

    check()


@pytest.mark.parametrize("cell", [counts, rates], ids=["counts", "rates"])
def test_what_is_published_month_after_month_gives_nothing_away_together(cell: st.SearchStrategy[Any]) -> None:
    @settings(max_examples=40, deadline=None)
    @given(grids(cell))
    def check(rows: list[list[Any]]) -> None:
        kept: dict[Spot, Cell] = {}
        for months in range(1, len(rows) + 1):
            values = table(rows[:months], year=False)
            published = protect_table(values)
            assert kept.items() <= published.items(), "a month stays as it was published"
            kept |= published
            assert_closed(values, kept)
        values = table(rows)
        last = protect_table(values)
        assert kept.items() <= last.items()
        assert_closed(values, kept | last)

    check()


@settings(max_examples=100, deadline=None)
@given(grids(st.integers(0, 14).map(Count)), st.data())
def test_a_cell_follows_from_the_sums_exactly_when_it_is_a_bridge(rows: list[list[Any]], data: st.DataObject) -> None:
    values = table(rows)
    hidden = set(data.draw(st.lists(st.sampled_from(sorted(values, key=str)), unique=True)))
    assert set(bridges(hidden)) == follow(values, hidden)


def test_bounds_that_leave_one_value_take_another_cell_along() -> None:
    cells = protect_table(table([[Count(4), Count(4), Count(30), Count(25)]], year=False))
    assert [cells[MONTHS[0], p].count for p in (0, 1, 2, 3, None)] == [None, None, 30, None, 63]
    cells = protect_table(table([[Ratio(0, 20), Ratio(16, 20), Ratio(30, 40), Ratio(25, 50)]], year=False))
    assert [cells[MONTHS[0], p].count for p in (0, 1, 2, 3, None)] == [None, None, 30, None, 71]
    assert [cells[MONTHS[0], p].of for p in (0, 1, 2, 3, None)] == [20, 20, 40, 50, 130]


@pytest.mark.parametrize("pair", [(5, 5), (5, 10)])
def test_bounds_that_meet_in_one_cell_hide_what_it_is_divided_by(pair: tuple[int, int]) -> None:
    cells = protect_table(table([[Ratio(*pair), Ratio(2, 20), Ratio(20, 40), Ratio(300, 500)]], year=False))
    assert worked_out(cells) == set()


def test_a_month_takes_along_cells_of_its_own_and_sums_of_the_year_only() -> None:
    rows = [[Count(n) for n in row] for row in ([3, 20, 30], [40, 50, 60], [15, 25, 35])]
    hidden = {spot for spot, cell in protect_table(table(rows)).items() if cell.count is None}
    assert hidden == {(MONTHS[0], 0), (MONTHS[0], 1), (None, 0), (None, 1)}


def test_the_year_is_not_told_where_one_month_would_follow() -> None:
    cells = protect_table(table([[Count(3)], [Count(50)]]))
    assert cells[MONTHS[0], 0].count is None and cells[MONTHS[1], 0].count == 50
    assert cells[None, 0].count is None


def test_a_year_does_not_say_why_it_is_hidden() -> None:
    cells = protect_table(table([[Ratio(1, 8), Ratio(9, 11), Ratio(0, 2)], [Ratio(1, 9), Ratio(7, 8), Ratio(1, 2)]]))
    assert {cell.shown for (month, _p), cell in cells.items() if month is None} <= {Shown.ALL, Shown.PART, Shown.NONE}


def test_households_are_not_hidden_and_count_for_each_month() -> None:
    homes = (900, 1100)
    values = table(
        [[Ratio(n, of, per=100) for n, of in zip(row, homes, strict=True)] for row in ([9, 30], [2, 40], [20, 30])]
    )
    cells = protect_table(values)
    assert all(cell.of == values[spot].denominator for spot, cell in cells.items())
    assert [cells[None, place].of for place in (0, 1, None)] == [2700, 3300, 6000]
    numbers = {spot: Count(rate.numerator) for spot, rate in values.items()}
    hidden = {spot for spot, cell in cells.items() if cell.count is None}
    assert (MONTHS[1], 0) in hidden and follow(numbers, hidden) == set()
