"""Tables that tell the same number: what one hides follows from none of them, nor from all together."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lianxin.figures.deduction import Spot
from lianxin.figures.registry import Count, Ratio, Split
from lianxin.figures.suppression import Cell, read
from lianxin.figures.tables import protect_table, protect_together
from lianxin.figures.tests.readers import narrow, solved
from lianxin.figures.tests.test_tables import ENDLESS, MONTHS, equations, table, told

Number = tuple[str, Spot]
# The names of a table's numbers by the part of a cell; what stands above a rate's line is its own.
SHARES = {
    "silence": {"count": "silent"},
    "solved": {"of": "answered", "unanswered": "silent"},
    "satisfied": {"of": "answered", "unanswered": "silent"},
}


def three(rows: list[list[tuple[int, int, int, int]]], *, year: bool) -> dict[str, dict[Spot, Any]]:
    """A count and two rates of (silent, solved, satisfied, answered) in each month and place."""
    return {
        "silence": table([[Count(n) for n, *_rest in row] for row in rows], year=year),
        "solved": table([[Ratio(a, of, n) for n, a, _b, of in row] for row in rows], year=year),
        "satisfied": table([[Ratio(b, of, n) for n, _a, b, of in row] for row in rows], year=year),
    }


def named(code: str, part: str) -> str:
    return SHARES[code].get(part, f"{code} {part}")


def shown_of(cells: dict[str, dict[Spot, Cell]]) -> dict[Number, tuple[int, int]]:
    """Between what and what every number lies, read from what all the tables publish of it."""
    ranges: dict[Number, tuple[int, int]] = {}
    for code, spots in cells.items():
        for spot, cell in spots.items():
            said = told(cell, spot[0] is not None)
            if cell.is_rate:
                n = cell.unanswered
                said["unanswered"] = (0, ENDLESS) if n is None else (n, n)
            for part, (low, high) in said.items():
                number = named(code, part), spot
                known = ranges.get(number, (0, ENDLESS))
                ranges[number] = max(known[0], low), min(known[1], high)
    return ranges


def lines_of(cells: dict[str, dict[Spot, Cell]], ranges: dict[Number, Any]) -> list[tuple[list[Number], Number]]:
    """Everything that adds up: over places, over months, and above and below the line of each rate."""
    spots = cells["silence"]
    names = {name for name, _spot in ranges}
    found = [([(name, s) for s in some], (name, total)) for name in names for some, total in equations(spots)]
    for code in ("solved", "satisfied"):
        found += [([(f"{code} count", s), (f"{code} rest", s)], ("answered", s)) for s in spots]
    return found


def worked_out(cells: dict[str, dict[Spot, Cell]]) -> set[Number]:
    """The hidden numbers that bounds over all lines, or all lines solved together, leave one value for."""
    ranges = {number: list(at) for number, at in shown_of(cells).items()}
    hidden = {number for number, (low, high) in ranges.items() if low != high}
    lines = lines_of(cells, ranges)
    narrow(ranges, lines)
    return {n for n in hidden if ranges[n][0] == ranges[n][1]} | solved(lines, hidden)


def small_or_not(most: int) -> st.SearchStrategy[int]:
    return st.one_of(st.integers(0, 9), st.integers(0, most))


@st.composite
def one_cell(draw: st.DrawFn) -> tuple[int, int, int, int]:
    of = draw(small_or_not(40))
    solved, satisfied = (draw(st.one_of(st.integers(0, of), st.integers(max(of - 5, 0), of))) for _rate in range(2))
    return draw(small_or_not(30)), solved, satisfied, of


grids = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.lists(one_cell(), min_size=n, max_size=n), min_size=1, max_size=3)
)


@settings(max_examples=150, deadline=None)
@given(grids, st.booleans())
def test_no_hidden_number_follows_from_all_tables_together(rows: list[list[Any]], year: bool) -> None:
    cells = protect_together(three(rows, year=year), SHARES)
    assert worked_out(cells) == set()
    for spot in cells["silence"]:
        for name in ("answered", "silent"):
            tell = [(code, part) for code, parts in SHARES.items() for part, what in parts.items() if what == name]
            said = {read(cells[code][spot], part) for code, part in tell}
            assert len(said) == 1, "hidden in one, hidden in all"


@settings(max_examples=60, deadline=None)
@given(grids)
def test_months_stay_as_they_were_published(rows: list[list[Any]]) -> None:
    before = protect_together(three(rows, year=False), SHARES)
    after = protect_together(three(rows, year=True), SHARES)
    assert all(before[code].items() <= after[code].items() for code in SHARES)


def test_two_tables_of_the_same_silence_do_not_tell_that_both_are_four() -> None:
    """63 less 30 and 25 is 8, and "fewer than five" of two places makes each of them 4."""
    rows = [[(4, 20, 20, 40), (4, 20, 20, 40), (30, 20, 20, 40), (25, 20, 20, 40)]]
    tables = three(rows, year=False)
    alone = {code: protect_table(values) for code, values in tables.items()}
    assert worked_out(alone) == {("silent", (MONTHS[0], place)) for place in (0, 1)}
    assert worked_out(protect_together(tables, SHARES)) == set()


@st.composite
def one_split(draw: st.DrawFn) -> tuple[int, int, int, int]:
    """(own, recorded) of two rates that are divided by the same: how many stand above each line."""
    own, recorded = draw(small_or_not(30)), draw(small_or_not(30))
    return own, recorded, draw(st.integers(0, own + recorded)), draw(st.integers(0, own + recorded))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(one_split(), min_size=3, max_size=3), min_size=1, max_size=3), st.booleans())
def test_rates_that_are_divided_by_the_same_tell_alike_who_answered(rows: list[list[Any]], year: bool) -> None:
    def rate(one: tuple[int, int, int, int], which: int) -> Ratio:
        """Whoever answered themselves says yes before anybody else does."""
        own, recorded, above = one[0], one[1], one[which]
        split = Split((min(above, own), own), (max(above - own, 0), recorded))
        return Ratio(above, own + recorded, split=split)

    def rates(which: int) -> dict[Spot, Any]:
        return table([[rate(one, which) for one in row] for row in rows], year=year)

    shares = {code: {"of": "answered"} for code in ("solved", "satisfied")}
    cells = protect_together({"solved": rates(2), "satisfied": rates(3)}, shares)
    assert all(cells["solved"][spot].answered == cells["satisfied"][spot].answered for spot in cells["solved"])
