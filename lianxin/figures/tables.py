"""A public table of months and communities with their sums, such that no hidden number can be worked out.

Each month is protected by itself, so what is published of it stays as the year goes on. The year's sums come when the
year is over: the months stay as they are, and so many of the year's sums are hidden that they give nothing away. They
can always be hidden where one of their months is, and then say nothing, so this comes to an end.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lianxin.figures.deduction import Line, Number, Spot, bridges, column, inside, is_inside, known_by_bounds, row
from lianxin.figures.splits import show_splits
from lianxin.figures.suppression import SMALL, Cell, Value, cell_of, numbers_of, read, without, without_reason

# Numbers that may be hidden, in the table's order: a set whose order is always the same.
Free = dict[Number, None]


Table = Mapping[Spot, Value]


def protect_together(
    tables: Mapping[str, Table], shares: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[Spot, Cell]]:
    """The cells of several tables by code, of which some tell the same numbers: hidden in one, hidden in all.

    `shares`: of a code the names of such numbers, by the part of a cell. Each table is closed again with what the
    others hide, until nothing is added; with all of it hidden there is nothing to add, so this comes to an end.
    """
    found = {code: protect_table(values) for code, values in tables.items()}
    hidden: dict[str, set[Spot]] = {}
    while (more := _hidden(found, shares)) != hidden:
        hidden = more
        for code, parts in shares.items():
            also = [(part, spot) for part, name in parts.items() for spot in tables[code] if spot in hidden[name]]
            found[code] = protect_table(tables[code], also=also)
    return found


def _hidden(found: Mapping[str, Mapping[Spot, Cell]], shares: Mapping[str, Mapping[str, str]]) -> dict[str, set[Spot]]:
    """Where a number is hidden in at least one of the tables that tell it, by its name."""
    spots: dict[str, set[Spot]] = {}
    for code, parts in shares.items():
        for part, name in parts.items():
            spots.setdefault(name, set()).update(s for s, cell in found[code].items() if read(cell, part) is None)
    return spots


def protect_table(values: Table, *, adds_up: bool = True, also: Iterable[Number] = ()) -> dict[Spot, Cell]:
    """The cells as the public may read them: `values` of every month and place, of the city, perhaps of the year.

    What does not add up (a unit that helped in two places) is hidden by itself only. `also`: numbers to be hidden.
    """
    cells = {spot: cell_of(value) for spot, value in values.items()}
    for part, spot in also:
        if read(cells[spot], part) is not None:
            cells[spot] = without(cells[spot], part)
    for spot in cells:
        if spot[0] is None:
            cells[spot] = without_reason(cells[spot])
    places = sorted({place for _month, place in values if place is not None})
    if not adds_up or not places:
        return cells
    numbers = {(part, spot): n for spot, value in values.items() for part, n in numbers_of(value).items()}
    parts = list(dict.fromkeys(part for part, _spot in numbers))
    months = sorted({month for month, _place in values if month})
    insides = [inside(spot) for spot in values if ("rest", spot) in numbers]
    rows = [row(month, places, part) for month in months for part in parts]
    for month in months:
        here = [line for line in rows if line.total[1][0] == month]
        _Closing(cells, numbers, here, [line for line in insides if line.total[1][0] == month]).close()
    if (None, None) in cells:
        columns = [column(place, months, part) for place in (*places, None) for part in parts]
        year = [row(None, places, part) for part in parts]
        _Closing(cells, numbers, [*year, *columns], [*insides, *rows], columns).close()
    show_splits(cells, values)
    return cells


@dataclass
class _Closing:
    """Lines of a table whose hidden numbers must not follow, and other lines from which they could.

    With `columns` (of months that are published already) only sums of the year may be hidden, where a month is.
    """

    cells: dict[Spot, Cell]
    numbers: Mapping[Number, int]
    lines: list[Line]
    others: list[Line]
    columns: list[Line] = field(default_factory=list)

    def close(self) -> None:
        """Hide one more number after another until none follows."""
        if self.columns:
            free = [line.total for line in self.columns if self._unseen(line.parts)]
        else:
            free = [number for line in self.lines for number in (*line.parts, line.total)]
        while more := self._next({number: None for number in free if self._is_shown(number)}):
            part, spot = more
            self.cells[spot] = without(self.cells[spot], part)

    def _next(self, free: Free) -> Number | None:
        return self._for_subtraction(free) or self._for_combination(free) or self._for_bounds(free)

    def _is_shown(self, number: Number) -> bool:
        return read(self.cells[number[1]], number[0]) is not None

    def _unseen(self, parts: Iterable[Number]) -> list[Number]:
        return [number for number in parts if not self._is_shown(number)]

    @staticmethod
    def _among(line: Line, free: Free) -> list[Number]:
        return [number for number in (*line.parts, line.total) if number in free]

    def _cheapest(self, choices: Iterable[Number]) -> Number | None:
        """Parts before the city, few before many."""
        return min(choices, key=lambda number: (number[1][1] is None, self.numbers[number]), default=None)

    def _for_subtraction(self, free: Free) -> Number | None:
        """In a line either nothing is hidden, or its sum and a part, or two parts that are five or more together."""
        for line in self.lines:
            unseen = self._unseen(line.parts)
            if not self._is_shown(line.total):
                is_closed = bool(unseen) or not line.parts
            else:
                is_closed = not unseen or (len(unseen) > 1 and sum(self.numbers[n] for n in unseen) >= SMALL)
            if not is_closed and (found := self._cheapest(self._among(line, free))):
                return found
        return None

    def _for_combination(self, free: Free) -> Number | None:
        """A sum of the year that makes a bridge part of a ring: its own column's, or that of another in its month."""
        for part in dict.fromkeys(part for part, _spot in free) if self.columns else ():
            hidden = {spot for which, spot in self.numbers if which == part and not self._is_shown((part, spot))}
            sums = [number for number in free if number[0] == part]
            for month, place in bridges(hidden):
                own = [number for number in sums if number[1][1] == place]
                return self._cheapest(own or [n for n in sums if (month, n[1][1]) in hidden] or sums)
        return None

    def _for_bounds(self, free: Free) -> Number | None:
        """Another number of the line that gives one away; where all of it is hidden, what the rate is divided by."""
        found = known_by_bounds(self.cells, [*self.others, *self.lines])
        for line in sorted(found.values(), key=is_inside):
            if best := self._cheapest(self._among(line, free)):
                return best
        for _part, spot in found:
            of = [number for number in free if number[0] == "of"]
            return self._cheapest([number for number in of if number[1] == spot] or of or free)
        return None
