"""The wish wall: what the public may read of a need, and nothing else."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from lianxin.core.clock import local_day, now
from lianxin.core.paging import by_key
from lianxin.needs.kinds import KINDS
from lianxin.needs.models import Category, Need
from lianxin.needs.queries import WALL_STATES, wall
from lianxin.needs.states import Status
from lianxin.places.lookup import communities
from lianxin.search.words import highlight

PAGE = 24
MAX_WORDS = 40
STATES: dict[str, tuple[str | Promise, str]] = {
    "waiting": (gettext_lazy("Waiting for somebody"), "wait"),
    "taken_on": (gettext_lazy("Taken on"), "run"),
    "confirmed": (gettext_lazy("Fulfilled, says the asker"), "done"),
}


@dataclass(frozen=True)
class Wish:
    """One card of the wall."""

    text: SafeString
    category: str
    community: str
    state: str | Promise
    look: str
    giver: str
    time: str
    thanks: str


def card(need: Need, at: datetime, words: str = "") -> Wish:
    """The card of a need from `queries.wall`; `words` are marked in it."""
    state = next(name for name, statuses in WALL_STATES.items() if need.status in statuses)
    held = list(need.commitments.all())
    label, look = STATES[state]
    thanks = need.shown_thanks
    return Wish(
        text=highlight(need.public_text, words),
        category=need.category.label,
        community=need.community.label,
        state=label,
        look=look,
        giver=held[0].giver.label if held and state != "waiting" else "",
        time=_time(need, at),
        thanks=thanks.text if thanks and thanks.giver_agrees and state == "confirmed" else "",
    )


def _time(need: Need, at: datetime) -> str:
    if need.status == Status.CONFIRMED and need.ended_at:
        days = max((local_day(need.ended_at) - local_day(need.filed_at)).days, 1)
        return ngettext("took %(n)s day", "took %(n)s days", days) % {"n": days}
    days = (local_day(need.solution_due_at) - local_day(at)).days
    if days < 0:
        days = (local_day(at) - local_day(need.published_at or need.filed_at)).days
        return ngettext("waiting for %(n)s day", "waiting for %(n)s days", days) % {"n": days}
    return ngettext("%(n)s day left", "%(n)s days left", days) % {"n": days} if days else _("due today")


def cards(needs: list[Need], at: datetime, words: str = "") -> list[Wish]:
    """The cards of needs from `queries.wall`; `words` are marked in them."""
    return [card(need, at, words) for need in needs]


def _filter(request: HttpRequest) -> dict[str, str]:
    names = ("community", "category", "status", "q")
    return {name: request.GET.get(name, "").strip()[:MAX_WORDS] for name in names}


@require_safe
def wishes(request: HttpRequest) -> HttpResponse:
    """The wish wall, filtered and paged by key."""
    chosen = _filter(request)
    needs = wall(chosen["status"], chosen["q"])
    if chosen["community"]:
        needs = needs.filter(community__code=chosen["community"])
    if chosen["category"]:
        needs = needs.filter(category__code=chosen["category"])
    page = by_key(
        needs,
        field="filed_at",
        descending=True,
        size=PAGE,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        counted=True,
    )
    kinds = [kind.code for kind in KINDS if kind.publishable]
    context: dict[str, Any] = {
        "page": page,
        "wishes": cards(page.rows, now(), chosen["q"]),
        "chosen": chosen,
        "is_filtered": any(chosen.values()),
        "communities": communities(),
        "categories": Category.objects.filter(kind__in=kinds, active=True).order_by("pk"),
        "states": [(code, label) for code, (label, _look) in STATES.items()],
    }
    return render(request, "needs/public/wishes.html", context)
