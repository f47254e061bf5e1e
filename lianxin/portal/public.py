"""The public front page, the open figures, and the pages that explain."""

import csv
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lianxin.board.queries import posts_for
from lianxin.core.clock import local_day, now
from lianxin.figures.public import Row, fact_codes, month_of, rows_for, table_codes
from lianxin.figures.registry import FIGURES, Area, Period
from lianxin.figures.suppression import Cell
from lianxin.needs.queries import wall
from lianxin.needs.views.asking import tiles
from lianxin.needs.views.wall import cards
from lianxin.places.lookup import chosen_community, communities
from lianxin.places.models import Community

HOME_FIGURES = ("response_rate", "resolution_rate", "wishes_confirmed", "units_helping")
EXCERPT = 3
MONTHS_BACK = 12
CSV_COLUMNS = (
    *("figure", "label", "place", "place_name", "from", "to"),
    *("value", "numerator", "denominator", "unanswered", "shown"),
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What do you need? Below it: tracking, this month's figures, wishes, notices."""
    at = now()
    mine = chosen_community(request)
    places = list(communities())
    rows = rows_for(HOME_FIGURES, [c.pk for c in places], month_of(local_day(at)))
    needs = wall().filter(community=mine) if mine else wall()
    context = {
        "tiles": tiles(),
        "mine": mine,
        "communities": places,
        "figures": [(row.figure, row.places[mine.pk] if mine else row.city) for row in rows],
        "wishes": cards(list(needs.order_by("-filed_at", "-pk")[:EXCERPT]), at),
        "posts": posts_for(mine).order_by("-published_on", "-pk")[:EXCERPT],
    }
    return render(request, "portal/home.html", context)


def periods(today: date) -> list[tuple[str, str, Period]]:
    """What the open figures can be asked for: the year so far, this month and the eleven before."""
    found = [("year", _("Since 1 January"), Period(date(today.year, 1, 1), today))]
    day = today
    for _back in range(MONTHS_BACK):
        month = month_of(day)
        label = date_format(month.first, "YEAR_MONTH_FORMAT")
        found.append((f"{month.first:%Y-%m}", label, month))
        day = date.fromordinal(month.first.toordinal() - 1)
    return found


def _chosen(request: HttpRequest) -> tuple[list[tuple[str, str, Period]], str, Period]:
    found = periods(local_day(now()))
    asked = request.GET.get("period", "")
    code, _label, period = next((p for p in found if p[0] == asked), found[0])
    return found, code, period


@require_safe
def open_figures(request: HttpRequest) -> HttpResponse:
    """Public figures of the city and of each community, for the year so far or a month."""
    found, code, period = _chosen(request)
    places = list(communities())
    rows = rows_for(table_codes(), [c.pk for c in places], period)
    facts = [FIGURES[c] for c in fact_codes()]
    context = {
        "periods": found,
        "period_code": code,
        "period": period,
        "tables": [
            _table(_("How quickly, and how well?"), [r for r in rows if r.city.is_rate], places),
            _table(_("How much?"), [r for r in rows if not r.city.is_rate], places),
        ],
        "rows": rows,
        "facts": [(f, f.compute(Area(), period)) for f in facts],
    }
    return render(request, "portal/figures.html", context)


def _table(title: str, rows: list[Row], places: list[Community]) -> dict[str, Any]:
    lines: list[tuple[str, list[tuple[Any, Cell]], bool]] = [
        (_("The whole city"), [(row.figure, row.city) for row in rows], True)
    ]
    lines += [(place.label, [(row.figure, row.places[place.pk]) for row in rows], False) for place in places]
    return {"title": title, "figures": [row.figure for row in rows], "lines": lines}


@require_safe
def open_figures_csv(request: HttpRequest) -> HttpResponse:
    """The same as a table for a spreadsheet; hidden cells are empty and say so in `shown`."""
    _found, code, period = _chosen(request)
    places = list(communities())
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="lianxin-figures-{code}.csv"'
    response.write("\ufeff")  # so that Excel reads it as UTF-8
    lines = csv.writer(response)
    lines.writerow(CSV_COLUMNS)
    for row in rows_for(table_codes(), [c.pk for c in places], period):
        cells = [("", _("The whole city"), row.city)]
        cells += [(place.code, place.label, row.places[place.pk]) for place in places]
        for place_code, name, cell in cells:
            said = [row.figure.code, str(row.figure.label), place_code, name, period.first, period.last]
            said += [cell.value, cell.count if cell.is_rate else None, cell.of, cell.unanswered, cell.shown.value]
            lines.writerow(["" if value is None else _safe(value) for value in said])
    return response


def _safe(value: Any) -> Any:
    """Text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept of a person, for how long, and how to see or erase it."""
    return render(request, "portal/privacy.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """How the pages can be used, and whom to tell when they can't."""
    return render(request, "portal/accessibility.html")
