"""Security headers, and refusals turned into pages that say why."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from lianxin.core.errors import Refusal
from lianxin.core.values import read_once

Handler = Callable[[HttpRequest], HttpResponse]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)


class ContentSecurityPolicy:
    """Nothing inline, nothing from outside."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "geolocation=(), microphone=(), camera=()")
        return response


class LimitBody:
    """What is longer than any form of ours, with its photos, is refused before a byte of it is read."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        said = request.META.get("CONTENT_LENGTH") or "0"
        has_files = request.content_type == "multipart/form-data"
        most = settings.BODY_MAX_BYTES if has_files else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if said.isdecimal() and (len(said) > 18 or int(said) > most):
            return too_large(request)
        return self.get_response(request)


def too_large(request: HttpRequest) -> HttpResponse:
    """413: as a page, or as problem+json for a program."""
    if request.path.startswith("/api/"):
        # Not at the top: settings name this module before there are any apps.
        from lianxin.core.api import problem

        return problem(413, "too_large", _("This is too large."))
    return HttpResponse(render_to_string("400.html"), status=413)


class RefuseNul:
    """A zero byte in an address or a form is no text, and PostgreSQL keeps none: 400, before a view sees it.

    The API checks what it is sent, and says which field it is; here, its addresses only.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        if request.path.startswith("/api/"):
            return no_text(request) if "\x00" in request.path else None
        try:
            said = [request.GET, request.POST]
        except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent):
            return too_large(request)
        texts = [request.path, *(text for query in said for _name, all_of in query.lists() for text in all_of)]
        return no_text(request) if any("\x00" in text for text in texts) else None


def no_text(request: HttpRequest) -> HttpResponse:
    """400 for a zero byte: as a page, or as problem+json for a program."""
    words = _("It holds a sign that is no text. Go back, delete it and try again; nothing was saved.")
    if request.path.startswith("/api/"):
        from lianxin.core.api import problem

        return problem(400, "not_text", words)
    return HttpResponse(render_to_string("400.html", {"words": words}), status=400)


class ReadValuesOnce:
    """The city's values are read at most once in a request."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with read_once():
            return self.get_response(request)


class KindErrors:
    """A refusal that no form caught is shown as a page with its reason, never as a 500."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Refusal):
            return render(request, "refused.html", {"refusal": error}, status=error.status)
        if isinstance(error, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
            return too_large(request)
        return None
