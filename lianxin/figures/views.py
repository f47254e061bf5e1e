"""What the night's comparison of tallies found, for the administrator."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import Role
from lianxin.core.clock import now
from lianxin.core.errors import Refusal
from lianxin.figures.models import Comparison
from lianxin.figures.operations import last_comparison, rebuild_tallies

SHOWN, NIGHTS = 100, 30


@posts(Role.ADMIN)
@require_safe
def tallies(request: HttpRequest) -> HttpResponse:
    """The last comparison: how much was compared, what was wrong; the thirty before it."""
    last = last_comparison()
    context = {
        "last": last,
        "wrong": last.mismatches.select_related("scope").order_by("part", "day", "pk")[:SHOWN] if last else [],
        "before": Comparison.objects.select_related("rebuilt_by").order_by("-at", "-pk")[1 : NIGHTS + 1],
        "shown": SHOWN,
    }
    return render(request, "figures/tallies.html", context)


@posts(Role.ADMIN)
@require_POST
def tallies_rebuild(request: HttpRequest, comparison: int) -> HttpResponse:
    """Mend what the last comparison found wrong."""
    found = Comparison.objects.filter(pk=comparison).first()
    if found is None:
        raise Http404
    try:
        mended = rebuild_tallies(found, actor=actor_of(request), at=now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        words = ngettext("%(n)s figure was mended.", "%(n)s figures were mended.", mended)
        messages.success(request, words % {"n": mended})
    return redirect("tallies")
