"""What a reader can do with published sums: narrow bounds along every line, and solve all lines together."""

from collections.abc import Collection, Hashable, Iterable
from fractions import Fraction
from typing import TypeVar

N = TypeVar("N", bound=Hashable)
Lines = Iterable[tuple[list[N], N]]


def narrow(ranges: dict[N, list[int]], lines: Lines[N]) -> None:
    """Interval arithmetic over all lines (parts, total) until nothing changes; changes `ranges` (low, high)."""
    before = None
    while before != (before := [tuple(at) for at in ranges.values()]):
        for some, total in lines:
            low, high = sum(ranges[n][0] for n in some), sum(ranges[n][1] for n in some)
            whole = ranges[total]
            whole[:] = max(whole[0], low), min(whole[1], high)
            for n in some:
                a, b = ranges[n]
                ranges[n][:] = max(a, whole[0] - (high - b)), min(b, whole[1] - (low - a))


def solved(lines: Lines[N], hidden: Collection[N]) -> set[N]:
    """The hidden numbers that all lines solved together give: Gauss over fractions, knowing no graph."""
    names = list(hidden)
    at = {number: i for i, number in enumerate(names)}
    done: list[tuple[int, dict[int, Fraction]]] = []
    for some, total in lines:
        row: dict[int, Fraction] = {at[n]: Fraction(1) for n in some if n in at}
        if total in at:
            row[at[total]] = Fraction(-1)
        for pivot, other in done:
            _subtract(row, other, pivot)
        if row:
            pivot = min(row)
            row.update({i: n / row[pivot] for i, n in row.items()})
            for _pivot, other in done:
                _subtract(other, row, pivot)
            done.append((pivot, row))
    return {names[pivot] for pivot, row in done if len(row) == 1}


def _subtract(row: dict[int, Fraction], other: dict[int, Fraction], pivot: int) -> None:
    """Take `other` from `row` so that `pivot` is gone."""
    times = row.get(pivot)
    for i, n in other.items() if times else ():
        row[i] = row.get(i, Fraction(0)) - times * n
        if not row[i]:
            del row[i]
