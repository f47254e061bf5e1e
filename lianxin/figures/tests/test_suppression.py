"""Small cells stay hidden, also from who subtracts."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lianxin.figures.registry import Count, Ratio
from lianxin.figures.suppression import SMALL, Cell, Shown, Value, cell_of, total_of
from lianxin.figures.tables import protect_table

MONTH = date(2026, 3, 1)


def protect(parts: dict[int, Value], *, adds_up: bool = True) -> tuple[Cell, dict[int, Cell]]:
    """A table of one month: the city's cell and the communities'."""
    total = total_of(parts.values(), parts[0])
    row = {**parts, None: total}
    cells = protect_table({(m, p): value for m in (MONTH, None) for p, value in row.items()}, adds_up=adds_up)
    return cells[MONTH, None], {place: cells[MONTH, place] for place in parts}


def counts(*values: int) -> dict[int, Any]:
    return {i: Count(v) for i, v in enumerate(values)}


def test_a_count_under_five_is_hidden_and_five_is_not() -> None:
    assert [cell_of(Count(n)).count for n in (0, 4, 5, 6)] == [None, None, 5, 6]
    assert cell_of(Count(4)).shown is Shown.FEW


def test_a_rate_hides_few_above_few_below_and_few_at_all() -> None:
    assert cell_of(Ratio(2, 4)).shown is Shown.FEW
    assert cell_of(Ratio(2, 4)).of is None
    low = cell_of(Ratio(4, 40))
    assert (low.shown, low.count, low.of, low.value) == (Shown.LOW, None, 40, None)
    high = cell_of(Ratio(38, 40))
    assert (high.shown, high.count, high.of, high.bound) == (Shown.HIGH, None, 40, 90)
    plain = cell_of(Ratio(30, 40, 7))
    assert (plain.shown, plain.count, plain.of, plain.value, plain.unanswered) == (Shown.ALL, 30, 40, 0.75, 7)
    assert cell_of(Ratio(30, 40, 4)).unanswered is None


def test_a_single_hidden_cell_takes_the_next_smallest_along() -> None:
    parts = counts(3, 20, 9, 40)
    whole, cells = protect(parts)
    assert whole.count == 72
    assert [cells[i].count for i in range(4)] == [None, 20, None, 40]
    assert cells[2].shown is Shown.NONE


def test_several_hidden_cells_that_sum_to_few_take_one_more_along() -> None:
    parts = counts(1, 0, 20, 9)
    _whole, cells = protect(parts)
    assert [cells[i].count for i in range(4)] == [None, None, 20, None]


def test_two_hidden_cells_that_sum_to_enough_need_no_third() -> None:
    parts = counts(3, 4, 20, 9)
    _whole, cells = protect(parts)
    assert [cells[i].count for i in range(4)] == [None, None, 20, 9]


def test_a_hidden_total_gives_nothing_to_subtract_from() -> None:
    whole, cells = protect(counts(1, 3))
    assert whole.count is None and all(c.count is None for c in cells.values())


def test_what_does_not_add_up_is_hidden_by_itself_only() -> None:
    _whole, cells = protect(counts(3, 10), adds_up=False)
    assert [c.count for c in cells.values()] == [None, 10]


def test_a_hidden_numerator_takes_another_numerator_along_but_leaves_denominators() -> None:
    parts: dict[int, Any] = {0: Ratio(2, 30), 1: Ratio(15, 30), 2: Ratio(20, 40)}
    _whole, cells = protect(parts)
    assert [c.of for c in cells.values()] == [30, 30, 40]
    assert [c.count for c in cells.values()] == [None, None, 20]
    assert cells[1].shown is Shown.PART


rates = st.integers(0, 60).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d), st.integers(0, 12)))


@given(st.lists(rates, min_size=1, max_size=8))
def test_no_subtraction_isolates_a_cell_or_fewer_than_five(said: list[tuple[int, int, int]]) -> None:
    parts: dict[int, Any] = {i: Ratio(*r) for i, r in enumerate(said)}
    total = total_of(parts.values(), Ratio(0, 0))
    assert isinstance(total, Ratio)
    whole, cells = protect(parts)
    for shown, of in (
        ("of", lambda r: r.denominator),
        ("count", lambda r: r.numerator),
        ("count", lambda r: r.denominator - r.numerator),
        ("unanswered", lambda r: r.unanswered),
    ):
        values = [of(parts[i]) for i, c in cells.items() if getattr(c, shown) is None]
        if getattr(whole, shown) is not None and values and len(values) < len(cells):
            assert len(values) > 1 and sum(values) >= SMALL
        for i, cell in cells.items():
            if getattr(cell, shown) is not None:
                assert of(parts[i]) >= SMALL


@given(st.lists(st.integers(0, 30), min_size=1, max_size=8))
def test_counts_are_safe_from_subtraction_too(said: list[int]) -> None:
    parts = counts(*said)
    whole, cells = protect(parts)
    hidden = [parts[i].value for i, c in cells.items() if c.count is None]
    if whole.count is not None and hidden and len(hidden) < len(cells):
        assert len(hidden) > 1 and sum(hidden) >= SMALL
