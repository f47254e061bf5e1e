"""What a reader can work out of a public table of months and communities with their sums.

In two ways. By combining lines: take months and places as the points of a graph and each hidden number as an edge; it
follows from the sums exactly when its edge is a bridge. And by bounds: "fewer than five" is 0 to 4, and a line whose
sum is shown says what is left for each of its parts; where nothing is left between, the number is known.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from lianxin.figures.suppression import SMALL, Cell, Shown, read

# (first day of a month, a community's id); None stands for the year, and for the city.
Spot = tuple[date | None, int | None]
# One number of a cell: what it is, and where.
Number = tuple[str, Spot]
Point = tuple[str, date | int | None]

MANY = 10**9
# What `shown` says of a hidden number: under five, or at least five. Of a year it says nothing.
UNDER = {(Shown.FEW, "of"), (Shown.FEW, "count"), (Shown.FEW, "rest"), (Shown.LOW, "count"), (Shown.HIGH, "rest")}
OVER = {(Shown.NONE, "of"), (Shown.HIGH, "count"), (Shown.PART, "count"), (Shown.PART, "rest")}


class Line(NamedTuple):
    """Numbers that add up to the last one."""

    parts: list[Number]
    total: Number


def row(month: date | None, places: list[int], part: str) -> Line:
    """A month's communities, and the city."""
    return Line([(part, (month, place)) for place in places], (part, (month, None)))


def column(place: int | None, months: list[date], part: str) -> Line:
    """A place's months, and the year."""
    return Line([(part, (month, place)) for month in months], (part, (None, place)))


def inside(spot: Spot) -> Line:
    """What is above and below the line of a rate."""
    return Line([("count", spot), ("rest", spot)], ("of", spot))


def is_inside(line: Line) -> bool:
    """The line is one cell."""
    return line.total[0] not in {part for part, _spot in line.parts}


def bounds(number: Number, cell: Cell) -> tuple[int, int]:
    """Between what and what the number lies, says its cell."""
    part, (month, _place) = number
    known = read(cell, part)
    if known is not None:
        return known, known
    if month and (cell.shown, part) in UNDER:
        return 0, SMALL - 1
    if month and ((cell.shown, part) in OVER or (cell.shown is Shown.NONE and not cell.is_rate)):
        return SMALL, MANY
    return 0, MANY


class Equation(NamedTuple):
    """The hidden numbers of a line: those of its parts less that of its sum are `left`."""

    line: Line
    parts: list[Number]
    total: list[Number]
    left: int


def known_by_bounds(cells: Mapping[Spot, Cell], lines: Iterable[Line]) -> dict[Number, Line]:
    """The hidden numbers for which only one value is left, each with the line that leaves no other."""
    equations = [_equation(line, cells) for line in lines]
    ranges: dict[Number, tuple[int, int]] = {}
    through: dict[Number, list[int]] = {}
    for index, equation in enumerate(equations):
        for number in (*equation.parts, *equation.total):
            ranges[number] = bounds(number, cells[number[1]])
            through.setdefault(number, []).append(index)
    found: dict[Number, Line] = {}
    ahead = deque(range(len(equations)))
    waiting = set(ahead)
    while ahead:
        waiting.discard(index := ahead.popleft())
        for number in _narrow(equations[index], ranges):
            low, high = ranges[number]
            if low == high:
                found[number] = equations[index].line
            others = [other for other in through[number] if other != index and other not in waiting]
            ahead.extend(others)
            waiting.update(others)
    return found


def _equation(line: Line, cells: Mapping[Spot, Cell]) -> Equation:
    known = {number: read(cells[number[1]], number[0]) for number in (*line.parts, line.total)}
    left = (known[line.total] or 0) - sum(known[number] or 0 for number in line.parts)
    total = [line.total] if known[line.total] is None else []
    return Equation(line, [number for number in line.parts if known[number] is None], total, left)


def _narrow(equation: Equation, ranges: dict[Number, tuple[int, int]]) -> list[Number]:
    """Narrow each number of a line by what the others leave; which have changed."""
    _line, parts, total, left = equation
    low = sum(ranges[number][0] for number in parts) - sum(ranges[number][1] for number in total)
    high = sum(ranges[number][1] for number in parts) - sum(ranges[number][0] for number in total)
    changed = []
    for number in parts:
        a, b = ranges[number]
        new = max(a, left - (high - b)), min(b, left - (low - a))
        if new != (a, b):
            ranges[number] = new
            changed.append(number)
    for number in total:
        a, b = ranges[number]
        new = max(a, low + b - left), min(b, high + a - left)
        if new != (a, b):
            ranges[number] = new
            changed.append(number)
    return changed


def bridges(hidden: Iterable[Spot]) -> list[Spot]:
    """The hidden cells that follow from the sums of their lines, as long as the others are shown."""
    near: dict[Point, list[tuple[Point, Spot]]] = {}
    for spot in sorted(hidden, key=str):
        ends: tuple[Point, Point] = ("month", spot[0]), ("place", spot[1])
        for one, other in (ends, ends[::-1]):
            near.setdefault(one, []).append((other, spot))
    found: list[Spot] = []
    order: dict[Point, int] = {}

    def visit(point: Point, by: Spot | None) -> int:
        """How far back one comes from here without going back over `by`."""
        order[point] = back = len(order)
        for other, spot in near[point]:
            if spot == by:
                continue
            if other in order:
                back = min(back, order[other])
                continue
            reached = visit(other, spot)
            if reached > order[point]:
                found.append(spot)
            back = min(back, reached)
        return back

    for point in near:
        if point not in order:
            visit(point, None)
    return found
