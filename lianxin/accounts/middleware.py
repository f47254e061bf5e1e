"""Puts `request.actor` on every request; the posts are read once, when first asked for."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from lianxin.accounts.actors import PUBLIC, Actor, actor_for
from lianxin.core.clock import local_day, now


class ActorMiddleware:
    """Deny by default: whoever has no post is the public."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        def find() -> Actor:
            user = request.user
            return actor_for(user, local_day(now())) if user.is_authenticated else PUBLIC

        request.actor = SimpleLazyObject(find)  # type: ignore[attr-defined]
        return self.get_response(request)
