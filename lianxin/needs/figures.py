"""The figures of the pipeline (DOMAIN §4): always with what was divided by what, and a way to the records."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.utils.functional import Promise, lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lianxin.core.clock import local_day, now
from lianxin.core.values import value
from lianxin.figures.registry import FIGURES, GROUPS, MONTHS, Area, Figure, Period
from lianxin.needs import measures


def _with_per(words: Callable[[], str]) -> str:
    """Words that say for how many households the city tells its complaint rate, in the reader's language; lazy."""
    return lazy(lambda: words() % {"n": value(measures.PER)}, str)()


def _list(query: str) -> Callable[[Area, Period], str]:
    """The need list of the records; what is due today is not counted yet, so it is not shown either."""

    def address(area: Area, period: Period) -> str:
        place = f"&{area.kind}={area.scope_id}" if area.scope_id and area.kind != "city" else ""
        last = min(period.last, local_day(now()) - timedelta(days=1)) if query.endswith("_due") else period.last
        days = f"&from={period.first}&to={last}" if "by=" in query else ""
        return f"/workspace/needs/?{query}{days}{place}"

    return address


def _figure(code: str, label: str | Promise, formula: str | Promise, unit: str, records: str) -> Figure:
    return Figure(
        code,
        label,
        formula,
        unit,
        True,
        partial(measures.in_area, code),
        _list(records),
        partial(measures.by_community, code),
        group="needs",
        by_month=code not in measures.NOW_ONLY,
        shares=measures.shares(code),
    )


for _one in (
    _figure(
        "needs_filed",
        _("Needs filed"),
        _("filed in the period, merged ones once"),
        "needs",
        "status=all&by=filed",
    ),
    _figure("needs_open", _("Open needs"), _("not at an end now"), "needs", "status=open"),
    _figure(
        "needs_confirmed",
        _("Confirmed by the asker"),
        _("confirmed as solved in the period"),
        "needs",
        "status=confirmed&by=ended",
    ),
    _figure(
        "wishes_confirmed",
        _("Wishes fulfilled"),
        _("small wishes confirmed by the asker in the period"),
        "needs",
        "status=confirmed&kind=wish&by=ended",
    ),
    _figure(
        "needs_unanswered",
        _("Closed without an answer"),
        _("closed unanswered in the period"),
        "needs",
        "status=closed_unanswered&by=ended",
    ),
    Figure(
        "units_helping",
        _("Units that helped"),
        _("units, companies and departments whose help an asker confirmed in the period"),
        "units",
        True,
        measures.units_helping,
        # Its records would be units; there is no list of those by what they did.
        None,
        measures.units_by_community,
        adds_up=False,
        by_month=True,
    ),
    _figure(
        "response_rate",
        _("First answer in time"),
        _("first contact in time ÷ due in the period, until yesterday"),
        "rate",
        "status=all&by=response_due",
    ),
    _figure(
        "resolution_rate",
        _("Solved, say the askers"),
        _("“solved” ÷ answered in the period"),
        "rate",
        "status=all&by=answered",
    ),
    _figure(
        "satisfaction_rate",
        _("Satisfied"),
        _("satisfied or fairly satisfied ÷ answered in the period"),
        "rate",
        "status=all&by=answered",
    ),
    _figure(
        "on_time_rate",
        _("Solved in time"),
        _("confirmed and delivered in time ÷ due in the period, until yesterday"),
        "rate",
        "status=all&by=solution_due",
    ),
    _figure(
        "decline_share",
        _("Declined"),
        _("declined ÷ ended in the period"),
        "rate",
        "status=declined&by=ended",
    ),
    Figure(
        "complaint_rate",
        _with_per(lambda: gettext("Complaints per %(n)s households a month")),
        _with_per(lambda: gettext("valid complaints filed in the period ÷ (households × months until today) × %(n)s")),
        "per household and month",
        True,
        measures.complaint_rate,
        _list("status=all&kind=complaint&valid=1&by=filed"),
        measures.complaint_rates,
        group="needs",
        by_month=True,
    ),
    _figure(
        "needs_excluded",
        _("Excluded from the rates"),
        _("filed in the period and excluded, with a reason, by two persons"),
        "needs",
        "status=all&by=filed&excluded=yes",
    ),
):
    FIGURES.add(_one.code, _one)
GROUPS.add("needs", measures.together)
MONTHS.add("needs", measures.by_month)
