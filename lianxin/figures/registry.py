"""Every number that is shown anywhere: computed in one place, with its records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianxin.core.registry import Registry
from lianxin.core.values import VALUES, value, whole

MINIMUM = "figures.minimum_sample"
VALUES.add(
    MINIMUM,
    whole(
        _("A rate is compared from a sample of"),
        group=_("Figures"),
        default=20,
        low=1,
        high=1000,
        applies=_("From then on. Smaller rates are shown, but not set beside others."),
    ),
)


@dataclass(frozen=True)
class Count:
    """How many."""

    value: int

    def as_json(self) -> int:
        """The number."""
        return self.value


@dataclass(frozen=True)
class Split:
    """A rate by who answered: (numerator, denominator) of the askers' own answers and of those recorded for them."""

    self: tuple[int, int]
    proxy: tuple[int, int]

    def as_json(self, silent: int) -> dict[str, Any]:
        """As `lianxin stats --json` prints it; `silent`: those who said nothing."""
        pairs = {"self": self.self, "proxy": self.proxy}
        return {
            who: {"numerator": pair[0], "denominator": pair[1], "value": quotient(*pair)} for who, pair in pairs.items()
        } | {"silent": silent}


@dataclass(frozen=True)
class Beside:
    """What stands beside a rate: `declined` of `ended` needs, and how many were excluded from every rate."""

    declined: int
    ended: int
    excluded: int

    @property
    def share(self) -> float | None:
        """The share of declines."""
        return quotient(self.declined, self.ended)


def quotient(numerator: int, denominator: int, per: int = 1) -> float | None:
    """To 4 decimals; None without a denominator."""
    return round(per * numerator / denominator, 4) if denominator else None


@dataclass(frozen=True)
class Ratio:
    """`numerator` of `denominator`; `unanswered` stand beside, in neither. `per`: 1, or 100 for "per hundred"."""

    numerator: int
    denominator: int
    unanswered: int = 0
    per: int = 1
    split: Split | None = field(default=None, compare=False)
    beside: Beside | None = field(default=None, compare=False)

    @property
    def value(self) -> float | None:
        """The quotient times `per`, to 4 decimals; None without a denominator."""
        return quotient(self.numerator, self.denominator, self.per)

    @property
    def is_small(self) -> bool:
        """Too few for a comparison with others (the city says how few)."""
        return bool(self.denominator < value(MINIMUM))

    def as_json(self) -> dict[str, Any]:
        """As `lianxin stats --json` prints it."""
        said: dict[str, Any] = {
            "numerator": self.numerator,
            "denominator": self.denominator,
            "unanswered": self.unanswered,
            "value": self.value,
        }
        if self.split:
            said["by"] = self.split.as_json(self.unanswered)
        if self.beside:
            said |= {"declined_share": self.beside.share, "excluded": self.beside.excluded}
        return said


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
    `by_month`: MONTHS tells it by month and community.
    `adds_up`: the city's figure is the sum of its communities' (a unit that helps in two counts once in the city).
    `shares`: its numbers that other figures tell too, by the part of a cell (suppression.read): the number's name.
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
    by_month: bool = False
    shares: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_rate(self) -> bool:
        """Something is divided by something."""
        return self.unit == "rate" or self.unit.startswith("per ")


FIGURES: Registry[Figure] = Registry("figure")
# group → every figure of the group for a place and a period, by code
GROUPS: Registry[Callable[[Area, Period], dict[str, Count | Ratio]]] = Registry("group of figures")
# A figure of every month and community, by (first day, its id); of what does not add up also the sums, under None.
Monthly = dict[tuple[date | None, int | None], Count | Ratio]
# group → its figures of every month of the period, by code
Months = dict[str, Monthly]
MONTHS: Registry[Callable[[Period], Months]] = Registry("group of figures by month")


def values(area: Area, period: Period) -> dict[str, Count | Ratio]:
    """Every registered figure by code, in their order; the figures of a group are computed together."""
    together: dict[str, Count | Ratio] = {}
    for compute in GROUPS:
        together |= compute(area, period)
    return {f.code: together[f.code] if f.group else f.compute(area, period) for f in FIGURES}
