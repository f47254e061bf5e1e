"""Every number that is shown anywhere: computed in one place, with its records."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise

from lianxin.core.registry import Registry


@dataclass(frozen=True)
class Count:
    """How many."""

    value: int

    def as_json(self) -> int:
        """The number."""
        return self.value


@dataclass(frozen=True)
class Ratio:
    """`numerator` of `denominator`; `unanswered` stand beside, in neither. `per`: 1, or 100 for "per hundred"."""

    numerator: int
    denominator: int
    unanswered: int = 0
    per: int = 1

    @property
    def value(self) -> float | None:
        """The quotient times `per`, to 4 decimals; None without a denominator."""
        if not self.denominator:
            return None
        return round(self.per * self.numerator / self.denominator, 4)

    def as_json(self) -> dict[str, Any]:
        """As `lianxin stats --json` prints it."""
        return {
            "numerator": self.numerator,
            "denominator": self.denominator,
            "unanswered": self.unanswered,
            "value": self.value,
        }


@dataclass(frozen=True)
class Period:
    """Days `first` to `last` in the city's zone, both included."""

    first: date
    last: date


@dataclass(frozen=True)
class Area:
    """What a figure is asked for: the whole city, or one place. `scope_id` is None for the city."""

    kind: str = "city"
    scope_id: int | None = None


@dataclass(frozen=True)
class Figure:
    """A figure's definition. `formula` says in words what is divided by what; `records` gives a page's address.

    `by_community` gives the same figure for every community that has records, by its id, in a query or two.
    `group`: figures that GROUPS computes together, in fewer queries than one each.
    `adds_up`: the city's figure is the sum of its communities' (a unit that helps in two counts once in the city).
    """

    code: str
    label: str | Promise
    formula: str | Promise
    unit: str
    public: bool
    compute: Callable[[Area, Period], Count | Ratio]
    records: Callable[[Area, Period], str] | None = None
    by_community: Callable[[Period], dict[int, Count | Ratio]] | None = None
    adds_up: bool = True
    group: str = ""


FIGURES: Registry[Figure] = Registry("figure")
# group → every figure of the group for a place and a period, by code
GROUPS: Registry[Callable[[Area, Period], dict[str, Count | Ratio]]] = Registry("group of figures")


def values(area: Area, period: Period) -> dict[str, Count | Ratio]:
    """Every registered figure by code, in their order; the figures of a group are computed together."""
    together: dict[str, Count | Ratio] = {}
    for compute in GROUPS:
        together |= compute(area, period)
    return {f.code: together[f.code] if f.group else f.compute(area, period) for f in FIGURES}
