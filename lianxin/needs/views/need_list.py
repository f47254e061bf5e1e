"""The list of needs: filter, sort, page, export, print."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from lianxin.accounts.actors import Actor
from lianxin.accounts.guards import actor_of, posts
from lianxin.core.clock import now
from lianxin.core.paging import COUNT_CAP, by_key, capped_count
from lianxin.core.templatetags.lianxin import exact
from lianxin.core.workbooks import download
from lianxin.needs import reading
from lianxin.needs.filters import DAYS, YES, Filters, choices_for
from lianxin.needs.kinds import KINDS, kind_of
from lianxin.needs.models import Need
from lianxin.needs.queries import with_commitments
from lianxin.needs.querysets import NeedQuerySet
from lianxin.needs.states import Channel, Status, Urgency
from lianxin.needs.views.need_page import READERS

PAGE = 50
PRINTED = 500
EXPORTED = 10_000


def count_text(count: int) -> str:
    """ "212", or "1,000+" where counting stopped."""
    return f"{COUNT_CAP:,}+" if count > COUNT_CAP else f"{count:,}"


def row_of(need: Need, actor: Actor) -> dict[str, Any]:
    """What a row shows, as far as `actor` may read it."""
    held = next(iter(need.commitments.all()), None)
    return {
        "need": need,
        "title": reading.title_for(actor, need),
        "place": reading.place_for(actor, need),
        "kind": kind_of(need).staff_label,
        "giver": held.giver.label if held else "",
    }


@posts(*READERS)
@require_safe
def needs(request: HttpRequest) -> HttpResponse:
    """The needs I may see, as the address asks. At the most eight queries, however many rows."""
    actor = actor_of(request)
    filters = Filters(request.GET, actor)
    rows = with_commitments(filters.apply().for_lists())
    if request.GET.get("export"):
        return export(rows, filters, actor)
    printed = bool(request.GET.get("print"))
    column, falling = filters.order
    page = by_key(
        rows,
        field=column,
        descending=falling,
        size=PRINTED if printed else PAGE,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    choices = choices_for(actor)
    context = {
        "page": page,
        "rows": [row_of(need, actor) for need in page.rows],
        "count_text": count_text(capped_count(filters.apply())),
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
        "export_url": filters.without(export="1"),
        "print_url": filters.without(print="1"),
        "printed_at": exact(now()),
    }
    return render(request, "needs/needs.html", context)


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
    return download(f"needs-{now():%Y%m%d}", header, _exported(ordered, actor))


def _exported(rows: NeedQuerySet, actor: Actor) -> Iterator[list[Any]]:
    for need in rows.iterator(chunk_size=1_000):
        row = row_of(need, actor)
        words = need.text if reading.reads_words(actor, need) else row["title"]
        yield [
            need.number,
            words,
            row["kind"],
            need.category.label,
            need.community.label,
            row["place"],
            need.get_status_display(),
            need.get_urgency_display(),
            need.get_channel_display(),
            need.filed_at,
            need.due_at,
            row["giver"],
            "" if need.solved is None else _("yes") if need.solved else _("no"),
            need.get_satisfaction_display(),
        ]
