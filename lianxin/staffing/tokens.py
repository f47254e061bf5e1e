"""One's own keys to the API: made for a purpose and a time, revoked, and their end told in time."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import ApiToken, TokenScope
from lianxin.accounts.tokens import PREFIX, token_digest
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.core.operation import operation
from lianxin.core.values import VALUES, value, whole
from lianxin.history import chain
from lianxin.notifications import notices
from lianxin.notifications.notices import Say
from lianxin.staffing.steps import ACCOUNT_PAGE, lock_user, own

MAX_TOKENS = 10
OFFERED = (30, 90, 365)
WARNED = timedelta(days=7)
LONGEST = "staffing.token_days"
VALUES.add(
    LONGEST,
    whole(
        gettext_lazy("An API token lasts at the most"),
        group=gettext_lazy("People and posts"),
        default=365,
        low=30,
        high=365,
        unit=gettext_lazy("days"),
        applies=gettext_lazy("For tokens made from then on; those already made keep their day."),
    ),
)


@dataclass(frozen=True)
class NewToken:
    """A token and its secret, which is shown once and never stored."""

    token: ApiToken
    raw: str


def days_offered() -> list[int]:
    """For how many days a token can be made today."""
    longest: int = value(LONGEST)
    return [days for days in OFFERED if days <= longest]


@operation
def create_token(*, actor: Actor, at: datetime, name: str, scopes: Iterable[str], days: int) -> NewToken:
    """A personal key to the API with one's own rights, for `scopes` and `days` days. The secret is never stored.

    Raises Invalid without a name, for scopes that are none and for days that are not offered; WrongState with ten
    valid tokens already.
    """
    user = own(actor)
    wanted = sorted(set(scopes))
    if not name.strip():
        raise Invalid(_("Say what the token is for."), field="name")
    if not wanted or not set(wanted) <= set(TokenScope.values):
        raise Invalid(_("Choose what the token may do."), field="scopes")
    if days not in days_offered():
        raise Invalid(_("Choose one of the times offered."), field="days")
    if user.tokens.filter(revoked_at=None, expires_at__gt=at).count() >= MAX_TOKENS:
        raise WrongState(_("You have ten tokens; revoke one first."))
    raw = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name.strip()[:60],
        digest=token_digest(raw),
        tail=raw[-4:],
        scopes=wanted,
        created_at=at,
        expires_at=at + timedelta(days=days),
    )
    chain.record(user, "token.created", actor=actor, at=at, tail=token.tail, scopes=wanted, days=days)
    user.save(update_fields=["history_seq", "history_head"])
    return NewToken(token, raw)


@operation
def revoke_token(token: ApiToken, *, actor: Actor, at: datetime) -> ApiToken:
    """Make one of one's own tokens worthless. Raises NotAllowed for somebody else's."""
    user = own(actor)
    token = ApiToken.objects.select_for_update(of=("self",)).get(pk=token.pk)
    if token.user_id != user.pk:
        raise NotAllowed(_("Only the holder can revoke a token."))
    if token.revoked_at is None:
        token.revoked_at = at
        token.save(update_fields=["revoked_at"])
        chain.record(user, "token.revoked", actor=actor, at=at, tail=token.tail)
        user.save(update_fields=["history_seq", "history_head"])
    return token


def ending_soon(at: datetime) -> QuerySet[ApiToken]:
    """Tokens that end within seven days and whose holders do not know it yet."""
    soon = ApiToken.objects.filter(revoked_at=None, warned_at=None, expires_at__gt=at, expires_at__lte=at + WARNED)
    return soon.order_by("expires_at")


@operation
def warn_of_end(token: ApiToken, *, actor: Actor, at: datetime) -> bool:
    """Tell the holder, once, that a token ends within seven days; False when there is nothing to tell any more."""
    lock_user(token.user)
    if not ending_soon(at).filter(pk=token.pk).update(warned_at=at):
        return False
    said = {"tail": token.tail, "at": token.expires_at.isoformat()}
    notices.send([Say("staff.token_ends", ACCOUNT_PAGE, user_id=token.user_id, params=said)], at=at)
    return True
