"""No hidden cell of a table of months and communities follows from the others, however lines are combined."""

from datetime import date
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from lianxin.figures.registry import Count, Ratio
from lianxin.figures.suppression import SMALL, Value
from lianxin.figures.tables import Spot, bridges, hide_more, protect_table

MONTHS = [date(2026, m, 1) for m in range(1, 13)]


def table(rows: list[list[int]]) -> dict[Spot, int]:
    """Counts of months (rows) and places (columns), with all sums."""
    numbers: dict[Spot, int] = {}
    for month, row in zip(MONTHS, rows, strict=False):
        numbers |= {(month, place): n for place, n in enumerate(row)}
        numbers[month, None] = sum(row)
    for place, column in enumerate(zip(*rows, strict=True)):
        numbers[None, place] = sum(column)
    numbers[None, None] = sum(map(sum, rows))
    return numbers


def equations(numbers: dict[Spot, int]) -> list[tuple[list[Spot], Spot]]:
    """Each sum of the table: its parts, and what they add up to."""
    months = sorted({m for m, _p in numbers if m})
    places = sorted({p for _m, p in numbers if p is not None})
    rows: list[tuple[list[Spot], Spot]] = [([(m, p) for p in places], (m, None)) for m in (*months, None)]
    return rows + [([(m, p) for m in months], (None, p)) for p in (*places, None)]


def follow(numbers: dict[Spot, int], hidden: set[Spot]) -> set[Spot]:
    """The hidden cells that linear algebra finds from the shown ones: Gauss over fractions, knowing no graph."""
    columns = sorted(hidden, key=str)
    rows = []
    for parts, total in equations(numbers):
        row = {spot: Fraction(1) for spot in parts if spot in hidden}
        if total in hidden:
            row[total] = Fraction(-1)
        rows.append([row.get(spot, Fraction(0)) for spot in columns])
    pivots = []
    for column in range(len(columns)):
        found = next((r for r in rows if r[column] and all(r is not p for p, _c in pivots)), None)
        if found is None:
            continue
        found[:] = [n / found[column] for n in found]
        for row in rows:
            if row is not found and row[column]:
                row[:] = [a - row[column] * b for a, b in zip(row, found, strict=True)]
        pivots.append((found, column))
    return {columns[column] for row, column in pivots if sum(1 for n in row if n) == 1}


grids = st.integers(1, 6).flatmap(
    lambda places: st.lists(st.lists(st.integers(0, 14), min_size=places, max_size=places), min_size=1, max_size=7)
)


@settings(max_examples=300, deadline=None)
@given(grids)
def test_no_combination_of_lines_gives_a_hidden_cell(rows: list[list[int]]) -> None:
    numbers = table(rows)
    small = {spot for spot, n in numbers.items() if n < SMALL}
    hidden = hide_more(numbers, small)
    assert small <= hidden
    assert follow(numbers, hidden) == set()
    for parts, total in equations(numbers):
        unseen = [numbers[spot] for spot in parts if spot in hidden]
        if unseen and total not in hidden:
            assert len(unseen) > 1 and sum(unseen) >= SMALL


@settings(max_examples=200, deadline=None)
@given(grids, st.data())
def test_a_cell_follows_from_the_sums_exactly_when_it_is_a_bridge(rows: list[list[int]], data: st.DataObject) -> None:
    numbers = table(rows)
    hidden = set(data.draw(st.lists(st.sampled_from(sorted(numbers, key=str)), unique=True)))
    assert set(bridges(hidden)) == follow(numbers, hidden)


def test_a_small_cell_takes_a_ring_along_in_months_and_places() -> None:
    numbers = table([[3, 20, 30], [40, 50, 60], [15, 25, 35]])
    hidden = hide_more(numbers, {(MONTHS[0], 0)})
    assert hidden == {(MONTHS[0], 0), (MONTHS[0], 1), (MONTHS[2], 0), (MONTHS[2], 1)}


def test_the_year_is_not_told_where_one_month_would_follow() -> None:
    cells = protect_table({spot: Count(n) for spot, n in table([[3], [50]]).items()})
    assert cells[MONTHS[0], 0].count is None
    assert [cells[MONTHS[1], 0].count, cells[None, 0].count].count(None) >= 1


def test_households_are_not_summed_over_months() -> None:
    numbers = {spot: n for spot, n in table([[9, 30], [2, 40], [20, 30]]).items()}
    homes = {0: 900, 1: 1100, None: 2000}
    values: dict[Spot, Value] = {spot: Ratio(n, homes[spot[1]], per=100) for spot, n in numbers.items()}
    cells = protect_table(values)
    assert all(cell.of == homes[place] for (_month, place), cell in cells.items())
    hidden = {spot for spot, cell in cells.items() if cell.count is None}
    assert (MONTHS[1], 0) in hidden and follow(numbers, hidden) == set()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 14), st.integers(0, 9)), min_size=3, max_size=3), min_size=1, max_size=6)
)
def test_neither_line_of_a_rate_follows(said: list[list[tuple[int, int]]]) -> None:
    above = table([[a for a, _b in row] for row in said])
    below = table([[a + b for a, b in row] for row in said])
    cells = protect_table({spot: Ratio(above[spot], below[spot]) for spot in above})
    rest = {spot: below[spot] - above[spot] for spot in above}
    uncounted = {spot for spot, cell in cells.items() if cell.count is None}
    assert follow(above, uncounted) == set() == follow(rest, uncounted)
    assert follow(below, {spot for spot, cell in cells.items() if cell.of is None}) == set()
