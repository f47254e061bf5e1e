"""The list of needs: filter, sort, page, export, print."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from lianxin.accounts.actors import Actor
from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import Scope, ScopeKind
from lianxin.core import pdf
from lianxin.core.addresses import address
from lianxin.core.clock import local_day, now
from lianxin.core.paging import by_key
from lianxin.core.templatetags.lianxin import due, exact, status, when
from lianxin.core.workbooks import download
from lianxin.needs import reading
from lianxin.needs.filters import DAYS, YES, Filters, choices_for
from lianxin.needs.kinds import KINDS, kind_of
from lianxin.needs.models import Need
from lianxin.needs.queries import fetch_held
from lianxin.needs.querysets import NeedQuerySet
from lianxin.needs.states import Channel, Status, Urgency
from lianxin.needs.views.need_page import READERS
from lianxin.search.words import excerpt, highlight

PAGE = 50
PRINTED = 500
# Drawing a row as PDF costs some 7 ms of a processor.
DRAWN = 200
EXPORTED = 10_000
CHUNK = 1_000


def row_of(need: Need, actor: Actor, places: dict[int, str]) -> dict[str, Any]:
    """What the list and its workbook say of a need, as far as `actor` may read it."""
    held = next(iter(need.held()), None)
    return {
        "title": reading.title_for(actor, need),
        "place": places[reading.place_id_for(actor, need)],
        "kind": kind_of(need).staff_label,
        "giver": held.giver.label if held else "",
    }


def shown(need: Need, row: dict[str, Any], actor: Actor, words: str = "") -> dict[str, Any]:
    """The same as the page shows it; with `words` marked where they were searched for.

    Written here and not by tags: fifty rows of tags are a tenth of the time that the page takes.
    """
    around = excerpt(need.text, words, row["title"]) if words and reading.reads_words(actor, need) else ""
    return row | {
        "need": need,
        "url": address("need", need.number),
        "marked": highlight(row["title"], words),
        "around": highlight(around, words),
        "state": status(need),
        "due": due(need.due_at) if need.is_open else "–",
        "filed": when(need.filed_at),
    }


@posts(*READERS)
@require_safe
def needs(request: HttpRequest) -> HttpResponse:
    """The needs I may see, as the address asks. At the most eight queries, however many rows."""
    actor = actor_of(request)
    filters = Filters(request.GET, actor)
    found = filters.apply()
    rows = found.for_rows()
    if request.GET.get("export"):
        return export(rows, filters, actor)
    printed = bool(request.GET.get("print")) or pdf.wanted(request)
    column, falling = filters.order
    page = by_key(
        rows,
        field=column,
        descending=falling,
        size=DRAWN if pdf.wanted(request) else PRINTED if printed else PAGE,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        counted=True,
    )
    fetch_held(page.rows)
    choices = choices_for(actor, also={reading.place_id_for(actor, need) for need in page.rows})
    categories = {category.pk: category for category in choices.categories}
    for need in page.rows:
        need.category = categories[need.category_id]
    context = {
        "page": page,
        "rows": [shown(need, row_of(need, actor, choices.names), actor, filters.q) for need in page.rows],
        "filters": filters,
        "chips": filters.chips(choices),
        "choices": choices,
        "printed": printed,
        "kinds": list(KINDS),
        "statuses": Status.choices,
        "urgencies": Urgency.choices,
        "channels": Channel.choices,
        "days": [(name, label) for name, (_column, label) in DAYS.items()],
        "yes": YES,
        "sort_filed": filters.without("sort", sort="filed" if filters.sort == "-filed" else "-filed"),
        "sort_due": filters.without("sort", sort="-due" if filters.sort == "due" else "due"),
        "all_states_url": filters.without(status="all"),
        "export_url": filters.without(export="1"),
        "print_url": filters.without(print="1"),
        "printed_at": exact(now()),
    }
    return pdf.page(request, "needs/needs.html", context, name=f"needs-{local_day(now()):%Y%m%d}")


def export(rows: NeedQuerySet, filters: Filters, actor: Actor) -> HttpResponse:
    """The filtered list as a workbook: what I see, no contact."""
    column, falling = filters.order
    ordered = rows.order_by(f"{'-' if falling else ''}{column}", f"{'-' if falling else ''}pk")[:EXPORTED]
    header = [
        _("Number"),
        _("What"),
        _("Kind"),
        _("Category"),
        _("Community"),
        _("Place"),
        _("State"),
        _("Urgency"),
        _("Came in by"),
        pgettext("a time", "Filed"),
        _("Due"),
        _("Given to"),
        _("Solved"),
        _("Satisfaction"),
    ]
    return download(f"needs-{local_day(now()):%Y%m%d}", header, _exported(ordered, actor))


def _with_held(rows: Iterator[Need]) -> Iterator[Need]:
    while chunk := list(islice(rows, CHUNK)):
        fetch_held(chunk)
        yield from chunk


def _exported(rows: NeedQuerySet, actor: Actor) -> Iterator[list[Any]]:
    kinds = (ScopeKind.COMMUNITY, ScopeKind.GRID, ScopeKind.COMPOUND)
    places = {scope.pk: scope.label for scope in Scope.objects.filter(kind__in=kinds)}
    for need in _with_held(rows.prefetch_related("category").iterator(chunk_size=CHUNK)):
        row = row_of(need, actor, places)
        words = need.text if reading.reads_words(actor, need) else row["title"]
        yield [
            need.number,
            words,
            row["kind"],
            need.category.label,
            places[need.community_id],
            row["place"],
            need.status_label,
            need.get_urgency_display(),
            need.get_channel_display(),
            need.filed_at,
            need.due_at,
            row["giver"],
            "" if need.solved is None else _("yes") if need.solved else _("no"),
            need.get_satisfaction_display(),
        ]
