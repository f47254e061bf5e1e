"""The figures of the pipeline (DOMAIN §4): always with what was divided by what, and a way to the records."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lianxin.core.clock import day_range, now
from lianxin.figures.registry import FIGURES, Area, Count, Figure, Period, Ratio
from lianxin.needs.models import Need
from lianxin.needs.querysets import NeedQuerySet
from lianxin.needs.states import OPEN, Satisfaction, Status
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


def needs_filed(area: Area, period: Period) -> Count:
    """Needs filed in the period; merged ones count once."""
    start, end = _span(period)
    return Count(needs_in(area).filter(filed_at__gte=start, filed_at__lt=end).count())


def needs_open(area: Area, period: Period) -> Count:
    """Needs that are not at an end now."""
    return Count(needs_in(area).filter(status__in=OPEN).count())


def needs_confirmed(area: Area, period: Period) -> Count:
    """Needs that the asker confirmed as solved in the period."""
    start, end = _span(period)
    return Count(needs_in(area).filter(status=Status.CONFIRMED, ended_at__gte=start, ended_at__lt=end).count())


def needs_unanswered(area: Area, period: Period) -> Count:
    """Needs closed in the period because nobody could be asked."""
    start, end = _span(period)
    closed = needs_in(area).filter(status=Status.CLOSED_UNANSWERED)
    return Count(closed.filter(ended_at__gte=start, ended_at__lt=end).count())


def response_rate(area: Area, period: Period) -> Ratio:
    """First contact in time ÷ first contact due in the period."""
    start, end = _span(period)
    due = needs_in(area).filter(response_due_at__gte=start, response_due_at__lt=end)
    return Ratio(due.filter(responded_at__lte=F("response_due_at")).count(), due.count())


def resolution_rate(area: Area, period: Period) -> Ratio:
    """ "Solved" ÷ answered in the period; the unanswered stand beside."""
    start, end = _span(period)
    answered = needs_in(area).filter(answered_at__gte=start, answered_at__lt=end)
    return Ratio(
        answered.filter(solved=True).count(),
        answered.count(),
        needs_unanswered(area, period).value,
    )


def satisfaction_rate(area: Area, period: Period) -> Ratio:
    """Satisfied or fairly satisfied ÷ those who said how satisfied they are, in the period."""
    start, end = _span(period)
    said = needs_in(area).filter(answered_at__gte=start, answered_at__lt=end).exclude(satisfaction="")
    silent = needs_in(area).filter(answered_at__gte=start, answered_at__lt=end, satisfaction="").count()
    return Ratio(
        said.filter(satisfaction__in=SATISFIED).count(),
        said.count(),
        needs_unanswered(area, period).value + silent,
    )


def on_time_rate(area: Area, period: Period) -> Ratio:
    """Confirmed and delivered in time ÷ solution due in the period."""
    start, end = _span(period)
    due = needs_in(area).exclude(status__in=NOT_OWED)
    due = due.filter(solution_due_at__gte=start, solution_due_at__lt=end)
    kept = due.filter(status=Status.CONFIRMED, delivered_at__lte=F("solution_due_at"))
    silent = due.filter(status=Status.CLOSED_UNANSWERED)
    return Ratio(kept.count(), due.count() - silent.count(), silent.count())


def complaint_rate(area: Area, period: Period) -> Ratio:
    """Valid complaints filed in the period ÷ households × 100."""
    start, end = _span(period)
    valid = needs_in(area).filter(kind="complaint", filed_at__gte=start, filed_at__lt=end)
    valid = valid.exclude(status__in=NOT_OWED).exclude(Q(verified_at=None))
    return Ratio(valid.count(), _households(area), per=100)


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


def _place(area: Area) -> str:
    return f"&{area.kind}={area.scope_id}" if area.scope_id and area.kind != "city" else ""


def _list(query: str) -> Callable[[Area, Period], str]:
    def address(area: Area, period: Period) -> str:
        return f"/work/needs/?{query}&from={period.first}&to={period.last}{_place(area)}"

    return address


for _figure in (
    Figure(
        "needs_filed",
        _("Needs filed"),
        _("filed in the period, merged ones once"),
        "needs",
        True,
        needs_filed,
        _list("status=all&by=filed"),
    ),
    Figure(
        "needs_open",
        _("Open needs"),
        _("not at an end now"),
        "needs",
        True,
        needs_open,
        lambda area, period: f"/work/needs/?status=open{_place(area)}",
    ),
    Figure(
        "needs_confirmed",
        _("Confirmed by the asker"),
        _("confirmed as solved in the period"),
        "needs",
        True,
        needs_confirmed,
        _list("status=confirmed&by=ended"),
    ),
    Figure(
        "needs_unanswered",
        _("Closed without an answer"),
        _("closed unanswered in the period"),
        "needs",
        True,
        needs_unanswered,
        _list("status=closed_unanswered&by=ended"),
    ),
    Figure(
        "response_rate",
        _("First answer in time"),
        _("first contact in time ÷ due in the period"),
        "rate",
        True,
        response_rate,
        _list("status=all&by=response_due"),
    ),
    Figure(
        "resolution_rate",
        _("Solved, say the askers"),
        _("“solved” ÷ answered in the period"),
        "rate",
        True,
        resolution_rate,
        _list("status=all&by=answered"),
    ),
    Figure(
        "satisfaction_rate",
        _("Satisfied"),
        _("satisfied or fairly satisfied ÷ answered in the period"),
        "rate",
        True,
        satisfaction_rate,
        _list("status=all&by=answered"),
    ),
    Figure(
        "on_time_rate",
        _("Solved in time"),
        _("confirmed and delivered in time ÷ due in the period"),
        "rate",
        True,
        on_time_rate,
        _list("status=all&by=solution_due"),
    ),
    Figure(
        "complaint_rate",
        _("Complaints per 100 households"),
        _("valid complaints ÷ households × 100"),
        "per 100 households",
        True,
        complaint_rate,
        _list("status=all&kind=complaint&by=filed"),
    ),
):
    FIGURES.add(_figure.code, _figure)
