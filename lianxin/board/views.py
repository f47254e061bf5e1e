"""The public column: the list and one post."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from lianxin.board import queries
from lianxin.board.models import Post
from lianxin.core import pdf
from lianxin.core.paging import by_key
from lianxin.core.qr import qr_uri
from lianxin.history.models import Root
from lianxin.history.roots import published
from lianxin.places.lookup import communities

PAGE = 20
MAX_WORDS = 40


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """All posts, newest first, filtered by community, category and words."""
    chosen = {n: request.GET.get(n, "").strip()[:MAX_WORDS] for n in ("community", "category", "q")}
    found = queries.search(queries.posts(), chosen["q"])
    if chosen["community"]:
        found = found.filter(community__code=chosen["community"])
    if chosen["category"] in Post.Category.values:
        found = found.filter(category=chosen["category"])
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    page = by_key(found, field="published_on", descending=True, size=PAGE, after=after, before=before, counted=True)
    context = {
        "page": page,
        "chosen": chosen,
        "is_filtered": any(chosen.values()),
        "communities": communities(),
        "categories": Post.Category.choices,
    }
    return render(request, "board/board.html", context)


@require_safe
def board_post(request: HttpRequest, code: str) -> HttpResponse:
    """One post; on paper with a QR code that opens it."""
    post = get_object_or_404(queries.posts(), code=code)
    address = f"{settings.BASE_URL}{reverse('board_post', args=[code])}"
    context = {"post": post, "address": address, "qr": qr_uri(address)}
    # Drawing costs much more than reading: staff hang notices up, everybody else prints the page itself.
    if request.user.is_authenticated:
        return pdf.page(request, "board/post.html", context, name=f"notice-{code}")
    return render(request, "board/post.html", context)


@require_safe
def roots_page(request: HttpRequest) -> HttpResponse:
    """The daily roots over the city's history, newest first, for anybody to keep."""
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    page = by_key(Root.objects.all(), field="day", descending=True, size=PAGE, after=after, before=before)
    return render(request, "board/roots.html", {"page": page})


@require_safe
def roots_json(request: HttpRequest) -> JsonResponse:
    """The same as a file: what `lianxin verify --roots` reads."""
    response = JsonResponse({"roots": published()})
    response["Content-Disposition"] = 'attachment; filename="roots.json"'
    return response
