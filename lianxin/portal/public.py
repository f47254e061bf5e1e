"""The public front page, and the pages that explain."""

from datetime import date

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lianxin.board.queries import posts_for
from lianxin.core.clock import local_day, now
from lianxin.figures.public import last_month, tables
from lianxin.figures.registry import FIGURES
from lianxin.figures.suppression import Cell
from lianxin.needs import tracking
from lianxin.needs.queries import wall
from lianxin.needs.views.asking import tiles
from lianxin.needs.views.wall import cards
from lianxin.places.lookup import chosen_community, communities

HOME_FIGURES = ("response_rate", "resolution_rate", "wishes_confirmed", "units_helping")
EXCERPT = 3
KEPT_SECONDS = 600


def month_cells(month: date, today: date, community_ids: list[int]) -> dict[str, dict[int | None, Cell]]:
    """The front page's figures of a month that is over, by community (None: the city), as the public may read them.

    They are what the open figures say of that month, and change when a need of it is corrected at most: kept for ten
    minutes, in the city's own database.
    """
    key = f"home-figures:{settings.DATABASE_SCHEMA}:{today:%Y%m%d}:{len(community_ids)}"
    found: dict[str, dict[int | None, Cell]] | None = cache.get(key)
    if found is None:
        found = {
            table.figure.code: {place: table.at(month, place) for place in (*community_ids, None)}
            for table in tables(HOME_FIGURES, community_ids, month.year, today)
            if month in table.months
        }
        cache.set(key, found, KEPT_SECONDS)
    return found


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What do you need? Below it: tracking, last month's figures, wishes, notices."""
    at = now()
    mine = chosen_community(request)
    places = list(communities())
    month = last_month(local_day(at))
    found = month_cells(month, local_day(at), [c.pk for c in places])
    needs = wall().filter(community=mine) if mine else wall()
    context = {
        "tiles": tiles(),
        "mine": mine,
        "communities": places,
        "month": month,
        "figures": [(FIGURES[code], cells[mine.pk if mine else None]) for code, cells in found.items()],
        "wishes": cards(list(needs.order_by("-filed_at", "-pk")[:EXCERPT]), at),
        "posts": posts_for(mine).order_by("-published_on", "-pk")[:EXCERPT],
    }
    return render(request, "portal/home.html", context)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept of a person, for how long, and how to see or erase it."""
    return render(request, "portal/privacy.html", {"minutes": tracking.MINUTES})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """How the pages can be used, and whom to tell when they can't."""
    return render(request, "portal/accessibility.html")
