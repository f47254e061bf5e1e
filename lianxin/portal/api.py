"""The API of version 1: what the areas offer, under one roof and with one way of refusing."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from lianxin.accounts.api import Token
from lianxin.core.api import TooMany, answer_with_problems, count_address, entity_tag, not_found, problem
from lianxin.core.calls import StrictParser, looked_at_first
from lianxin.core.rates import Rate
from lianxin.figures.api import router as figures
from lianxin.needs.api import batches, categories, needs, spot
from lianxin.organisations.api import router as organisations
from lianxin.places.api import router as places

View = Callable[..., HttpResponse]


class Description(OpenAPISchema):
    """Says what a token must be for."""

    def operation_security(self, operation: Operation) -> list[dict[str, Any]] | None:
        ways: list[dict[str, Any]] | None = super().operation_security(operation)
        scopes = [auth.scope for auth in operation.auth_callbacks if isinstance(auth, Token) and auth.scope]
        for way in ways or []:
            if Token.__name__ in way:
                way[Token.__name__] = [str(scope) for scope in scopes]
        return ways


def _header(words: str, kind: str = "integer", *, always: bool = True) -> dict[str, Any]:
    return {"description": words, "required": always, "schema": {"type": kind}}


RATES = {
    "RateLimit-Limit": _header("calls that this caller may make in a minute"),
    "RateLimit-Remaining": _header("how many of them are left"),
    "RateLimit-Reset": _header("seconds until the count begins anew"),
}


def _condition(name: str, words: str) -> dict[str, Any]:
    return {"in": "header", "name": name, "required": False, "description": words, "schema": {"type": "string"}}


IF_NONE_MATCH = _condition("If-None-Match", "the ETag that you have: 304 when it is still the answer")
IF_MATCH = _condition("If-Match", "the ETag that you read: 412 when the thing was changed since")


class Api(NinjaAPI):
    """Describes its refusals as what they are: problem+json."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        schema = Description(self, self.get_root_path(path_params or {}) if path_prefix is None else path_prefix)
        for methods in schema["paths"].values():
            for call in methods.values():
                for status, response in call["responses"].items():
                    self._complete(int(status), response)
                reads = 304 in call["responses"]
                if reads:
                    call["responses"][200]["headers"]["ETag"] = _header("the tag of this answer", "string")
                if reads or 201 not in call["responses"]:
                    call.setdefault("parameters", []).append(IF_NONE_MATCH if reads else IF_MATCH)
        return schema

    def _complete(self, status: int, response: dict[str, Any]) -> None:
        response["headers"] = dict(RATES)
        if status == 429:
            response["headers"]["Retry-After"] = _header("seconds to wait")
        if status >= 400 and "application/json" in response.get("content", {}):
            response["content"]["application/problem+json"] = response["content"].pop("application/json")


api = Api(
    title="Lianxin",
    version="1",
    description="Needs from asking to confirmed. See docs/api.md.",
    docs_url=None,
    urls_namespace="api",
    parser=StrictParser(),
)
answer_with_problems(api)
api.add_decorator(looked_at_first, mode="view")
api.add_router("/places", places)
api.add_router("/categories", categories)
api.add_router("/organisations", organisations)
api.add_router("/needs/on_the_spot", spot)  # before /needs/{number}
api.add_router("/needs", needs)
api.add_router("/batches", batches)
api.add_router("/figures", figures)


def _always_a_problem(view: Callable[..., Any]) -> View:
    """A wrong method, and the root that holds nothing, are refused as problem+json, too."""

    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response: HttpResponse = view(request, *args, **kwargs)
            # Whoever was refused at the door has not been counted yet.
            if request.resolver_match and request.resolver_match.url_name != "openapi-json":
                count_address(request)
        except Http404:
            response = not_found(request)
        except TooMany as error:
            response = api.on_exception(request, error)
        if response.status_code == 405:
            refused = problem(405, "method_not_allowed", _("This address does not take this method."))
            refused["Allow"] = response["Allow"]
            response = refused
        return _with_rate(request, _with_tag(request, response))

    run.csrf_exempt = True  # type: ignore[attr-defined] # tokens only; no cookie is read
    return run


def _with_tag(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """An ETag on what was read; 304 where the caller has it already."""
    if request.method != "GET" or response.status_code != 200:
        return response
    tag = entity_tag(response.content, getattr(request, "version", None))
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ("Authorization", "X-Tracking-Code", "Accept-Language"))
    if tag in parse_etags(request.headers.get("If-None-Match", "")):
        same = HttpResponseNotModified()
        for name in ("ETag", "Cache-Control", "Vary"):
            same[name] = response[name]
        return same
    return response


def _with_rate(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Tell the caller how many calls are left."""
    rate: Rate | None = getattr(request, "rate", None)
    if rate:
        response["RateLimit-Limit"] = str(rate.limit)
        response["RateLimit-Remaining"] = str(rate.left)
        response["RateLimit-Reset"] = str(rate.reset)
    return response


def _addresses() -> tuple[list[Any], str, str]:
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        if pattern.callback is not None:
            pattern.callback = _always_a_problem(pattern.callback)
    return patterns, app_name, namespace


urls = _addresses()


def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Any other address below the API."""
    return not_found(request)


nothing_here.csrf_exempt = True  # type: ignore[attr-defined]
