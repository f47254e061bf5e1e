"""Which pages need a post."""

import functools
from collections.abc import Callable
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from lianxin.accounts.actors import Actor

View = Callable[..., HttpResponseBase]


def actor_of(request: HttpRequest) -> Actor:
    """Who asks for this page."""
    return cast(Actor, request.actor)  # type: ignore[attr-defined]


def posts(*roles: str, sets_up: bool = False) -> Callable[[View], View]:
    """A page for people with a post in one of `roles` (any post without an argument).

    Anonymous readers are sent to the log-in page and come back; everybody else gets the 403 page. Whoever has to set
    up a second factor first is sent there, but for the pages that do it (`sets_up`). The view carries its roles as
    `view.roles`.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            actor = actor_of(request)
            if actor.awaits_factor:
                return view(request, *args, **kwargs) if sets_up else redirect("set_up_factor")
            if not (actor.has(*roles) if roles else actor.is_staff):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.roles = roles  # type: ignore[attr-defined]
        return guarded

    return decorate
