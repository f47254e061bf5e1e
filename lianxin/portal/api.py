"""The API of version 1: what the areas offer, under one roof and with one way of refusing."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from lianxin.core.api import answer_with_problems, not_found, problem
from lianxin.figures.api import router as figures
from lianxin.needs.api import batches, categories, needs, spot
from lianxin.organisations.api import router as organisations
from lianxin.places.api import router as places

View = Callable[..., HttpResponse]


class Api(NinjaAPI):
    """Describes its refusals as what they are: problem+json."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**kwargs)
        for methods in schema["paths"].values():
            for call in methods.values():
                for status, response in call["responses"].items():
                    if int(status) >= 400 and "application/json" in response.get("content", {}):
                        response["content"]["application/problem+json"] = response["content"].pop("application/json")
        return schema


api = Api(
    title="Lianxin",
    version="1",
    description="Needs from asking to confirmed. See docs/api.md.",
    docs_url=None,
    urls_namespace="api",
)
answer_with_problems(api)
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
        except Http404:
            return not_found(request)
        if response.status_code != 405:
            return response
        refused = problem(405, "method_not_allowed", _("This address does not take this method."))
        refused["Allow"] = response["Allow"]
        return refused

    run.csrf_exempt = True  # type: ignore[attr-defined] # tokens only; no cookie is read
    return run


def _addresses() -> tuple[list[Any], str, str]:
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        if pattern.callback is not None:
            pattern.callback = _always_a_problem(pattern.callback)
    return patterns, app_name, namespace


urls = _addresses()


def nothing_here(request: HttpRequest, rest: str) -> HttpResponse:
    """Any other address below the API."""
    return not_found(request)


nothing_here.csrf_exempt = True  # type: ignore[attr-defined]
