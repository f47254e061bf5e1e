"""The open figures: every public figure of the city and of its communities, small cells hidden."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from lianxin.figures.registry import FIGURES, Area, Count, Figure, Period, Ratio
from lianxin.figures.suppression import Cell, protect, total_of


@dataclass(frozen=True)
class Row:
    """One figure: the city's cell and each community's, by its id."""

    figure: Figure
    city: Cell
    places: dict[int, Cell]


def month_of(day: date) -> Period:
    """The whole month of `day`."""
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def rows_for(codes: Iterable[str], community_ids: list[int], period: Period) -> list[Row]:
    """The rows of the public figures among `codes` that exist by community. One or two queries a figure."""
    found = [FIGURES.get(code) for code in codes]
    return [_row(f, community_ids, period) for f in found if f is not None and f.public and f.by_community]


def table_codes() -> list[str]:
    """The codes of all public figures that exist by community."""
    return [figure.code for figure in FIGURES if figure.public and figure.by_community]


def fact_codes() -> list[str]:
    """The codes of the public figures that describe the city, not what anybody asked for."""
    return [figure.code for figure in FIGURES if figure.public and not figure.by_community]


def _row(figure: Figure, community_ids: list[int], period: Period) -> Row:
    values = figure.by_community(period) if figure.by_community else {}
    like = next(iter(values.values()), None) or figure.compute(Area(), period)
    nothing = Count(0) if isinstance(like, Count) else Ratio(0, 0, per=like.per)
    parts = {key: values.get(key, nothing) for key in community_ids}
    total = total_of(values.values(), like) if figure.adds_up else figure.compute(Area(), period)
    city, places = protect(total, parts, adds_up=figure.adds_up)
    return Row(figure, city, places)
