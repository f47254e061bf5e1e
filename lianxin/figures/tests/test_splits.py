"""Who answered: no hidden number of a split can be worked out, from the split, from the table, or from both."""

from datetime import date
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lianxin.figures.deduction import Spot
from lianxin.figures.registry import Ratio, Split
from lianxin.figures.suppression import SMALL, Answered, Cell, Value, read, split_of
from lianxin.figures.tables import protect_table
from lianxin.figures.tests.readers import narrow, solved
from lianxin.figures.tests.test_tables import ENDLESS, MONTHS, equations, table, told

MARCH = MONTHS[0]
PARTS = [f"{who}_{what}" for who, what in product(("self", "proxy"), ("of", "count", "rest"))]
Number = tuple[str, Spot]


def rate(own: tuple[int, int], recorded: tuple[int, int], silent: int = 0) -> Ratio:
    """(above, below) of the askers' own answers and of the recorded ones."""
    return Ratio(own[0] + recorded[0], own[1] + recorded[1], silent, split=Split(own, recorded))


def month(*rates: Ratio) -> dict[Any, Cell]:
    """The cells of one month, by place; the city's under None."""
    return {place: cell for (_m, place), cell in protect_table(table([list(rates)], year=False)).items()}


def sums(cells: dict[Spot, Cell]) -> list[tuple[list[Number], Number]]:
    """Everything that adds up: over places, over months, and within each cell."""
    parts = [*PARTS, "of", "count", "rest"]
    found = [([(part, s) for s in some], (part, total)) for part in parts for some, total in equations(cells)]
    for spot in cells:
        found += [([(f"{who}_{what}", spot) for who in ("self", "proxy")], (what, spot)) for what in ("of", "count")]
        found += [
            ([(f"{who}count", spot), (f"{who}rest", spot)], (f"{who}of", spot)) for who in ("", "self_", "proxy_")
        ]
    return found


def by_bounds(cells: dict[Spot, Cell]) -> set[Number]:
    """The hidden numbers that interval arithmetic over all sums leaves one value for."""
    ranges: dict[Number, list[int]] = {}
    for spot, cell in cells.items():
        ranges |= {(part, spot): list(at) for part, at in told(cell, spot[0] is not None).items()}
        for part in PARTS:
            known = read(cell, part)
            ranges[part, spot] = [0, ENDLESS] if known is None else [known, known]
    narrow(ranges, sums(cells))
    return {n for n, (a, b) in ranges.items() if a == b and read(cells[n[1]], n[0]) is None}


def by_algebra(cells: dict[Spot, Cell]) -> set[Number]:
    """The hidden numbers that all sums solved together give, of the table and the split at once."""
    hidden = [(part, s) for s, c in cells.items() for part in (*PARTS, "of", "count", "rest") if read(c, part) is None]
    return solved(sums(cells), hidden)


def assert_closed(values: dict[Spot, Value], cells: dict[Spot, Cell]) -> None:
    """What is shown is five or more; what is hidden follows from nothing."""
    for spot, cell in cells.items():
        for part, number in split_of(values[spot]).items():
            assert read(cell, part) in (None, number)
            assert read(cell, part) is None or number >= SMALL
    assert by_bounds(cells) == set()
    assert by_algebra(cells) == set()


def pairs(most: int) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(0, most), st.one_of(st.integers(0, 9), st.integers(4, most))).map(
        lambda said: (said[0], said[0] + said[1])
    )


splits = st.builds(rate, pairs(30), st.one_of(pairs(6), pairs(30)), st.integers(0, 9))
grids = st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(splits, min_size=n, max_size=n), min_size=1, max_size=4))


@settings(max_examples=150, deadline=None)
@given(grids, st.booleans())
def test_no_hidden_number_of_a_split_follows(rows: list[list[Ratio]], year: bool) -> None:
    values = table(rows, year=year)
    assert_closed(values, protect_table(values))


@settings(max_examples=60, deadline=None)
@given(grids)
def test_a_month_stays_as_it_was_published_and_gives_nothing_away_with_the_year(rows: list[list[Ratio]]) -> None:
    months = protect_table(table(rows, year=False))
    values = table(rows)
    last = protect_table(values)
    assert months.items() <= last.items()
    assert_closed(values, last)


@given(grids, st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_table_itself_is_the_same_with_a_split_and_without(rows: list[list[Ratio]], year: bool) -> None:
    plain = [[Ratio(r.numerator, r.denominator, r.unanswered) for r in row] for row in rows]
    with_split, without = protect_table(table(rows, year=year)), protect_table(table(plain, year=year))
    assert {s: (c.shown, c.count, c.of, c.unanswered) for s, c in with_split.items()} == {
        s: (c.shown, c.count, c.of, c.unanswered) for s, c in without.items()
    }


def test_a_split_whose_two_numbers_are_five_or_more_is_shown() -> None:
    cells = month(rate((30, 40), (10, 20), 7), rate((25, 30), (6, 12)))
    assert cells[0].answered == Answered(40, 20)
    assert cells[1].answered == Answered(30, 12)
    assert cells[None].answered == Answered(70, 32)


def test_how_many_answered_is_told_where_what_they_said_is_not() -> None:
    cells = month(rate((35, 40), (18, 20)), rate((25, 32), (9, 10)))
    assert cells[0].count == 53
    assert [cells[place].answered for place in (0, 1)] == [Answered(40, 20), Answered(32, 10)]


def test_a_small_split_takes_another_along_so_that_the_city_s_gives_nothing_away() -> None:
    cells = month(rate((30, 40), (2, 4)), rate((30, 40), (10, 20)), rate((30, 50), (10, 30)))
    assert [cells[place].answered for place in (0, 1)] == [None, None]
    assert cells[2].answered == Answered(50, 30)
    assert cells[None].answered == Answered(130, 54)


def test_of_two_places_one_small_split_hides_the_city_s_or_the_other() -> None:
    cells = month(rate((30, 40), (2, 4)), rate((30, 40), (10, 20)))
    assert cells[0].answered is None
    assert sum(cells[place].answered is not None for place in (1, None)) <= 1


def test_where_nearly_nobody_answered_for_another_the_sum_of_the_hidden_would_tell_it() -> None:
    """Two hidden splits with two recorded answers together: without a third, each would be known to be 0 to 2."""
    cells = month(rate((30, 40), (0, 0)), rate((20, 40), (1, 2)), rate((30, 40), (10, 20)), rate((30, 50), (15, 30)))
    assert [cells[place].answered for place in (0, 1, 2)] == [None] * 3
    assert cells[3].answered and cells[None].answered


def test_a_cell_that_is_not_shown_has_no_split() -> None:
    cells = month(rate((1, 2), (1, 2)), rate((30, 40), (10, 20)), rate((30, 40), (10, 20)), rate((40, 50), (10, 20)))
    assert all(cell.answered is None or cell.of is not None for cell in cells.values())
    assert cells[0].answered is None


def test_rates_that_are_divided_by_the_same_show_alike_who_answered() -> None:
    solved = month(*(rate((n, 40), (10, 20)) for n in (30, 34, 12)), rate((20, 30), (2, 4)))
    satisfied = month(*(rate((n, 40), (7, 20)) for n in (20, 31, 30)), rate((3, 30), (0, 4)))
    for place in solved:
        one, other = solved[place].answered, satisfied[place].answered
        assert (one and (one.self_of, one.proxy_of)) == (other and (other.self_of, other.proxy_of))


def test_a_year_whose_months_are_all_shown_is_shown_and_else_gives_none_away() -> None:
    full = [rate((30, 40), (10, 20)), rate((25, 40), (12, 20))]
    cells = protect_table(table([full, full]))
    assert cells[None, 0].answered == Answered(80, 40)
    values = table([full, [rate((30, 40), (1, 2)), rate((25, 40), (12, 20))]])
    cells = protect_table(values)
    assert cells[date(2026, 1, 1), 0].answered and cells[None, 0].answered is None
    assert_closed(values, cells)


def test_what_follows_from_all_months_together_hides_a_sum_of_the_year() -> None:
    """Two rings of hidden splits joined by one: each line hides two, and yet the one between follows."""
    big, low = rate((30, 40), (10, 20)), rate((30, 40), (3, 4))
    rows = [[low, low, low, big], [low, low, big, big], [big, big, low, low], [big, big, low, low]]
    values = table(rows)
    cells = protect_table(values)
    assert all(cells[month, None].answered.self_of for month in (*MONTHS[:4], None))  # type: ignore[union-attr]
    assert_closed(values, cells)
    assert any(cells[None, p].answered is None for p in range(4))


def test_what_is_shown_below_the_line_gives_no_number_above_it_away() -> None:
    """Of a year nearly all of which is hidden: who answered in one community would have told it for the others."""
    january = [rate((0, 0), (0, 0)), rate((0, 0), (0, 0)), rate((0, 1), (0, 0)), rate((0, 4), (0, 5))]
    february = [rate((1, 1), (0, 0)), rate((4, 9), (0, 1)), rate((5, 5), (2, 5)), rate((1, 1), (3, 4))]
    values = table([january, february])
    assert_closed(values, protect_table(values))
