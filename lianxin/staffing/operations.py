"""Inviting, appointing, ending; one's own account and its keys: all that changes users and posts."""

import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import ApiToken, Appointment, Invitation, Role, Scope, User
from lianxin.core.clock import local_day
from lianxin.core.crypto import code_digest, keyed_digest, new_code
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.core.once import once
from lianxin.core.operation import operation
from lianxin.desk.models import DeskItem
from lianxin.history import chain
from lianxin.notifications import notices
from lianxin.notifications.notices import Say
from lianxin.organisations.models import Organisation
from lianxin.staffing.queries import held_on, home_of, may_manage
from lianxin.staffing.rules import fits, may_appoint

INVITATION_LASTS = timedelta(days=14)
TOKEN_LASTS = timedelta(days=90)
MAX_TOKENS = 10
NO_PASSWORD = "!"
ACCOUNT_PAGE = "/workspace/account/"
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,59}")


@dataclass(frozen=True)
class Invited:
    """A user and the one-time code for the slip; the code is None when the form had been sent before."""

    user: User
    code: str | None


@dataclass(frozen=True)
class NewToken:
    """A token and its secret, which is shown once and never stored."""

    token: ApiToken
    raw: str


def _lock(user: User) -> User:
    return User.objects.select_for_update().get(pk=user.pk)


def _organisation(scope: Scope) -> Organisation | None:
    return Organisation.objects.select_related("community__scope").filter(pk=scope.pk).first()


def _require_may_appoint(actor: Actor, role: str, scope: Scope) -> None:
    """Raise NotAllowed or Invalid when the actor can't give or take this post."""
    body = _organisation(scope)
    if not may_appoint(actor, role, scope.path, home_of(body)):
        raise NotAllowed(_("Only the level above this post, or the city, can give or end it."))
    if not fits(role, scope, body):
        raise Invalid(_("This role belongs to another kind of place."), field="post")


def _require_may_manage(actor: Actor, user: User, at: datetime) -> None:
    """Raise NotAllowed unless the actor may give every post that the user holds; the server's own command may."""
    if not actor.is_system and not may_manage(actor, user, local_day(at)):
        raise NotAllowed(_("This person also holds posts that you do not look after; ask the level above."))


def _give_post(user: User, role: str, scope: Scope, *, actor: Actor, at: datetime) -> Appointment:
    post = Appointment.objects.create(user=user, scope=scope, role=role, from_on=local_day(at))
    chain.record(user, "user.appointed", actor=actor, at=at, role=role, scope=scope.path)
    return post


def _new_invitation(user: User, *, actor: Actor, at: datetime) -> str:
    """A new code; any earlier one that was not used is worth nothing from now on."""
    user.invitations.filter(used_at=None, expires_at__gt=at).update(expires_at=at)
    code = new_code()
    Invitation.objects.create(
        user=user,
        digest=code_digest(code),
        created_at=at,
        created_by=actor.user,
        expires_at=at + INVITATION_LASTS,
    )
    return code


@operation
def invite_user(
    *,
    actor: Actor,
    at: datetime,
    key: str,
    username: str,
    name: str,
    role: str,
    scope: Scope,
    name_en: str = "",
    email: str = "",
) -> Invited:
    """Make a user without a password, with one post and a one-time code to set a password with.

    Raises NotAllowed when the actor can't give this post, Invalid for a user name that is taken or malformed,
    AlreadySent when `key` was used for somebody else.
    """
    _require_may_appoint(actor, role, scope)
    username = username.strip().lower()
    code: list[str] = []

    def run() -> dict[str, str]:
        if not _USERNAME.fullmatch(username):
            raise Invalid(_("A user name has 3 to 60 small letters, digits, dots or hyphens."), field="username")
        if User.objects.filter(username__iexact=username).exists():
            raise Invalid(_("This user name is taken; appoint that person, or choose another."), field="username")
        if not name.strip():
            raise Invalid(_("Say the person's name."), field="name")
        user = User(
            username=username,
            name=name.strip()[:80],
            name_en=name_en.strip()[:120],
            email=email.strip(),
            password=NO_PASSWORD,
            created_at=at,
        )
        chain_entry = chain.prepare(user, "user.invited", actor=actor, at=at)
        user.save(force_insert=True)
        chain_entry.save(force_insert=True)
        _give_post(user, role, scope, actor=actor, at=at)
        code.append(_new_invitation(user, actor=actor, at=at))
        user.save(update_fields=["history_seq", "history_head"])
        return {"number": username}

    body = {"username": username, "name": name, "role": role, "scope": scope.pk, "email": email}
    answer, _again = once(operation="invite_user", key=key, body=body, at=at, run=run)
    return Invited(User.objects.get(username=answer["number"]), code[0] if code else None)


@operation
def renew_invitation(user: User, *, actor: Actor, at: datetime) -> Invited:
    """A new one-time code for somebody who lost the password; the one before it is worth nothing any more.

    The old password keeps working until the new one is set. Raises WrongState for a user who was shut out.
    """
    user = _lock(user)
    _require_may_manage(actor, user, at)
    if not user.is_active:
        raise WrongState(_("This account is closed."))
    code = _new_invitation(user, actor=actor, at=at)
    chain.record(user, "user.invited_again", actor=actor, at=at)
    user.save(update_fields=["history_seq", "history_head"])
    return Invited(user, code)


@operation
def accept_invitation(*, actor: Actor, at: datetime, code: str, password: str) -> User:
    """Set the password of the invited user; the code is used up.

    Raises Invalid for an unknown, used or expired code and for a password that is too easy.
    """
    found = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(digest=code_digest(code))
        .first()
    )
    if found is None or not found.user.is_active:
        raise Invalid(_("We do not know this code. Please look at the slip once more."), field="code")
    if found.used_at is not None:
        raise Invalid(
            _("This code was used already. Log in, or ask the office that invited you for a new one."),
            field="code",
        )
    if found.expires_at <= at:
        raise Invalid(_("This code is no longer valid. Ask the office that invited you for a new one."), field="code")
    user = _lock(found.user)
    _set_password(user, password)
    found.used_at = at
    found.save(update_fields=["used_at"])
    chain.record(user, "user.password_set", actor=actor, at=at)
    user.save(update_fields=["password", "history_seq", "history_head"])
    return user


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="new_password1") from error
    user.set_password(password)


@operation
def change_password(*, actor: Actor, at: datetime, old: str, new: str) -> User:
    """Change one's own password. Raises Invalid when the old one is wrong or the new one too easy."""
    user = _own(actor)
    if not user.check_password(old):
        raise Invalid(_("This is not your present password."), field="old_password")
    _set_password(user, new)
    chain.record(user, "user.password_set", actor=actor, at=at)
    user.save(update_fields=["password", "history_seq", "history_head"])
    return user


def _own(actor: Actor) -> User:
    if actor.user is None:
        raise NotAllowed(_("Please log in first."))
    return _lock(actor.user)


@operation
def update_account(*, actor: Actor, at: datetime, name: str, name_en: str, language: str) -> User:
    """Change one's own name and language; history keeps which of them, not what they say."""
    user = _own(actor)
    if not name.strip():
        raise Invalid(_("Say your name."), field="name")
    values = {"name": name.strip()[:80], "name_en": name_en.strip()[:120], "language": language}
    changed = sorted(field for field, value in values.items() if getattr(user, field) != value)
    if changed:
        for field in changed:
            setattr(user, field, values[field])
        chain.record(user, "user.corrected", actor=actor, at=at, fields=changed)
        user.save(update_fields=[*changed, "history_seq", "history_head"])
    return user


@operation
def appoint(user: User, *, actor: Actor, at: datetime, role: str, scope: Scope) -> Appointment:
    """Give an existing user one more post, from today.

    Raises NotAllowed when the actor can't give this post, WrongState when the user holds it or was shut out.
    """
    user = _lock(user)
    _require_may_appoint(actor, role, scope)
    if not user.is_active:
        raise WrongState(_("This account is closed."))
    if held_on(user.appointments.filter(scope=scope, role=role, to_on=None), local_day(at)).exists():
        raise WrongState(_("This person holds this post already."))
    post = _give_post(user, role, scope, actor=actor, at=at)
    user.save(update_fields=["history_seq", "history_head"])
    notices.send([Say("staff.appointed", ACCOUNT_PAGE, user_id=user.pk)], at=at)
    return post


@operation
def end_appointment(
    appointment: Appointment, *, actor: Actor, at: datetime, last_on: date | None = None
) -> Appointment:
    """End a post; `last_on` is its last day (default: today).

    Raises WrongState for the last administrator, one's own last post, a post that nobody else holds while
    something waits for it, and one that has ended; Invalid for a day that does not fit.
    """
    user = _lock(appointment.user)
    post = Appointment.objects.select_for_update(of=("self",)).select_related("scope").get(pk=appointment.pk)
    _require_may_appoint(actor, post.role, post.scope)
    today = local_day(at)
    last = last_on or max(today, post.from_on)
    if post.to_on is not None:
        raise WrongState(_("This post has an end already."))
    if last < max(post.from_on, today - timedelta(days=1)) or last > today + timedelta(days=366):
        raise Invalid(_("Choose a day between yesterday and a year from now."), field="last_on")
    others = Appointment.objects.filter(scope=post.scope, role=post.role, to_on=None, user__is_active=True)
    others = others.exclude(user=user)
    if post.role == Role.ADMIN and not others.exists():
        raise WrongState(_("This is the last administrator; appoint another one first."))
    mine = held_on(user.appointments.exclude(pk=post.pk), today)
    if actor.user_id == user.pk and not mine.exists():
        raise WrongState(_("Nobody ends their own last post; ask the level above."))
    waiting = DeskItem.objects.filter(scope=post.scope, role=post.role).count()
    if waiting and not others.exists():
        raise WrongState(_("%(n)s things still wait for this post. Appoint a successor first.") % {"n": waiting})
    _end(user, post, last, actor=actor, at=at)
    user.save(update_fields=["history_seq", "history_head"])
    notices.send([Say("staff.ended", ACCOUNT_PAGE, user_id=user.pk, params={"last_on": str(last)})], at=at)
    return post


def _end(user: User, post: Appointment, last: date, *, actor: Actor, at: datetime) -> None:
    post.to_on = last
    post.save(update_fields=["to_on"])
    chain.record(user, "user.post_ended", actor=actor, at=at, role=post.role, scope=post.scope.path, last_on=str(last))


@operation
def deactivate_user(user: User, *, actor: Actor, at: datetime) -> User:
    """Shut an account out at once: posts end, sessions, codes and tokens are worth nothing any more.

    Raises WrongState for oneself and for the last administrator.
    """
    user = _lock(user)
    _require_may_manage(actor, user, at)
    if actor.user_id == user.pk:
        raise WrongState(_("Nobody closes their own account; ask the level above."))
    if not user.is_active:
        raise WrongState(_("This account is closed already."))
    today = local_day(at)
    for post in user.appointments.select_for_update(of=("self",)).filter(to_on=None).select_related("scope"):
        others = Appointment.objects.filter(role=Role.ADMIN, to_on=None, user__is_active=True)
        if post.role == Role.ADMIN and not others.exclude(user=user).exists():
            raise WrongState(_("This is the last administrator; appoint another one first."))
        _end(user, post, max(today, post.from_on), actor=actor, at=at)
    user.is_active = False
    # Sessions carry a digest of the password: without it they end.
    user.password = NO_PASSWORD + secrets.token_urlsafe(20)
    user.invitations.filter(used_at=None, expires_at__gt=at).update(expires_at=at)
    user.tokens.filter(revoked_at=None).update(revoked_at=at)
    chain.record(user, "user.closed", actor=actor, at=at)
    user.save(update_fields=["is_active", "password", "history_seq", "history_head"])
    return user


@operation
def create_token(*, actor: Actor, at: datetime, name: str) -> NewToken:
    """A personal key to the API with one's own rights, for 90 days. The secret is never stored.

    Raises Invalid without a name, WrongState with ten valid tokens already.
    """
    user = _own(actor)
    if not name.strip():
        raise Invalid(_("Say what the token is for."), field="name")
    if user.tokens.filter(revoked_at=None, expires_at__gt=at).count() >= MAX_TOKENS:
        raise WrongState(_("You have ten tokens; revoke one first."))
    raw = "lx_" + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name.strip()[:60],
        digest=keyed_digest("token", raw),
        tail=raw[-4:],
        created_at=at,
        expires_at=at + TOKEN_LASTS,
    )
    chain.record(user, "token.created", actor=actor, at=at, tail=token.tail)
    user.save(update_fields=["history_seq", "history_head"])
    return NewToken(token, raw)


@operation
def revoke_token(token: ApiToken, *, actor: Actor, at: datetime) -> ApiToken:
    """Make one of one's own tokens worthless. Raises NotAllowed for somebody else's."""
    user = _own(actor)
    token = ApiToken.objects.select_for_update(of=("self",)).get(pk=token.pk)
    if token.user_id != user.pk:
        raise NotAllowed(_("Only the holder can revoke a token."))
    if token.revoked_at is None:
        token.revoked_at = at
        token.save(update_fields=["revoked_at"])
        chain.record(user, "token.revoked", actor=actor, at=at, tail=token.tail)
        user.save(update_fields=["history_seq", "history_head"])
    return token
