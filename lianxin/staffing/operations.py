"""Inviting, appointing, ending; one's own account and its keys: all that changes users and posts."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Appointment, Invitation, Role, Scope, User
from lianxin.accounts.names import phone_digest
from lianxin.channels.operations import forget_choice
from lianxin.core.clock import local_day
from lianxin.core.crypto import code_digest, code_digests, new_code
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.core.once import once
from lianxin.core.operation import operation
from lianxin.core.values import VALUES, days, whole
from lianxin.desk.models import DeskItem
from lianxin.history import chain
from lianxin.notifications import notices
from lianxin.notifications.notices import Say
from lianxin.staffing.handing import in_hand, standing_in, stop_all
from lianxin.staffing.queries import held_on, may_manage
from lianxin.staffing.steps import (
    ACCOUNT_PAGE,
    NO_PASSWORD,
    end_post,
    end_reset,
    end_sessions,
    give_post,
    lock_posts_at,
    lock_user,
    own,
    require_above,
    require_free,
    require_lasting,
    require_may_appoint,
    require_username,
    set_password,
    small,
)

INVITATION_DAYS = "staffing.invitation_days"
VALUES.add(
    INVITATION_DAYS,
    whole(
        gettext_lazy("An invitation's code can be used for"),
        group=gettext_lazy("People and posts"),
        default=14,
        low=1,
        high=90,
        unit=gettext_lazy("days"),
        applies=gettext_lazy("For invitations made from then on; those already printed keep their day."),
    ),
)


@dataclass(frozen=True)
class Invited:
    """A user and the one-time code for the slip; the code is None when the form had been sent before."""

    user: User
    code: str | None


def _require_may_manage(actor: Actor, user: User, at: datetime) -> None:
    """Raise NotAllowed unless the actor may give every post that the user holds; the server's own command may."""
    if not actor.is_system and not may_manage(actor, user, local_day(at)):
        raise NotAllowed(_("This person also holds posts that you do not look after; ask the level above."))


def _new_invitation(user: User, *, actor: Actor, at: datetime) -> str:
    """A new code; any earlier one that was not used is worth nothing from now on."""
    user.invitations.filter(used_at=None, expires_at__gt=at).update(expires_at=at)
    code = new_code()
    Invitation.objects.create(
        user=user,
        digest=code_digest(code),
        created_at=at,
        created_by=actor.user,
        expires_at=at + days(INVITATION_DAYS, at),
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
    phone: str = "",
) -> Invited:
    """Make a user without a password, with one post and a one-time code to set a password with.

    Raises NotAllowed when the actor can't give this post, Invalid for a user name that is taken or malformed,
    AlreadySent when `key` was used for somebody else.
    """
    require_may_appoint(actor, role, scope)
    username = small(username)
    code: list[str] = []

    def run() -> dict[str, str]:
        require_username(username, taken=User.objects.filter(username__iexact=username).exists())
        if not name.strip():
            raise Invalid(_("Say the person's name."), field="name")
        require_free(None, email=email.strip(), phone=phone.strip())
        user = User(
            username=username,
            name=name.strip()[:80],
            name_en=name_en.strip()[:120],
            email=email.strip(),
            phone=phone.strip(),
            phone_digest=phone_digest(phone),
            password=NO_PASSWORD,
            created_at=at,
        )
        chain_entry = chain.prepare(user, "user.invited", actor=actor, at=at)
        user.save(force_insert=True)
        chain_entry.save(force_insert=True)
        give_post(user, role, scope, actor=actor, at=at)
        code.append(_new_invitation(user, actor=actor, at=at))
        user.save(update_fields=["history_seq", "history_head"])
        return {"number": username}

    body = {"username": username, "name": name, "role": role, "scope": scope.pk, "email": email, "phone": phone}
    answer, _again = once(operation="invite_user", key=key, body=body, at=at, run=run)
    return Invited(User.objects.get(username=answer["number"]), code[0] if code else None)


@operation
def renew_invitation(user: User, *, actor: Actor, at: datetime) -> Invited:
    """A new one-time code for somebody who never set a password; the one before it is worth nothing any more.

    Whoever had a password needs a second person (`resets.ask_reset`), unless the server's own command asks: it is for
    the administrator who is the only one. Raises WrongState for them, and for a user who was shut out.
    """
    user = lock_user(user)
    _require_may_manage(actor, user, at)
    if not user.is_active:
        raise WrongState(_("This account is closed."))
    if user.has_usable_password() and not actor.is_system:
        raise WrongState(_("This person had a password; a reset code needs a second person's yes."))
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
        .filter(digest__in=code_digests(code))
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
    user = lock_user(found.user)
    set_password(user, password)
    end_sessions(user)
    found.used_at = at
    found.save(update_fields=["used_at"])
    chain.record(user, "user.password_set", actor=actor, at=at)
    user.save(update_fields=["password", "history_seq", "history_head"])
    return user


@operation
def change_password(*, actor: Actor, at: datetime, old: str, new: str, keep: str = "") -> User:
    """Change one's own password; all sessions end but the one with the key `keep`.

    Raises Invalid when the old one is wrong or the new one too easy.
    """
    user = own(actor)
    if not user.check_password(old):
        raise Invalid(_("This is not your present password."), field="old_password")
    set_password(user, new)
    end_sessions(user, keep=keep)
    chain.record(user, "user.password_set", actor=actor, at=at)
    user.save(update_fields=["password", "history_seq", "history_head"])
    return user


@operation
def update_account(*, actor: Actor, at: datetime, name: str, name_en: str, language: str) -> User:
    """Change one's own name and language; history keeps which of them, not what they say."""
    user = own(actor)
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
def change_contacts(*, actor: Actor, at: datetime, password: str, email: str, phone: str) -> User:
    """Change the e-mail address and work telephone with which one logs in; history keeps which, not what.

    Raises Invalid when the password is wrong, and for a number or address that does not fit or is another's.
    """
    user = own(actor)
    if not user.check_password(password):
        raise Invalid(_("This is not your present password."), field="password")
    return _set_contacts(user, email=email, phone=phone, actor=actor, at=at)


def _set_contacts(user: User, *, email: str, phone: str, actor: Actor, at: datetime) -> User:
    email, phone = email.strip(), phone.strip()
    require_free(user, email=email, phone=phone)
    changed = [field for field, said in (("email", email), ("phone", phone)) if getattr(user, field) != said]
    if changed:
        user.email, user.phone, user.phone_digest = email, phone, phone_digest(phone)
        chain.record(user, "user.corrected", actor=actor, at=at, fields=changed)
        try:
            user.save(update_fields=["email", "phone", "phone_digest", "history_seq", "history_head"])
        except IntegrityError as error:
            raise Invalid(_("Another account logs in with this address.")) from error
    return user


@operation
def appoint(user: User, *, actor: Actor, at: datetime, role: str, scope: Scope) -> Appointment:
    """Give an existing user one more post, from today.

    Raises NotAllowed when the actor can't give this post, WrongState when the user holds it or was shut out.
    """
    user = lock_user(user)
    require_may_appoint(actor, role, scope)
    if not user.is_active:
        raise WrongState(_("This account is closed."))
    if held_on(user.appointments.filter(scope=scope, role=role, to_on=None), local_day(at)).exists():
        raise WrongState(_("This person holds this post already."))
    post = give_post(user, role, scope, actor=actor, at=at)
    user.save(update_fields=["history_seq", "history_head"])
    notices.send([Say("staff.appointed", ACCOUNT_PAGE, user_id=user.pk)], at=at)
    return post


@operation
def end_appointment(
    appointment: Appointment, *, actor: Actor, at: datetime, last_on: date | None = None
) -> Appointment:
    """End a post; `last_on` is its last day (default: today). A last day that has not come can be set anew.

    Raises WrongState for the last administrator, one's own last post, a post that nobody else holds while
    something waits for it, open work in the person's own hands or a substitute (`hand_over` first), and one that ended;
    Invalid for a day that does not fit.
    """
    lock_posts_at([appointment.scope_id])
    user = lock_user(appointment.user)
    post = Appointment.objects.select_for_update(of=("self",)).select_related("scope").get(pk=appointment.pk)
    require_above(actor, post.role, post.scope)
    today = local_day(at)
    last = last_on or max(today, post.from_on)
    require_lasting(post, at)
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
    if standing_in(post, at).exists():
        raise WrongState(_("Somebody stands in for this post. End that first, or hand the post over for good."))
    if held := in_hand(post, at):
        raise WrongState(_("%(n)s things are in this person's hands. Hand them over to somebody first.") % {"n": held})
    end_post(user, post, last, actor=actor, at=at)
    user.save(update_fields=["history_seq", "history_head"])
    notices.send([Say("staff.ended", ACCOUNT_PAGE, user_id=user.pk, params={"last_on": str(last)})], at=at)
    return post


@operation
def deactivate_user(user: User, *, actor: Actor, at: datetime) -> User:
    """Shut an account out at once: posts end, sessions, codes and tokens are worth nothing any more.

    What it had in hand for somebody who is away passes back. Its addresses are erased, and free for the next one.

    Raises WrongState for oneself and for the last administrator.
    """
    lock_posts_at(user.appointments.filter(to_on=None).values_list("scope_id", flat=True))
    user = lock_user(user)
    _require_may_manage(actor, user, at)
    if actor.user_id == user.pk:
        raise WrongState(_("Nobody closes their own account; ask the level above."))
    if not user.is_active:
        raise WrongState(_("This account is closed already."))
    today = local_day(at)
    stop_all(user, actor=actor, at=at)
    for post in user.appointments.select_for_update(of=("self",)).filter(to_on=None).select_related("scope"):
        others = Appointment.objects.filter(role=Role.ADMIN, to_on=None, user__is_active=True)
        if post.role == Role.ADMIN and not others.exclude(user=user).exists():
            raise WrongState(_("This is the last administrator; appoint another one first."))
        end_post(user, post, max(today, post.from_on), actor=actor, at=at)
    user.is_active, user.email, user.phone, user.phone_digest = False, "", "", ""
    user.password = NO_PASSWORD + secrets.token_urlsafe(20)
    end_sessions(user)
    for reset in user.resets.filter(ended_at=None):
        end_reset(reset, at)
    user.invitations.filter(used_at=None, expires_at__gt=at).update(expires_at=at)
    user.tokens.filter(revoked_at=None).update(revoked_at=at)
    forget_choice(user)
    chain.record(user, "user.closed", actor=actor, at=at)
    gone = ["is_active", "email", "phone", "phone_digest", "password"]
    user.save(update_fields=[*gone, "history_seq", "history_head"])
    return user
