"""My desk, and the whole menu on a page of its own."""

from django.db.models import Count, Q, Window
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lianxin.accounts.actors import Actor
from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import Role
from lianxin.core.clock import now
from lianxin.core.paging import by_key
from lianxin.desk import queue
from lianxin.desk.models import DeskItem
from lianxin.needs.desk import place_line
from lianxin.needs.models import Need
from lianxin.needs.queries import in_others_hands

PAGE = 50
OTHERS = 5


def _count(first: DeskItem | None) -> tuple[int, int]:
    """How many things wait, and how many of them are late, from the first row's windows."""
    return (first.total, first.late) if first else (0, 0)  # type: ignore[attr-defined]


def waiting_words(total: int, late: int) -> str:
    """ "9 things wait for you, 2 are late." """
    if not total:
        return _("Nothing waits for you.")
    words = ngettext("%(n)s thing waits for you", "%(n)s things wait for you", total) % {"n": total}
    if not late:
        return _("%(waiting)s, none is late.") % {"waiting": words}
    late_words = ngettext("%(n)s is late", "%(n)s are late", late) % {"n": late}
    return _("%(waiting)s, %(late)s.") % {"waiting": words, "late": late_words}


@posts()
def desk(request: HttpRequest) -> HttpResponse:
    """What waits for me: emergencies, then by due time, on each page; below it what others have in hand."""
    actor = actor_of(request)
    at = now()
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    items = queue.mine(actor)
    if not after and not before:
        late = Q(due_at__lt=at)
        items = items.annotate(total=Window(Count("pk")), late=Window(Count("pk", filter=late)))
    page = by_key(items, field="due_at", descending=False, size=PAGE, after=after, before=before)
    first_page = not after and not before
    total, late_count = _count(page.rows[0] if page.rows else None) if first_page else (0, 0)
    context = {
        "page": page,
        "lines": queue.lines(page.rows, actor),
        "words": waiting_words(total, late_count) if first_page else "",
        "others": _others(actor) if first_page else [],
        "may_file": actor.has(Role.GRID_WORKER, Role.OFFICE, Role.TOWN, Role.CITY),
        "may_pool": actor.has(Role.LIAISON),
    }
    return render(request, "portal/desk.html", context)


def _others(actor: Actor) -> list[Need]:
    found = list(in_others_hands(actor).for_lists().with_given().order_by("due_at", "pk")[:OTHERS])
    for need in found:
        need.place_line = place_line(need)  # type: ignore[attr-defined]
    return found


@posts()
def menu(request: HttpRequest) -> HttpResponse:
    """Every page that my posts open (a phone's "More")."""
    return render(request, "portal/menu.html")
