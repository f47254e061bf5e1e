"""Who calls the API: a person by token, or the public. A browser's session counts for nothing here."""

from typing import Any, cast

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer

from lianxin.accounts.actors import PUBLIC, Actor
from lianxin.accounts.models import TokenScope
from lianxin.accounts.tokens import actor_of_token, valid_token
from lianxin.core.api import count_address, count_call
from lianxin.core.clock import now
from lianxin.core.errors import NotAllowed
from lianxin.core.rates import PER_TOKEN


class MissingScope(NotAllowed):
    """The token is valid, but not for this call."""

    code = "no_scope"

    def __init__(self, scope: str) -> None:
        words = _("This token is not for “%(scope)s”. Make one that is, under My account.")
        super().__init__(words % {"scope": TokenScope(scope).label})
        self.told = {"scope": str(scope)}


class Token(HttpBearer):
    """A personal token; its holder needs a post today. `scope`: what it must be for, None for what anybody may read."""

    openapi_bearerFormat = "lx_…"

    def __init__(self, scope: TokenScope | None) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Actor | None:
        if "Authorization" not in request.headers:
            return None
        scheme, _space, raw = request.headers["Authorization"].partition(" ")
        return self.authenticate(request, raw if scheme.lower() == "bearer" else "")

    def authenticate(self, request: HttpRequest, raw: str) -> Actor | None:
        at = now()
        token = valid_token(raw.strip(), at)
        # A wrong token is refused, never read as "no token": the caller would be the public without knowing.
        if token is None:
            count_address(request)
            raise AuthenticationError
        count_call(request, PER_TOKEN, token.digest[:40])
        if self.scope and self.scope not in token.scopes:
            raise MissingScope(self.scope)
        actor = actor_of_token(token, at)
        if not actor.is_staff:
            raise NotAllowed(_("You have no post today."), code="no_post")
        return actor


def public(request: HttpRequest) -> Actor:
    """Anybody without a token."""
    count_address(request)
    return PUBLIC


def staff(scope: TokenScope) -> list[Token]:
    """For `auth=`: a call for tokens with `scope`."""
    return [Token(scope)]


def anybody(scope: TokenScope | None = None) -> list[Any]:
    """For `auth=`: a call for the public, and for tokens with `scope` (with any, when there is none)."""
    return [Token(scope), public]


# Says in the description of a call for anybody that it may be made without a token.
OPEN: dict[str, list[dict[str, list[str]]]] = {"security": [{}]}


def caller(request: HttpRequest) -> Actor:
    """Whoever makes this call."""
    return cast(Actor, request.auth)  # type: ignore[attr-defined]
