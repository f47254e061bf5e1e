"""Puts `request.actor` on every request; the posts are read once, when first asked for."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from lianxin.accounts import sessions
from lianxin.accounts.actors import PUBLIC, Actor, actor_for
from lianxin.accounts.factors import has_second_factor
from lianxin.accounts.limits import SECOND_FACTOR
from lianxin.core.clock import local_day, now
from lianxin.core.values import value

Handler = Callable[[HttpRequest], HttpResponse]


class ActorMiddleware:
    """Deny by default: whoever has no post is the public, and so is who has to set up a second factor first."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        def find() -> Actor:
            user = request.user
            if not user.is_authenticated:
                return PUBLIC
            actor = actor_for(user, local_day(now()))
            if actor.is_staff and sessions.SET_UP in request.session:
                return Actor(user=user, awaits_factor=True)
            return actor

        request.actor = SimpleLazyObject(find)  # type: ignore[attr-defined]
        return self.get_response(request)


class SeenAgain:
    """Once in ten minutes: notes that the holder of a session is there, and what the city requires by now."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        session = request.session
        if session.accessed and not session.is_empty() and sessions.is_due(session):
            sessions.touch(session)
            if value(SECOND_FACTOR) and request.user.is_authenticated and not has_second_factor(request.user):
                session[sessions.SET_UP] = True
        return response
