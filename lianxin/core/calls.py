"""What is looked at before a call of the API is carried out: its type, its length, parameters that nobody knows."""

import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja.parser import Parser

from lianxin.core.api import problem

Run = Callable[..., Any]


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(text: str) -> None:
    raise ValueError(text)


class StrictParser(Parser):
    """JSON as the standard has it: UTF-8, no NaN, no name twice in an object."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        text = request.body.decode("utf-8-sig")
        said: dict[str, Any] = json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_no_number)
        return said


def looked_at_first(run: Run) -> Run:
    """Refuse a call that cannot be meant as it was sent (a decorator of ninja's `view` mode)."""
    operation: Any = run.__self__  # type: ignore[attr-defined] # an operation's bound method
    models = {model.__ninja_param_source__: model for model in operation.models}
    known = set(getattr(models.get("query"), "__ninja_flatten_map__", ()))

    def first(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            refused = refused_unread(request, known, takes_body="body" in models)
        except TooManyFieldsSent:
            refused = problem(413, "too_large", _("This is too large."))
        return refused or run(request, *args, **kwargs)

    return first


def refused_unread(request: HttpRequest, known: set[str], *, takes_body: bool) -> HttpResponse | None:
    """Why this call is refused before anything is read; None when it may go on. `known`: its query parameters."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdecimal()):
        return problem(400, "bad_json", _("The body could not be read as JSON."))
    if takes_body and int(length) and not _is_json(request):
        return problem(415, "not_json", _("Send the body as application/json, in UTF-8."))
    wrong = [_unknown(name) for name in request.GET if name not in known]
    wrong += [_twice(name) for name in known if len(request.GET.getlist(name)) > 1]
    if wrong:
        return problem(422, "invalid", _("Something in the call does not fit; see errors."), errors=wrong[:20])
    return None


def _is_json(request: HttpRequest) -> bool:
    charset = (request.content_params or {}).get("charset", "utf-8").lower()
    return request.content_type == "application/json" and charset in ("utf-8", "utf8", "us-ascii")


def _unknown(name: str) -> dict[str, str]:
    return {"field": name[:80], "code": "extra_forbidden", "detail": _("There is no such parameter.")}


def _twice(name: str) -> dict[str, str]:
    return {"field": name, "code": "twice", "detail": _("This parameter can be given once.")}
