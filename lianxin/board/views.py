"""The public column: the list and one post."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from lianxin.board import queries
from lianxin.board.models import Post
from lianxin.core.paging import COUNT_CAP, by_key, capped_count
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
    count = capped_count(found)
    context = {
        "page": by_key(found, field="published_on", descending=True, size=PAGE, after=after, before=before),
        "chosen": chosen,
        "is_filtered": any(chosen.values()),
        "count_text": f"{COUNT_CAP:,}+" if count > COUNT_CAP else str(count),
        "communities": communities(),
        "categories": Post.Category.choices,
    }
    return render(request, "board/board.html", context)


@require_safe
def board_post(request: HttpRequest, code: str) -> HttpResponse:
    """One post."""
    return render(request, "board/post.html", {"post": get_object_or_404(queries.posts(), code=code)})
