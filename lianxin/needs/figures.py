"""The figures of the pipeline (DOMAIN §4): always with what was divided by what, and a way to the records."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Aggregate, F, Q
from django.db.models import Count as Count_
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianxin.core.clock import day_range, now
from lianxin.figures.registry import FIGURES, GROUPS, Area, Count, Figure, Period, Ratio
from lianxin.needs.models import Need
from lianxin.needs.querysets import NeedQuerySet
from lianxin.needs.states import OPEN, CommitmentStatus, Satisfaction, Status
from lianxin.organisations.models import OrganisationKind
from lianxin.places.models import Household

SATISFIED = (Satisfaction.SATISFIED, Satisfaction.FAIRLY)
# A need that was declined or withdrawn is owed no solution.
NOT_OWED = (Status.DECLINED, Status.WITHDRAWN)


def needs_in(area: Area) -> NeedQuerySet:
    """The needs that count in a place."""
    return Need.objects.counted().in_place(area.kind, area.scope_id)


def _span(period: Period) -> tuple[datetime, datetime]:
    start, end = day_range(period.first, period.last)
    return start, min(end, now())


@dataclass(frozen=True)
class Measure:
    """A figure of needs as conditions on one need: counted above the line, below it, or beside it as unanswered.

    Without `below` it is a count. `of` names what is counted: needs, or the givers of their commitments.
    """

    above: Q
    below: Q | None = None
    unanswered: Q | None = None
    of: str = "pk"

    def _columns(self, prefix: str = "") -> dict[str, Aggregate]:
        said = {"above": self.above, "below": self.below, "unanswered": self.unanswered}
        return {
            prefix + name: Count_(self.of, filter=q, distinct=self.of != "pk")
            for name, q in said.items()
            if q is not None
        }

    def _rows(self, needs: NeedQuerySet) -> NeedQuerySet:
        wanted = self.above
        for q in (self.below, self.unanswered):
            if q is not None:
                wanted |= q
        return needs.filter(wanted)

    def _value(self, row: Any) -> Count | Ratio:
        if self.below is None:
            return Count(row["above"])
        return Ratio(row["above"], row["below"], row.get("unanswered", 0))

    def in_area(self, area: Area) -> Count | Ratio:
        """The figure in a place. One query."""
        return self._value(self._rows(needs_in(area)).aggregate(**self._columns()))

    def by_community(self) -> dict[int, Count | Ratio]:
        """The figure of every community that has needs of this sort. One query."""
        rows = self._rows(Need.objects.counted()).order_by().values("community_id").annotate(**self._columns())
        return {row["community_id"]: self._value(row) for row in rows}


def together(measures: dict[str, Measure], area: Area) -> dict[str, Count | Ratio]:
    """Several measures of needs in a place, by code. One query."""
    columns: dict[str, Aggregate] = {}
    for code, measure in measures.items():
        columns |= measure._columns(f"{code}__")
    row = needs_in(area).aggregate(**columns)
    return {
        code: measure._value({k.removeprefix(f"{code}__"): v for k, v in row.items() if k.startswith(f"{code}__")})
        for code, measure in measures.items()
    }


def _during(field: str, period: Period) -> Q:
    start, end = _span(period)
    return Q(**{f"{field}__gte": start, f"{field}__lt": end})


def _unanswered(period: Period) -> Q:
    return Q(status=Status.CLOSED_UNANSWERED) & _during("ended_at", period)


def needs_filed(period: Period) -> Measure:
    """Needs filed in the period; merged ones count once."""
    return Measure(_during("filed_at", period))


def needs_open(period: Period) -> Measure:
    """Needs that are not at an end now."""
    return Measure(Q(status__in=OPEN))


def needs_confirmed(period: Period) -> Measure:
    """Needs that the asker confirmed as solved in the period."""
    return Measure(Q(status=Status.CONFIRMED) & _during("ended_at", period))


def wishes_confirmed(period: Period) -> Measure:
    """Of these, small wishes."""
    return Measure(Q(status=Status.CONFIRMED, kind="wish") & _during("ended_at", period))


def needs_unanswered(period: Period) -> Measure:
    """Needs closed in the period because nobody could be asked."""
    return Measure(_unanswered(period))


def units_helping(period: Period) -> Measure:
    """Units, companies and departments of which an asker confirmed something in the period; offices left out."""
    kinds = (OrganisationKind.UNIT, OrganisationKind.COMPANY, OrganisationKind.DEPARTMENT)
    confirmed = Q(commitments__status=CommitmentStatus.CONFIRMED, commitments__giver__kind__in=kinds)
    return Measure(confirmed & _during("commitments__answered_at", period), of="commitments__giver")


def response_rate(period: Period) -> Measure:
    """First contact in time ÷ first contact due in the period."""
    due = _during("response_due_at", period)
    return Measure(due & Q(responded_at__lte=F("response_due_at")), due)


def resolution_rate(period: Period) -> Measure:
    """ "Solved" ÷ answered in the period; the unanswered stand beside."""
    answered = _during("answered_at", period)
    return Measure(answered & Q(solved=True), answered, _unanswered(period))


def satisfaction_rate(period: Period) -> Measure:
    """Satisfied or fairly satisfied ÷ those who said how satisfied they are, in the period."""
    answered = _during("answered_at", period)
    said = answered & ~Q(satisfaction="")
    silent = answered & Q(satisfaction="")
    return Measure(said & Q(satisfaction__in=SATISFIED), said, _unanswered(period) | silent)


def on_time_rate(period: Period) -> Measure:
    """Confirmed and delivered in time ÷ solution due in the period."""
    due = _during("solution_due_at", period) & ~Q(status__in=NOT_OWED)
    silent = Q(status=Status.CLOSED_UNANSWERED)
    kept = due & Q(status=Status.CONFIRMED, delivered_at__lte=F("solution_due_at"))
    return Measure(kept, due & ~silent, due & silent)


def _valid_complaints(period: Period) -> Measure:
    valid = Q(kind="complaint", verified_at__isnull=False) & ~Q(status__in=NOT_OWED)
    return Measure(valid & _during("filed_at", period))


def complaint_rate(area: Area, period: Period) -> Ratio:
    """Valid complaints filed in the period ÷ households × 100."""
    valid = _valid_complaints(period).in_area(area)
    return Ratio(valid.value if isinstance(valid, Count) else 0, _households(area), per=100)


def complaint_rates(period: Period) -> dict[int, Count | Ratio]:
    """The same for every community with households. Two queries."""
    valid = _valid_complaints(period).by_community()
    homes = Household.objects.order_by().values_list("grid__community_id").annotate(Count_("pk"))
    found: dict[int, Count | Ratio] = {}
    for community, households in homes:
        complaints = valid.get(community)
        found[community] = Ratio(complaints.value if isinstance(complaints, Count) else 0, households, per=100)
    return found


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


# The measures of needs by code: what `_together` puts into one query.
MEASURES: dict[str, Callable[[Period], Measure]] = {}
COMPLAINTS = "complaint_rate"


def _together(area: Area, period: Period) -> dict[str, Count | Ratio]:
    found = together({code: measure(period) for code, measure in MEASURES.items()}, area)
    complaints = found[COMPLAINTS]
    count = complaints.value if isinstance(complaints, Count) else 0
    return found | {COMPLAINTS: Ratio(count, _households(area), per=100)}


def _list(query: str) -> Callable[[Area, Period], str]:
    def address(area: Area, period: Period) -> str:
        place = f"&{area.kind}={area.scope_id}" if area.scope_id and area.kind != "city" else ""
        days = f"&from={period.first}&to={period.last}" if "by=" in query else ""
        return f"/workspace/needs/?{query}{days}{place}"

    return address


def _figure(
    code: str,
    label: str | Promise,
    formula: str | Promise,
    unit: str,
    measure: Callable[[Period], Measure],
    records: str,
    *,
    adds_up: bool = True,
    group: str = "needs",
) -> Figure:
    if group:
        MEASURES[code] = measure
    return Figure(
        code,
        label,
        formula,
        unit,
        True,
        lambda area, period: measure(period).in_area(area),
        _list(records),
        lambda period: measure(period).by_community(),
        adds_up,
        group,
    )


for _one in (
    _figure(
        "needs_filed",
        _("Needs filed"),
        _("filed in the period, merged ones once"),
        "needs",
        needs_filed,
        "status=all&by=filed",
    ),
    _figure("needs_open", _("Open needs"), _("not at an end now"), "needs", needs_open, "status=open"),
    _figure(
        "needs_confirmed",
        _("Confirmed by the asker"),
        _("confirmed as solved in the period"),
        "needs",
        needs_confirmed,
        "status=confirmed&by=ended",
    ),
    _figure(
        "wishes_confirmed",
        _("Wishes fulfilled"),
        _("small wishes confirmed by the asker in the period"),
        "needs",
        wishes_confirmed,
        "status=confirmed&kind=wish&by=ended",
    ),
    _figure(
        "needs_unanswered",
        _("Closed without an answer"),
        _("closed unanswered in the period"),
        "needs",
        needs_unanswered,
        "status=closed_unanswered&by=ended",
    ),
    _figure(
        "units_helping",
        _("Units that helped"),
        _("units, companies and departments whose help an asker confirmed in the period"),
        "units",
        units_helping,
        "status=confirmed&by=ended",
        adds_up=False,
        # Counted over commitments: in one query with the others it would multiply their rows.
        group="",
    ),
    _figure(
        "response_rate",
        _("First answer in time"),
        _("first contact in time ÷ due in the period"),
        "rate",
        response_rate,
        "status=all&by=response_due",
    ),
    _figure(
        "resolution_rate",
        _("Solved, say the askers"),
        _("“solved” ÷ answered in the period"),
        "rate",
        resolution_rate,
        "status=all&by=answered",
    ),
    _figure(
        "satisfaction_rate",
        _("Satisfied"),
        _("satisfied or fairly satisfied ÷ answered in the period"),
        "rate",
        satisfaction_rate,
        "status=all&by=answered",
    ),
    _figure(
        "on_time_rate",
        _("Solved in time"),
        _("confirmed and delivered in time ÷ due in the period"),
        "rate",
        on_time_rate,
        "status=all&by=solution_due",
    ),
    Figure(
        "complaint_rate",
        _("Complaints per 100 households"),
        _("valid complaints ÷ households × 100"),
        "per 100 households",
        True,
        complaint_rate,
        _list("status=all&kind=complaint&by=filed"),
        complaint_rates,
        group="needs",
    ),
):
    FIGURES.add(_one.code, _one)
MEASURES[COMPLAINTS] = _valid_complaints
GROUPS.add("needs", _together)
