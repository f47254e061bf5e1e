"""The open figures: month by month as charts with a table beside each, side by side by community, as CSV and JSON."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from lianxin.core.clock import local_day, now
from lianxin.core.values import VALUES, text, value
from lianxin.figures.public import Table, fact_codes, is_over, month_of, months_over, span_of, table_codes, tables
from lianxin.figures.registry import FIGURES, Area, Count, Period
from lianxin.figures.suppression import SMALL, Cell
from lianxin.places.lookup import communities
from lianxin.places.models import Community

YEARS_BACK = 5
TERMS = "figures.open_terms"
VALUES.add(
    TERMS,
    text(
        gettext_lazy("Terms of the open figures"),
        group=gettext_lazy("Figures"),
        default="CC BY 4.0",
        applies=gettext_lazy("Stands on the page of the open data and in each file."),
    ),
)
COLUMNS = (
    *("figure", "label", "place", "place_name", "from", "to"),
    *("value", "numerator", "denominator", "unanswered", "shown"),
    *("self_denominator", "proxy_denominator"),
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Chosen:
    """What the address asks for: a year, perhaps one month, one place, one figure of it."""

    year: int
    month: date | None
    place: Community | None
    code: str
    places: list[Community]
    today: date

    @property
    def period(self) -> Period:
        """The days of the month, or of the months of the year that are over."""
        return month_of(self.month) if self.month else span_of(self.year, self.today)

    @property
    def year_is_over(self) -> bool:
        """Sums over months are told of a year that is over only."""
        return is_over(self.year, self.today)

    @property
    def side(self) -> date | None:
        """The month in which communities stand side by side; None for a year that is over."""
        return self.month or (None if self.year_is_over else months_over(self.year, self.today)[-1])

    @property
    def side_period(self) -> Period:
        """Its days."""
        return month_of(self.side) if self.side else self.period

    @property
    def name(self) -> str:
        """How the period stands in addresses and file names."""
        return f"{self.month:%Y-%m}" if self.month else str(self.year)

    @property
    def query(self) -> str:
        """The address's query for the files."""
        said = f"?period={self.name}"
        said += f"&place={self.place.code}" if self.place else ""
        return said + (f"&figure={self.code}" if self.code else "")

    def tables(self) -> list[Table]:
        """The tables of the figures asked for."""
        codes = [self.code] if self.code else table_codes()
        return tables(codes, [place.pk for place in self.places], self.year, self.today)


def years(today: date) -> list[int]:
    """The years that can be asked for: the latest with a month that is over, and those before it."""
    latest = today.year if months_over(today.year, today) else today.year - 1
    return [latest - back for back in range(YEARS_BACK)]


def chosen(request: HttpRequest) -> Chosen:
    """What the address asks for; what it asks wrongly is as if it were not asked."""
    today = local_day(now())
    year, month = years(today)[0], None
    for one in years(today):
        for first in (None, *months_over(one, today)):
            if request.GET.get("period") == (f"{first:%Y-%m}" if first else str(one)):
                year, month = one, first
    places = list(communities())
    place = next((p for p in places if p.code == request.GET.get("place")), None)
    code = request.GET.get("figure", "")
    return Chosen(year, month, place, code if code in table_codes() else "", places, today)


@require_safe
def open_figures(request: HttpRequest) -> HttpResponse:
    """Each public figure by month, of the city or a community; then all communities side by side."""
    asked = chosen(request)
    found = asked.tables()
    facts = [FIGURES[code] for code in fact_codes()]
    context = {
        "asked": asked,
        "place": asked.place,
        "places": asked.places,
        "periods": _periods(asked.today),
        "charts": [_chart(table, asked.place) for table in found],
        "sides": [
            _side(_("How quickly, and how well?"), [t for t in found if t.figure.is_rate], asked),
            _side(_("How much?"), [t for t in found if not t.figure.is_rate], asked),
        ],
        "tables": found,
        "facts": [(f, count) for f in facts if (count := f.compute(Area(), asked.period)) and _is_told(count)],
    }
    return render(request, "portal/figures.html", context)


def _is_told(count: Any) -> bool:
    return isinstance(count, Count) and (count.value == 0 or count.value >= SMALL)


def _periods(today: date) -> list[tuple[str, str]]:
    """Years and months as the select offers them; months of the two latest years."""
    found = [(str(year), str(year)) for year in years(today)]
    for year in years(today)[:2]:
        for month in reversed(months_over(year, today)):
            found.append((f"{month:%Y-%m}", date_format(month, "YEAR_MONTH_FORMAT")))
    return found


def _chart(table: Table, place: Community | None) -> dict[str, Any]:
    """The cells of one place by month, the year's once it is over, and how high each bar is."""
    key = place.pk if place else None
    cells = [table.at(month, key) for month in table.months]
    highest = max((cell.value or 0 for cell in cells), default=0)
    top = 1 if table.figure.unit == "rate" else highest
    bars = [
        (month, cell, (cell.value or 0) / top if top else 0) for month, cell in zip(table.months, cells, strict=True)
    ]
    return {"figure": table.figure, "bars": bars, "total": table.at(None, key) if table.sums else None}


def _side(title: str, found: list[Table], asked: Chosen) -> dict[str, Any]:
    """All communities in a month or a year, one figure a column; none for a month in which nothing was filed yet."""
    month = asked.side
    found = [table for table in found if month is None or month in table.months]
    lines = [(_("The whole city"), [(t.figure, t.at(month, None)) for t in found], True)]
    lines += [(place.label, [(t.figure, t.at(month, place.pk)) for t in found], False) for place in asked.places]
    return {"title": title, "figures": [t.figure for t in found], "lines": lines}


def _rows(asked: Chosen) -> Iterator[dict[str, Any]]:
    """One row for each figure, place and month, and for their sums; hidden numbers are None and `shown` says so."""
    for table in asked.tables():
        lines = [*table.months, None] if table.sums else table.months
        for month in [month for month in lines if asked.month in (None, month)]:
            period = month_of(month) if month else asked.period
            for place in [asked.place] if asked.place else [None, *asked.places]:
                cell = table.at(month, place.pk if place else None)
                said = (
                    *(table.figure.code, str(table.figure.label)),
                    *(place.code if place else "", place.label if place else _("The whole city")),
                    *(period.first.isoformat(), period.last.isoformat(), cell.value),
                    *(cell.count if cell.is_rate else None, cell.of, cell.unanswered, cell.shown.value),
                    *_who(cell),
                )
                yield dict(zip(COLUMNS, said, strict=True))


def _who(cell: Cell) -> tuple[int | None, ...]:
    """The columns of who answered; None where nothing is told of it."""
    said = cell.answered
    return (said.self_of, said.proxy_of) if said else (None, None)


@require_safe
def open_figures_csv(request: HttpRequest) -> HttpResponse:
    """The same as a table for a spreadsheet; hidden cells are empty and say so in `shown`."""
    asked = chosen(request)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="lianxin-figures-{asked.name}.csv"'
    response.write("\ufeff")  # so that Excel reads it as UTF-8
    lines = csv.writer(response)
    lines.writerow(COLUMNS)
    for row in _rows(asked):
        lines.writerow(["" if said is None else _safe(said) for said in row.values()])
    return response


@require_safe
def open_figures_json(request: HttpRequest) -> JsonResponse:
    """The same for programs, with how each figure is counted and the terms of use."""
    asked = chosen(request)
    counted = {table.figure.code: str(table.figure.formula) for table in asked.tables()}
    answer = {
        "from": asked.period.first.isoformat(),
        "to": asked.period.last.isoformat(),
        "terms": value(TERMS),
        "counted": counted,
        "rows": list(_rows(asked)),
    }
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False})


@require_safe
def open_data(request: HttpRequest) -> HttpResponse:
    """What the files hold, column by column, and on which terms they may be used."""
    asked = chosen(request)
    columns = (
        ("figure, label", _("which figure: its code, which never changes, and its name")),
        ("place, place_name", _("code and name of the community; the code is empty for the whole city")),
        ("from, to", _("first and last day, both included: a month that is over, or a year that is")),
        (
            "value",
            _("the count; of a rate numerator ÷ denominator to 4 decimals (complaints: × the households of its name)"),
        ),
        ("numerator, denominator", _("what was divided by what; empty for counts")),
        (
            "unanswered",
            _(
                "of a rate that asks what the asker says: closed because nobody answered, the silent; they are in "
                "neither of the two numbers. Empty when under 5, and always for rates that ask no answer"
            ),
        ),
        (
            "shown",
            _(
                "all; few: under 5; low, high: under 5 above or below the line; "
                "part, none: to protect others, and of a year for whatever reason"
            ),
        ),
        (
            "self_denominator, proxy_denominator",
            _(
                "of a rate of answers: how many of those it is divided by the askers gave themselves, and how many "
                "somebody else recorded for them; empty when too few, or to protect others"
            ),
        ),
    )
    context = {
        "asked": asked,
        "columns": columns,
        "terms": value(TERMS),
        "figures": [FIGURES[code] for code in table_codes()],
        "places": asked.places,
    }
    return render(request, "portal/open_data.html", context)


def _safe(said: Any) -> Any:
    """Text that no spreadsheet takes for a formula."""
    return f"'{said}" if isinstance(said, str) and said.startswith(FORMULA_STARTS) else said
