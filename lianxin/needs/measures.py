"""Figures as sums of facts (facts.py), in a place, by community, by month.

A figure of a community, a town or the city is read from tallies; of a grid or compound it is counted from the records.
What falls due on a day counts from the day after: until then it may still be kept.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count as Count_
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lianxin.core.clock import day_range, local_day, now
from lianxin.core.values import VALUES, value, whole
from lianxin.figures import tallies
from lianxin.figures.registry import Area, Beside, Count, Monthly, Months, Period, Ratio, Split
from lianxin.needs.facts import DUE_DAYS, FACTS, HELPED
from lianxin.needs.models import Need
from lianxin.needs.states import CommitmentStatus
from lianxin.organisations.models import Organisation, OrganisationKind
from lianxin.places.models import Household

TALLIED = ("city", "town", "community")
HELPERS = (OrganisationKind.UNIT, OrganisationKind.COMPANY, OrganisationKind.DEPARTMENT)
ALWAYS = ("open",)
# Of no month: what is so now.
NOW_ONLY = ("needs_open",)
DUE = tuple(code for code, fact in FACTS.items() if fact.day in DUE_DAYS)
BESIDE = ("declined", "ended", "excluded")

Facts = Mapping[str, int]


@dataclass(frozen=True)
class Measure:
    """A figure as sums of facts (facts.py): above the line, below it, or beside it as unanswered.

    Without `below` it is a count. `split`: also by who answered.
    """

    above: str
    below: str = ""
    unanswered: tuple[str, ...] = ()
    split: bool = False

    @property
    def facts(self) -> set[str]:
        """The facts that it needs."""
        names = {self.above, self.below, *self.unanswered} - {""}
        if self.split:
            names |= {f"{self.above}_proxy", f"{self.below}_proxy"}
        return names | set(BESIDE) if self.below else names

    def value(self, facts: Facts) -> Count | Ratio:
        """The figure from how often each fact is true."""
        if not self.below:
            return Count(facts[self.above])
        above, below = facts[self.above], facts[self.below]
        silent = sum(facts[fact] for fact in self.unanswered)
        proxy = (facts[f"{self.above}_proxy"], facts[f"{self.below}_proxy"]) if self.split else (0, 0)
        split = Split((above - proxy[0], below - proxy[1]), proxy) if self.split else None
        return Ratio(above, below, silent, split=split, beside=beside(facts))


def beside(facts: Facts) -> Beside:
    """What stands beside every rate of the place and period."""
    return Beside(facts["declined"], facts["ended"], facts["excluded"])


MEASURES: dict[str, Measure] = {
    "needs_filed": Measure("filed"),
    "needs_open": Measure("open"),
    "needs_confirmed": Measure("confirmed"),
    "wishes_confirmed": Measure("wish"),
    "needs_unanswered": Measure("unanswered"),
    "needs_excluded": Measure("excluded"),
    "response_rate": Measure("response_kept", "response_due"),
    "resolution_rate": Measure("solved", "answered", ("unanswered",), split=True),
    # Who answered but did not say how satisfied counts as not satisfied (DOMAIN §4: satisfied ÷ answered).
    "satisfaction_rate": Measure("satisfied", "answered", ("unanswered",), split=True),
    "on_time_rate": Measure("solution_kept", "solution_due", ("solution_silent",)),
    "decline_share": Measure("declined", "ended"),
}


def shares(code: str) -> dict[str, str]:
    """The numbers of a figure that another one tells too, by the part of a published cell: the fact that is counted."""
    told = {one: _told(measure) for one, measure in MEASURES.items() if one not in NOW_ONLY}
    others = [fact for one, facts in told.items() if one != code for fact in facts.values()]
    return {part: fact for part, fact in told.get(code, {}).items() if fact in others}


def _told(measure: Measure) -> dict[str, str]:
    if not measure.below:
        return {"count": measure.above}
    silent = {"unanswered": measure.unanswered[0]} if len(measure.unanswered) == 1 else {}
    return {"count": measure.above, "of": measure.below} | silent


COMPLAINTS, UNITS = "complaint_rate", "units_helping"
# An average month: 365.25 days ÷ 12.
DAYS_OF_A_MONTH = 30.4375
PER = "needs.complaints_per"
VALUES.add(
    PER,
    whole(
        _("The complaint rate is told for"),
        group=_("Figures"),
        default=100,
        low=10,
        high=10_000,
        unit=_("households a month"),
        applies=_("At once and for every period, also those that are past."),
    ),
)


def _span(code: str, period: Period, today: date) -> tuple[date, date] | None:
    """The days that count of a fact in a period; None: every day."""
    if code in ALWAYS:
        return None
    return period.first, min(period.last, today - timedelta(days=1) if code in DUE else today)


def _where(codes: Iterable[str], period: Period) -> Q:
    spans: dict[tuple[date, date] | None, list[str]] = {}
    for code in codes:
        spans.setdefault(_span(code, period, local_day(now())), []).append(code)
    found = Q(pk__in=[])
    for span, parts in spans.items():
        days = Q(day__gte=span[0], day__lte=span[1]) if span else Q()
        found |= Q(part__in=parts) & days
    return found


def _in(area: Area) -> Q:
    if area.scope_id is None or area.kind == "city":
        return Q()
    return Q(scope_id=area.scope_id) if area.kind == "community" else Q(scope__parent_id=area.scope_id)


def facts_in(codes: Iterable[str], area: Area, period: Period) -> Facts:
    """How often each fact is true in a place and a period. One query."""
    codes = list(codes)
    if area.scope_id is not None and area.kind not in TALLIED:
        return live(codes, area, period)
    found: Counter[str] = tallies.sums(_where(codes, period) & _in(area), "part")
    return found


def live(codes: Iterable[str], area: Area, period: Period) -> Facts:
    """The same, counted from the records: what the tallies are a cache of. One query."""
    columns: dict[str, Any] = {}
    for code in codes:
        span = _span(code, period, local_day(now()))
        during = Q()
        if span:
            start, end = day_range(*span)
            during = Q(**{f"{FACTS[code].day}__gte": start, f"{FACTS[code].day}__lt": end})
        columns[f"n_{code}"] = Count_("pk", filter=FACTS[code].where.q & during)
    row = Need.objects.in_place(area.kind, area.scope_id).aggregate(**columns)
    return Counter({name.removeprefix("n_"): number for name, number in row.items()})


def units_helping(area: Area, period: Period) -> Count:
    """Units, companies and departments of which an asker confirmed something in the period; offices left out."""
    if area.scope_id is not None and area.kind not in TALLIED:
        start, end = day_range(*(_span(HELPED, period, local_day(now())) or ()))
        needs = Need.objects.counted().in_place(area.kind, area.scope_id)
        confirmed = Q(commitments__status=CommitmentStatus.CONFIRMED, commitments__giver__kind__in=HELPERS)
        needs = needs.filter(confirmed, commitments__answered_at__gte=start, commitments__answered_at__lt=end)
        return Count(needs.aggregate(n=Count_("commitments__giver", distinct=True))["n"])
    found = tallies.sums(_where([HELPED], period) & _in(area) & _by_helpers(), "of")
    return Count(sum(1 for number in found.values() if number > 0))


def _by_helpers() -> Q:
    return Q(of__in=Organisation.objects.filter(kind__in=HELPERS).values("pk"))


def units_by_community(period: Period) -> dict[int, Count | Ratio]:
    found = tallies.sums(_where([HELPED], period) & _by_helpers(), "scope_id", "of")
    units: Counter[int] = Counter(place for (place, _unit), number in found.items() if number > 0)
    return {place: Count(number) for place, number in units.items()}


def _complaints(facts: Facts, homes: int, months: int, per: int) -> Ratio:
    """Valid complaints ÷ households served × 100 per month (DOMAIN §3; the city sets the 100).

    Of several months it is the rate of one month, so that a year and a month can be set beside each other: the
    complaints of all of them ÷ (households × months), and those two numbers are shown.
    """
    return Ratio(facts["complaint"], homes * months, per=per, beside=beside(facts))


def months_passed(period: Period, today: date, begun: date | None) -> int:
    """How many months of a period lie behind, until today and with it: whole ones, at least 1.

    Its days ÷ the days of an average month, rounded, so calendar months count as they are (February 1, a year 12) and
    days chosen freely as what comes nearest. A month that has only begun is one: its rate starts low and grows with
    the month, rather than making a month's worth out of a day's. Months before the one of the city's first need
    (`begun`) do not count, as in the open figures: nobody could complain then.
    """
    first = max(period.first, begun.replace(day=1)) if begun else period.first
    return max(round(((min(period.last, today) - first).days + 1) / DAYS_OF_A_MONTH), 1)


def _months_of(period: Period) -> int:
    """The same as of now. One query."""
    return months_passed(period, local_day(now()), tallies.first_day("filed"))


def _households(area: Area) -> int:
    homes = Household.objects.all()
    if area.scope_id is None or area.kind == "city":
        return homes.count()
    path = {
        "town": "grid__community__town_id",
        "community": "grid__community_id",
        "grid": "grid_id",
        "compound": "compound_id",
    }[area.kind]
    return homes.filter(**{path: area.scope_id}).count()


def _homes() -> dict[int, int]:
    return dict(Household.objects.order_by().values_list("grid__community_id").annotate(Count_("pk")))


def complaint_rate(area: Area, period: Period) -> Ratio:
    """Valid complaints for 100 households a month. Three queries."""
    facts = facts_in(["complaint", *BESIDE], area, period)
    return _complaints(facts, _households(area), _months_of(period), value(PER))


def complaint_rates(period: Period) -> dict[int, Count | Ratio]:
    """The same for every community with households. Three queries."""
    by_place = _by_place(["complaint", *BESIDE], period)
    months, per = _months_of(period), value(PER)
    return {place: _complaints(by_place.get(place, Counter()), homes, months, per) for place, homes in _homes().items()}


def _by_place(codes: Iterable[str], period: Period) -> dict[int, Counter[str]]:
    found: dict[int, Counter[str]] = {}
    for (place, part), number in tallies.sums(_where(codes, period), "scope_id", "part").items():
        found.setdefault(place, Counter())[part] = number
    return found


def in_area(code: str, area: Area, period: Period) -> Count | Ratio:
    """The figure `code` in a place. One query."""
    return MEASURES[code].value(facts_in(MEASURES[code].facts, area, period))


def by_community(code: str, period: Period) -> dict[int, Count | Ratio]:
    """The figure `code` of every community that has needs of this sort. One query."""
    measure = MEASURES[code]
    return {place: measure.value(facts) for place, facts in _by_place(measure.facts, period).items()}


def _all_facts() -> set[str]:
    return {"complaint", *(fact for measure in MEASURES.values() for fact in measure.facts)}


def together(area: Area, period: Period) -> dict[str, Count | Ratio]:
    """Every figure that is a sum of facts, in a place. Three queries."""
    facts = facts_in(_all_facts(), area, period)
    found = {code: measure.value(facts) for code, measure in MEASURES.items()}
    return found | {COMPLAINTS: _complaints(facts, _households(area), _months_of(period), value(PER))}


def by_month(period: Period) -> Months:
    """The same of every month and community, and the units that helped. Three queries."""
    facts: dict[tuple[date, int], Counter[str]] = {}
    counted = tallies.sums(_where(_all_facts() - set(ALWAYS), period), "scope_id", "part", monthly=True)
    for (place, part, month), number in counted.items():
        facts.setdefault((month, place), Counter())[part] = number
    found: Months = {code: {} for code in MEASURES if code not in NOW_ONLY}
    for code, values in found.items():
        values.update({key: MEASURES[code].value(one) for key, one in facts.items()})
    homes, per = _homes(), value(PER)
    found[COMPLAINTS] = {
        (month, place): _complaints(facts.get((month, place), Counter()), number, 1, per)
        for month in _months(period)
        for place, number in homes.items()
    }
    found[UNITS] = _units_by_month(period)
    return found


def _months(period: Period) -> list[date]:
    """The first day of each month in the period."""
    found = [period.first.replace(day=1)]
    while (following := (found[-1] + timedelta(days=31)).replace(day=1)) <= period.last:
        found.append(following)
    return found


def _units_by_month(period: Period) -> Monthly:
    """Units that helped; one that helped in two months or places counts once in the year or the city."""
    units: dict[tuple[date | None, int | None], set[int]] = {}
    counted = tallies.sums(_where([HELPED], period) & _by_helpers(), "scope_id", "of", monthly=True)
    for (place, unit, month), number in counted.items():
        if number > 0:
            for key in ((month, place), (month, None), (None, place), (None, None)):
                units.setdefault(key, set()).add(unit)
    return {key: Count(len(found)) for key, found in units.items()}
