"""A public table of months and communities with their sums, such that no hidden cell follows from the others.

Two ways lead to a hidden cell: subtracting along one line (a month's communities from the city, a community's months
from the year), and combining several lines. Against the first each line hides at least two cells, together at least
five. Against the second: take months and places as the points of a graph and each hidden cell as an edge; a cell
follows from the sums exactly when its edge is a bridge, so every bridge is made part of a ring.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import product

from lianxin.figures.registry import Ratio
from lianxin.figures.suppression import COUNTS, RATES, SMALL, Cell, Sum, Value, cell_of

# (first day of a month, a community's id); None stands for the year so far, and for the city.
Spot = tuple[date | None, int | None]
Line = list[Spot]
Point = tuple[str, date | int | None]


def protect_table(values: Mapping[Spot, Value], *, adds_up: bool = True) -> dict[Spot, Cell]:
    """The cells as the public may read them; `values` has every month and place with their sums.

    What does not add up (a unit that helped in two places) is hidden by itself only.
    """
    cells = {spot: cell_of(value) for spot, value in values.items()}
    if not adds_up or not cells:
        return cells
    sums = RATES if isinstance(next(iter(values.values())), Ratio) else COUNTS
    # Hiding a denominator hides what stands above it too: so once more until nothing changes.
    while any([_close(one, values, cells) for one in sums]):
        pass
    return cells


def _close(one: Sum, values: Mapping[Spot, Value], cells: dict[Spot, Cell]) -> bool:
    """Hide so many more cells of one thing that adds up that the rest tells nothing; whether any was hidden."""
    numbers = {spot: one.of(value) for spot, value in values.items()}
    hidden = {spot for spot, cell in cells.items() if not one.is_shown(cell)}
    # Households are the same in every month: what is divided by them adds up over places only.
    per_head = any(isinstance(value, Ratio) and value.per != 1 for value in values.values())
    more = hide_more(numbers, hidden, over_months=not per_head or one.over_months) - hidden
    for spot in more:
        cells[spot] = one.without(cells[spot])
    return bool(more)


def hide_more(numbers: Mapping[Spot, int], hidden: Iterable[Spot], *, over_months: bool = True) -> set[Spot]:
    """Which cells to hide so that none of `hidden`, nor any hidden for its sake, follows from the others."""
    hidden, before = set(hidden), -1
    lines = list(_lines(numbers, over_months=over_months))
    while len(hidden) != before:
        before = len(hidden)
        for line in lines:
            _close_line(line, numbers, hidden)
        if over_months and (bridge := next(iter(bridges(hidden)), None)):
            hidden |= _ring(bridge, numbers, hidden)
    return hidden


def _lines(numbers: Mapping[Spot, int], *, over_months: bool) -> Iterator[Line]:
    """Each line of the table: its parts, and its sum at the end."""
    months = sorted({month for month, _place in numbers if month})
    places = sorted({place for _month, place in numbers if place is not None})
    for month in (*months, None):
        yield [*((month, place) for place in places), (month, None)]
    if over_months:
        for place in (*places, None):
            yield [*((month, place) for month in months), (None, place)]


def _close_line(line: Line, numbers: Mapping[Spot, int], hidden: set[Spot]) -> None:
    *parts, total = line
    while True:
        unseen = [spot for spot in parts if spot in hidden]
        if total in hidden:
            if unseen or not parts:
                return
        elif not unseen or (len(unseen) > 1 and sum(numbers[spot] for spot in unseen) >= SMALL):
            return
        seen = [spot for spot in parts if spot not in hidden]
        hidden.add(min(seen, key=lambda spot: (numbers[spot], line.index(spot))) if seen else total)


def bridges(hidden: Iterable[Spot]) -> list[Spot]:
    """The hidden cells that follow from the sums of their lines, as long as the others are shown."""
    edges = sorted(hidden, key=str)
    near: dict[Point, list[tuple[Point, Spot]]] = {}
    for spot in edges:
        row, column = ("month", spot[0]), ("place", spot[1])
        near.setdefault(row, []).append((column, spot))
        near.setdefault(column, []).append((row, spot))
    return [spot for spot in edges if not _connected(("month", spot[0]), ("place", spot[1]), near, without=spot)]


def _connected(start: Point, end: Point, near: Mapping[Point, list[tuple[Point, Spot]]], *, without: Spot) -> bool:
    seen, ahead = {start}, [start]
    while ahead:
        for point, edge in near[ahead.pop()]:
            if edge != without and point not in seen:
                seen.add(point)
                ahead.append(point)
    return end in seen


def _ring(bridge: Spot, numbers: Mapping[Spot, int], hidden: set[Spot]) -> set[Spot]:
    """The cheapest three cells that make a ring with `bridge`: parts before sums, few before many."""
    month, place = bridge
    months = {m for m, _p in numbers} - {month}
    places = {p for _m, p in numbers} - {place}

    def price(ring: set[Spot]) -> tuple[int, int, str]:
        new = ring - hidden
        return (
            sum((m is None) + (p is None) for m, p in new),
            sum(numbers[spot] for spot in new),
            str(sorted(map(str, new))),
        )

    rings = ({(month, p), (m, place), (m, p)} for m, p in product(months, places))
    return min(rings, key=price, default=set())
