"""Every figure of a place and a period, with what was divided by what, and a way to the records."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.accounts.actors import Actor
from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import Role, Scope, ScopeKind
from lianxin.core import pdf
from lianxin.core.clock import local_day, now
from lianxin.core.listing import wants_workbook
from lianxin.core.values import value as set_value
from lianxin.core.workbooks import download
from lianxin.figures.registry import FIGURES, MINIMUM, Area, Count, Figure, Period, Ratio, quotient, values
from lianxin.figures.rules import READERS, places_of

SIDE = "response_rate"


def side_choices() -> list[tuple[str, Any]]:
    """The figures that can be set side by side; the most asked first."""
    return sorted(((f.code, f.label) for f in FIGURES if f.by_community), key=lambda choice: choice[0] != SIDE)


class FiguresForm(forms.Form):
    """Which place, which days, which figure side by side."""

    place = forms.TypedChoiceField(label=gettext_lazy("Place"), required=False, coerce=int, empty_value=None)
    span = forms.ChoiceField(
        label=gettext_lazy("Period"),
        required=False,
        choices=[
            ("", gettext_lazy("This year")),
            ("quarter", gettext_lazy("This quarter")),
            ("month", gettext_lazy("This month")),
            ("last_month", gettext_lazy("Last month")),
            ("last_quarter", gettext_lazy("Last quarter")),
            ("last_year", gettext_lazy("Last year")),
            ("days", gettext_lazy("From … to …")),
        ],
    )
    first = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    side = forms.ChoiceField(label=gettext_lazy("By community"), required=False)

    def __init__(self, *args: Any, places: list[Scope], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = [(s.pk, s.label) for s in places]  # type: ignore[attr-defined]
        self.fields["side"].choices = side_choices()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """From lies before to."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("first") and data.get("last") and data["first"] > data["last"]:
            self.add_error("last", _("This day lies before the first."))
        return data


def period_of(data: dict[str, Any], today: date) -> Period:
    """The days that the form asks for; since 1 January when nothing is said."""
    month = today.replace(day=1)
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    year = today.replace(month=1, day=1)
    span = data.get("span") or ("days" if data.get("first") or data.get("last") else "")
    if span == "days":
        last = data.get("last") or today
        return Period(data.get("first") or last.replace(month=1, day=1), last)
    before = {"last_month": month, "last_quarter": quarter, "last_year": year}.get(span)
    if before is None:
        return Period({"month": month, "quarter": quarter}.get(span, year), today)
    last = before - timedelta(days=1)
    begin = {"last_month": 1, "last_quarter": 3, "last_year": 12}[span]
    return Period(last.replace(month=last.month - begin + 1, day=1), last)


def _row(figure: Figure, area: Area, period: Period, actor: Actor, value: Count | Ratio) -> dict[str, Any]:
    link = figure.records(area, period) if figure.records and not _admin_only(actor) else ""
    return {"figure": figure, "link": link, "value": value, **shown(value)}


def _admin_only(actor: Actor) -> bool:
    """An administrator without another post reads figures, not the needs behind them."""
    return all(post.role == Role.ADMIN for post in actor.posts)


def shown(value: Count | Ratio) -> dict[str, Any]:
    """A value as a page shows it: a number, or a share with what was divided by what, by whom, and what is beside."""
    if isinstance(value, Count):
        return {"text": f"{value.value:,}", "of": "", "unanswered": 0, "sort": float(value.value), "small": False}
    of = f"{value.numerator:,} / {value.denominator:,}"
    beside = {"of": of, "unanswered": value.unanswered, "small": value.is_small, "split": _split(value)}
    if value.value is None:
        return {"text": "–", "sort": -1.0, **beside}
    return {"text": _share(value.value, value.per), "sort": value.value, **beside}


def _share(value: float | None, per: int = 1) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if per != 1 else f"{value:.1%}"


def _split(rate: Ratio) -> list[tuple[str, str, str]]:
    """Of a rate of answers: the askers' own, those recorded for them (share, what of what), and the silent."""
    if rate.split is None:
        return []
    found = []
    for label, (above, below) in ((_("own answers"), rate.split.self), (_("recorded"), rate.split.proxy)):
        found.append((label, _share(quotient(above, below)), f"{above:,} / {below:,}"))
    return [*found, (_("silent"), f"{rate.unanswered:,}", "")]


def _export(rows: list[dict[str, Any]], scope: Scope, period: Period) -> HttpResponse:
    heads = [_("Figure"), _("How it is counted"), _("Value"), _("Numerator"), _("Denominator"), _("Unanswered")]
    heads += [_("Own answers: numerator"), _("Own answers: denominator")]
    heads += [_("Recorded: numerator"), _("Recorded: denominator"), _("Share declined"), _("Excluded")]
    lines: list[list[Any]] = []
    for row in rows:
        value: Count | Ratio = row["value"]
        said: list[Any] = [str(row["figure"].label), str(row["figure"].formula), value.value]
        if isinstance(value, Ratio):
            said += [value.numerator, value.denominator, value.unanswered]
            said += [*value.split.self, *value.split.proxy] if value.split else [None] * 4
            said += [value.beside.share, value.beside.excluded] if value.beside else []
        lines.append(said)
    words = _("%(place)s, %(first)s to %(last)s")
    lines.append([words % {"place": scope.label, "first": period.first, "last": period.last}])
    return download("figures", heads, lines)


@posts(*READERS)
def figures(request: HttpRequest) -> HttpResponse:
    """All figures of one place, and one of them for each of its communities."""
    actor = actor_of(request)
    places = places_of(actor)
    form = FiguresForm(request.GET or None, places=places)
    data = form.cleaned_data if form.is_valid() else {}
    scope = next((s for s in places if s.pk == data.get("place")), places[0])
    area = Area(scope.kind, None if scope.kind == ScopeKind.CITY else scope.pk)
    period = period_of(data, local_day(now()))
    found = values(area, period)
    rows = [_row(figure, area, period, actor, found[figure.code]) for figure in FIGURES]
    rows.sort(key=lambda row: not row["of"])
    if wants_workbook(request):
        return _export(rows, scope, period)
    side = FIGURES.get(data.get("side") or "") or FIGURES[SIDE]
    inside = [s for s in places if s.kind == ScopeKind.COMMUNITY and s.path.startswith(scope.path)]
    context = {
        "filter": form,
        "place": scope,
        "period": period,
        "lead": [row for row in rows if row["of"]][:4],
        "rows": rows,
        "side": side,
        "beside": _beside_rates(found["resolution_rate"]),
        "may_list": actor.has(Role.GRID_WORKER, Role.OFFICE, Role.TOWN, Role.CITY),
        "minimum": set_value(MINIMUM),
        "by_community": _beside(side, found[side.code], inside, period, actor) if len(inside) > 1 else [],
    }
    return pdf.page(request, "portal/staff_figures.html", context, name="figures")


def _beside_rates(rate: Count | Ratio) -> dict[str, Any] | None:
    """The share of declines and how many are excluded: what stands beside every rate of the page."""
    if isinstance(rate, Count) or rate.beside is None:
        return None
    beside = rate.beside
    return {
        "share": _share(beside.share),
        "of": f"{beside.declined:,} / {beside.ended:,}",
        "excluded": beside.excluded,
    }


def _beside(
    side: Figure, city: Count | Ratio, inside: list[Scope], period: Period, actor: Actor
) -> list[dict[str, Any]]:
    """One figure of each community; a community without records has nothing of the same sort as the city's."""
    known = side.by_community(period) if side.by_community else {}
    nothing = Count(0) if isinstance(city, Count) else Ratio(0, 0, per=city.per)
    rows = [{"place": s, **_row(side, Area(s.kind, s.pk), period, actor, known.get(s.pk, nothing))} for s in inside]
    # What is too small to be compared stands at the end, by name, and has no place among the others.
    return sorted(rows, key=lambda row: (row["small"], "" if not row["small"] else row["place"].label, -row["sort"]))
