"""Who a personal API token stands for."""

from datetime import datetime

from lianxin.accounts.actors import Actor, actor_for
from lianxin.accounts.models import ApiToken
from lianxin.core.clock import local_day
from lianxin.core.crypto import keyed_digest, keyed_digests

PREFIX = "lx_"


def token_digest(raw: str) -> str:
    """What the database keeps of a token."""
    return keyed_digest("token", raw)


def valid_token(raw: str, at: datetime) -> ApiToken | None:
    """The token behind `raw` with its user; None when it is unknown, revoked or expired. One query."""
    if not raw.startswith(PREFIX):
        return None
    alive = ApiToken.objects.filter(revoked_at=None, expires_at__gt=at, user__is_active=True)
    return alive.filter(digest__in=keyed_digests("token", raw)).select_related("user").first()


def actor_of_token(token: ApiToken, at: datetime) -> Actor:
    """The actor behind `token`: its holder's posts of the day. One query."""
    return actor_for(token.user, local_day(at), channel="api")
