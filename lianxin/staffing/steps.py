"""Steps that the operations on users and posts share."""

import re
from collections.abc import Iterable
from datetime import date, datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Appointment, Reset, Scope, User
from lianxin.accounts.names import normal_phone, phone_digests
from lianxin.core.clock import local_day
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.desk import queue
from lianxin.history import chain
from lianxin.organisations.models import Organisation
from lianxin.staffing.queries import home_of
from lianxin.staffing.rules import fits, may_appoint

RESET = "reset"
ACCOUNT_PAGE = "/workspace/account/"
SECURITY_PAGE = "/workspace/account/security/"
NO_PASSWORD = "!"
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,59}")


def lock_user(user: User) -> User:
    """The user, locked until the transaction ends."""
    return User.objects.select_for_update().get(pk=user.pk)


def lock_posts_at(scope_ids: Iterable[int]) -> None:
    """Whoever ends posts at these places waits for the other, before anybody counts who is left. Before any user."""
    list(Scope.objects.select_for_update(of=("self",)).filter(pk__in=list(scope_ids)).order_by("pk"))


def has_ended(post: Appointment, at: datetime) -> bool:
    """Its last day is over, or a substitute's has been given back."""
    return post.handed_back_at is not None or (post.to_on is not None and post.to_on < local_day(at))


def require_lasting(post: Appointment, at: datetime) -> None:
    """Raise WrongState for a post that has ended, and for a substitute's, which ends with its days."""
    if has_ended(post, at):
        raise WrongState(_("This post has ended."))
    if post.stands_in_for_id is not None:
        raise WrongState(_("A substitute's post ends with its days; end those instead."))


def end_reset(reset: Reset, at: datetime) -> None:
    """A reset waits no longer, on no desk either."""
    reset.ended_at = at
    reset.save(update_fields=["ended_at"])
    queue.replace(RESET, reset.pk, [])


def own(actor: Actor) -> User:
    """The actor's own user, locked. Raises NotAllowed for whoever is not logged in."""
    if actor.user is None:
        raise NotAllowed(_("Please log in first."))
    return lock_user(actor.user)


def end_sessions(user: User, *, keep: str = "") -> None:
    """End all sessions of a user but the one with the key `keep`."""
    user.sessions.exclude(pk=keep).delete()


def set_password(user: User, password: str) -> None:
    """Set a password that is good enough on a locked user, unsaved. Raises Invalid."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="new_password1") from error
    user.set_password(password)


def small(username: str) -> str:
    """A user name as new ones are kept: in small letters."""
    return username.strip().lower()


def require_username(username: str, *, taken: bool) -> None:
    """Raise Invalid for a new user name that is malformed, or `taken` by an account that reads the same in any case."""
    if normal_phone(username):
        raise Invalid(_("A user name can't read like a telephone number."), field="username")
    if not _USERNAME.fullmatch(username):
        raise Invalid(_("A user name has 3 to 60 small letters, digits, dots or hyphens."), field="username")
    if taken:
        raise Invalid(_("This user name is taken; appoint that person, or choose another."), field="username")


def require_free(user: User | None, *, email: str, phone: str) -> None:
    """Raise Invalid for an e-mail address or telephone number that does not fit or belongs to another account."""
    others = User.objects.exclude(pk=user.pk if user else 0)
    if phone and not normal_phone(phone):
        raise Invalid(_("Please write a telephone number, digits only."), field="phone")
    if phone and others.filter(phone_digest__in=phone_digests(phone)).exists():
        raise Invalid(_("Another account logs in with this number."), field="phone")
    if email and others.filter(email__iexact=email).exists():
        raise Invalid(_("Another account logs in with this address."), field="email")


def _organisation(scope: Scope) -> Organisation | None:
    return Organisation.objects.select_related("community__scope").filter(pk=scope.pk).first()


def require_may_appoint(actor: Actor, role: str, scope: Scope) -> None:
    """Raise NotAllowed or Invalid when the actor can't give this post."""
    if not fits(role, scope, require_above(actor, role, scope)):
        raise Invalid(_("This role belongs to another kind of place."), field="post")


def require_above(actor: Actor, role: str, scope: Scope) -> Organisation | None:
    """The post's organisation, if it has one. Raises NotAllowed when the actor can't give or take the post.

    Enough for a post that is there: one that does not fit its place can be ended and handed over, too.
    """
    body = _organisation(scope)
    if not may_appoint(actor, role, scope.path, home_of(body)):
        raise NotAllowed(_("Only the level above this post, or the city, can give or end it."))
    return body


def give_post(
    user: User,
    role: str,
    scope: Scope,
    *,
    actor: Actor,
    at: datetime,
    from_on: date | None = None,
    to_on: date | None = None,
    stands_in_for: Appointment | None = None,
    handed_at: datetime | None = None,
) -> Appointment:
    """A new post of a locked user, from today or `from_on`; with its line in history."""
    post = Appointment.objects.create(
        user=user,
        scope=scope,
        role=role,
        from_on=from_on or local_day(at),
        to_on=to_on,
        stands_in_for=stands_in_for,
        handed_at=handed_at,
    )
    chain.record(user, "user.appointed", actor=actor, at=at, role=role, scope=scope.path)
    return post


def end_post(user: User, post: Appointment, last: date, *, actor: Actor, at: datetime) -> None:
    """A post's last day; one that begins later never begins. With its line in history.

    The user is locked and saved by the caller.
    """
    if last < post.from_on:
        post.delete()
    else:
        post.to_on = last
        post.save(update_fields=["to_on"])
    chain.record(user, "user.post_ended", actor=actor, at=at, role=post.role, scope=post.scope.path, last_on=str(last))
