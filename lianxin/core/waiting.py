"""The page for whoever tried too often: kind words, and for programs how many seconds to wait."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.utils.functional import Promise


def in_minutes(seconds: int) -> int:
    """`seconds` in whole minutes, rounded up."""
    return max(1, -(-seconds // 60))


def please_wait(request: HttpRequest, wait: int, words: str | Promise, more: str | Promise = "") -> HttpResponse:
    """Status 429 with Retry-After. Rendered without asking the database anything."""
    view = "elder" if request.COOKIES.get("lx_view") == "elder" else ""
    page = get_template("429.html").render({"words": words, "more": more, "view": view})
    return HttpResponse(page, status=429, headers={"Retry-After": str(wait)})
