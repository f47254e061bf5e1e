"""Who calls the API: a person by token, or the public. A browser's session counts for nothing here."""

from typing import cast

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer

from lianxin.accounts.actors import PUBLIC, Actor
from lianxin.accounts.tokens import actor_of_token
from lianxin.core.clock import now
from lianxin.core.errors import NotAllowed


class Token(HttpBearer):
    """A personal token; its holder needs a post today."""

    openapi_bearerFormat = "lx_…"

    def __call__(self, request: HttpRequest) -> Actor | None:
        if "Authorization" not in request.headers:
            return None
        scheme, _space, raw = request.headers["Authorization"].partition(" ")
        return self.authenticate(request, raw if scheme.lower() == "bearer" else "")

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        # A wrong token is refused, never read as "no token": the caller would be the public without knowing.
        actor = actor_of_token(token.strip(), now())
        if actor is None:
            raise AuthenticationError
        if not actor.is_staff:
            raise NotAllowed(_("You have no post today."), code="no_post")
        return actor


def public(request: HttpRequest) -> Actor:
    """Anybody without a token."""
    return PUBLIC


STAFF = [Token()]
ANYBODY = [*STAFF, public]
# Says in the description of a call with auth=ANYBODY that it may be made without a token.
OPEN: dict[str, list[dict[str, list[str]]]] = {"security": [{}]}


def caller(request: HttpRequest) -> Actor:
    """Whoever makes this call."""
    return cast(Actor, request.auth)  # type: ignore[attr-defined]
