"""What was said to my posts."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from lianxin.accounts.guards import actor_of, posts
from lianxin.core.clock import now
from lianxin.core.paging import by_key
from lianxin.core.said import whole
from lianxin.notifications import notices
from lianxin.notifications.operations import mark_read

PAGE = 50


@posts()
@require_http_methods(["GET", "POST"])
def notices_page(request: HttpRequest) -> HttpResponse:
    """The notices to my posts, newest first; a POST marks them as read. Reading writes nothing."""
    actor = actor_of(request)
    if request.method == "POST":
        newest = notices.for_actor(actor).order_by("-pk").values_list("pk", flat=True).first() or 0
        shown = whole(request.POST.get("up_to", ""))
        mark_read(actor=actor, at=now(), up_to=newest if shown is None else min(shown, newest))
        return HttpResponseRedirect(reverse("notices"))
    rows = notices.for_actor(actor)
    page = by_key(
        rows,
        field="at",
        descending=True,
        size=PAGE,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    read = notices.read_up_to(actor)
    lines = [(n, notices.sentence(n), n.pk > read) for n in page.rows]
    context = {"page": page, "lines": lines, "up_to": max((n.pk for n in page.rows), default=0)}
    context["has_new"] = any(new for _notice, _words, new in lines)
    return render(request, "notifications/notices.html", context)
