"""Who answered, in a public table of rates: the askers, or somebody for them (DOMAIN §4: self, proxy, silent).

The table is closed already (tables.py) and stays as it is. Of a cell is added how many answered themselves and for how
many it was recorded, where both are five or more; not what they said: told of months, it gave hidden numbers away when
the year's own sums came. Both ways a reader has (deduction.py) are closed for these numbers too, months first, the year
after them. With every split hidden nothing was added to the table, so this comes to an end.

Only what the rates are divided by is read. So two rates that are divided by the same show it alike.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from lianxin.figures.deduction import Line, Number, Spot, bridges, column, known_by_bounds, row
from lianxin.figures.suppression import SMALL, Answered, Cell, Value, numbers_of, read, split_of

PARTS = ("self_of", "proxy_of")


def show_splits(cells: dict[Spot, Cell], values: Mapping[Spot, Value]) -> None:
    """Add to `cells` of rates that know who answered what may be told of it. Changes `cells`."""
    if not any(getattr(value, "split", None) for value in values.values()):
        return
    numbers: dict[Number, int] = {}
    for spot, value in values.items():
        numbers |= {(part, spot): n for part, n in (numbers_of(value) | split_of(value)).items()}
    months = sorted({month for month, _place in values if month})
    for month in months:
        _Splits(cells, numbers, [month]).show()
    if (None, None) in cells:
        _Splits(cells, numbers, months, of_year=True).show()


@dataclass
class _Splits:
    """The splits of one month, or of the year: its `months` are published already and stay as they are."""

    cells: dict[Spot, Cell]
    numbers: Mapping[Number, int]
    months: list[date]
    of_year: bool = False

    def __post_init__(self) -> None:
        self.places: list[int] = sorted({place for _month, place in self.cells if place is not None})

    def show(self) -> None:
        """Show what is by itself not too small, then hide one more split after another until no number follows."""
        lines = [line for part in PARTS for line in self._sums(part)]
        known = self._known()
        for spot in self._spots():
            if read(self.cells[spot], "of") is not None and all(self.numbers[part, spot] >= SMALL for part in PARTS):
                own, recorded = (self.numbers[part, spot] for part in PARTS)
                self.cells[spot] = replace(self.cells[spot], answered=Answered(own, recorded))
        while (more := self._next(lines, known)) is not None:
            self.cells[more] = replace(self.cells[more], answered=None)

    def _spots(self) -> list[Spot]:
        """The cells in question, the city's last."""
        return [(None if self.of_year else self.months[0], place) for place in (*self.places, None)]

    def _sums(self, part: str) -> list[Line]:
        """The lines of a part in which something may be hidden."""
        if not self.of_year:
            return [row(self.months[0], self.places, part)]
        columns = [column(place, self.months, part) for place in (*self.places, None)]
        return [row(None, self.places, part), *columns]

    def _known(self) -> list[Line]:
        """All that a reader can add up: rows, columns, and within each cell."""
        spots: list[Spot] = [(month, place) for month in self.months for place in (*self.places, None)]
        spots += self._spots() if self.of_year else []
        found = [Line([(part, spot) for part in PARTS], ("of", spot)) for spot in spots]
        for part in ("of", *PARTS):
            found += [row(month, self.places, part) for month in self.months]
            found += self._sums(part) if self.of_year else []
        return found

    def _unseen(self, parts: Iterable[Number]) -> list[Number]:
        return [number for number in parts if read(self.cells[number[1]], number[0]) is None]

    def _next(self, lines: list[Line], known: list[Line]) -> Spot | None:
        """The next cell whose split is hidden, or None when no hidden number follows or all are hidden."""
        free = [spot for spot in self._spots() if self._is_free(spot)]
        if not free:
            return None
        for line in lines:
            if not self._is_closed(line) and (among := self._among(line, free)):
                return self._cheapest(among)
        if self.of_year:
            hidden = {spot for spot, cell in self.cells.items() if cell.answered is None}
            for month, place in bridges(hidden):
                own = [spot for spot in free if spot[1] == place]
                return self._cheapest(own or [spot for spot in free if (month, spot[1]) in hidden] or free)
        for line in known_by_bounds(self.cells, known).values():
            return self._cheapest(self._among(line, free) or free)
        return None

    @staticmethod
    def _among(line: Line, free: list[Spot]) -> list[Spot]:
        spots = {spot for _part, spot in (*line.parts, line.total)}
        return [spot for spot in free if spot in spots]

    def _is_free(self, spot: Spot) -> bool:
        """It is shown, and hiding it would hide something: of a year, not all of its months are shown."""
        if self.cells[spot].answered is None:
            return False
        return not self.of_year or any(self.cells[month, spot[1]].answered is None for month in self.months)

    def _is_closed(self, line: Line) -> bool:
        """Either nothing is hidden in it, or its sum and a part, or two parts that are five or more together."""
        unseen = self._unseen(line.parts)
        if read(self.cells[line.total[1]], line.total[0]) is None:
            return bool(unseen) or not line.parts
        return not unseen or (len(unseen) > 1 and sum(self.numbers[number] for number in unseen) >= SMALL)

    def _cheapest(self, spots: Iterable[Spot]) -> Spot | None:
        """Communities before the city, few answers before many."""
        return min(spots, key=lambda spot: (spot[1] is None, self.numbers["of", spot]), default=None)
