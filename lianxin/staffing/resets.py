"""A lost password or second factor, without e-mail: a printed code that a second person makes valid (decision 0034)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Appointment, Authenticator, Reset, Role, Scope, ScopeKind, User
from lianxin.core.clock import local_day
from lianxin.core.crypto import code_digest, code_digests, new_code
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.core.operation import operation
from lianxin.core.values import VALUES, days, whole
from lianxin.desk import queue
from lianxin.desk.queue import Waiting
from lianxin.history import chain
from lianxin.notifications import notices
from lianxin.notifications.notices import Say
from lianxin.staffing.queries import held_on, may_manage
from lianxin.staffing.steps import RESET, SECURITY_PAGE, end_reset, end_sessions, lock_user, set_password

RESET_DAYS = "staffing.reset_days"
VALUES.add(
    RESET_DAYS,
    whole(
        gettext_lazy("A reset code has to be approved and used within"),
        group=gettext_lazy("People and posts"),
        default=3,
        low=1,
        high=14,
        unit=gettext_lazy("days"),
        applies=gettext_lazy("For codes printed from then on; those already printed keep their day."),
    ),
)
# Who looks after people at each tier; a second person is looked for from the first one's tier upwards.
TIERS: dict[str, tuple[str, ...]] = {
    ScopeKind.COMMUNITY: (Role.OFFICE,),
    ScopeKind.TOWN: (Role.TOWN,),
    ScopeKind.CITY: (Role.CITY, Role.ADMIN),
}


@dataclass(frozen=True)
class Printed:
    """A reset and its code for the slip."""

    reset: Reset
    code: str


def page_of(reset_id: int) -> str:
    """Where a second person says yes or no."""
    return f"/workspace/staff/resets/{reset_id}/"


def _first_tier(actor: Actor) -> Scope | None:
    held = [p for p in actor.posts if p.role in TIERS.get(p.kind, ())]
    widest = min(held, key=lambda p: len(p.path), default=None)
    return Scope.objects.get(pk=widest.scope_id) if widest else None


def second_persons(scope: Scope, without: Sequence[int], at: datetime) -> QuerySet[Appointment]:
    """The posts of those who may be a second person at exactly this place."""
    held = held_on(Appointment.objects.filter(scope=scope, role__in=TIERS.get(scope.kind, ())), local_day(at))
    return held.filter(user__is_active=True).exclude(user_id__in=without)


def waits_at(actor: Actor, user: User, at: datetime) -> Scope | None:
    """Where a second person is: another one of the actor's own place, else of the tiers above; None: nowhere."""
    scope = _first_tier(actor)
    while scope is not None:
        if second_persons(scope, [actor.user_id or 0, user.pk], at).exists():
            return scope
        scope = scope.parent
    return None


def may_decide(reset: Reset, actor: Actor) -> bool:
    """May the actor be the second person: with a post where it waits or above, and neither of the two it is about?"""
    if actor.user_id in (None, reset.created_by_id, reset.user_id):
        return False
    return any(p.role in TIERS.get(p.kind, ()) and reset.scope.path.startswith(p.path) for p in actor.posts)


def open_resets(user: User, at: datetime) -> QuerySet[Reset]:
    """The one reset of a user that waits or is approved, if it has not expired."""
    return user.resets.filter(ended_at=None, expires_at__gt=at).select_related("created_by", "approved_by", "scope")


def _note(user: User, code: str, *, actor: Actor, at: datetime, **params: bool) -> None:
    chain.record(user, code, actor=actor, at=at, **params)
    user.save(update_fields=["history_seq", "history_head"])


@operation
def ask_reset(user: User, *, actor: Actor, at: datetime, factors: bool) -> Printed:
    """Print a code for somebody who lost the password, or (`factors`) the second factor as well.

    It is worth nothing until a second person has approved it; an earlier one ends. Raises NotAllowed for somebody
    whom the actor does not look after and for oneself, WrongState for a closed account, one that never had a password
    (renew the invitation), and where there is no second person.
    """
    user = lock_user(user)
    if actor.user is None or not may_manage(actor, user, local_day(at)):
        raise NotAllowed(_("This person also holds posts that you do not look after; ask the level above."))
    if actor.user_id == user.pk:
        raise NotAllowed(_("Nobody prints a code for themselves."))
    if not user.is_active:
        raise WrongState(_("This account is closed."))
    if not user.has_usable_password():
        raise WrongState(_("This person has no password yet; print a new invitation."))
    scope = waits_at(actor, user, at)
    if scope is None:
        raise WrongState(_("There is nobody who could approve it. Appoint a second administrator first."))
    for old in user.resets.filter(ended_at=None):
        end_reset(old, at)
    code = new_code()
    reset = Reset.objects.create(
        user=user,
        digest=code_digest(code),
        factors=factors,
        scope=scope,
        created_at=at,
        created_by=actor.user,
        expires_at=at + days(RESET_DAYS, at),
    )
    roles = TIERS[scope.kind]
    queue.put(RESET, reset.pk, [Waiting(scope.pk, role, "approve_reset", reset.expires_at) for role in roles])
    _note(user, "reset.asked", actor=actor, at=at, factors=factors)
    says = [Say("reset.asked", page_of(reset.pk), scope_id=scope.pk, role=role) for role in roles]
    notices.send([*says, Say("reset.about_you", SECURITY_PAGE, user_id=user.pk, urgent=True)], at=at)
    return Printed(reset, code)


def _waiting(reset: Reset, actor: Actor, at: datetime) -> tuple[Reset, User]:
    user = lock_user(reset.user)
    reset = Reset.objects.select_for_update(of=("self",)).select_related("scope").get(pk=reset.pk)
    if not may_decide(reset, actor):
        raise NotAllowed(_("A second person has to decide: neither who printed the code nor whom it is for."))
    if reset.ended_at or reset.approved_at or reset.expires_at <= at:
        raise WrongState(_("This has been decided, or is no longer valid."))
    return reset, user


@operation
def approve_reset(reset: Reset, *, actor: Actor, at: datetime) -> Reset:
    """The second person's yes: from now on the printed code is good, once.

    Raises NotAllowed for the two it is about and for whoever is not of that place or above, WrongState when it was
    decided, has ended, or the account was closed.
    """
    reset, user = _waiting(reset, actor, at)
    if not user.is_active:
        raise WrongState(_("This account is closed."))
    reset.approved_at, reset.approved_by = at, actor.user
    reset.save(update_fields=["approved_at", "approved_by"])
    queue.replace(RESET, reset.pk, [])
    _note(user, "reset.approved", actor=actor, at=at)
    notices.send(
        [Say("reset.approved", f"/workspace/staff/people/{user.username}/", user_id=reset.created_by_id)], at=at
    )
    return reset


@operation
def refuse_reset(reset: Reset, *, actor: Actor, at: datetime) -> Reset:
    """The second person's no, or the first one's change of mind: the code is worth nothing.

    Raises NotAllowed for anybody else, WrongState when it has ended.
    """
    user = lock_user(reset.user)
    reset = Reset.objects.select_for_update(of=("self",)).select_related("scope").get(pk=reset.pk)
    if not may_decide(reset, actor) and actor.user_id != reset.created_by_id:
        raise NotAllowed(_("A second person has to decide: neither who printed the code nor whom it is for."))
    if reset.ended_at:
        raise WrongState(_("This has been decided, or is no longer valid."))
    end_reset(reset, at)
    _note(user, "reset.refused", actor=actor, at=at)
    if actor.user_id != reset.created_by_id:
        page = f"/workspace/staff/people/{user.username}/"
        notices.send([Say("reset.refused", page, user_id=reset.created_by_id)], at=at)
    return reset


@operation
def use_reset(*, actor: Actor, at: datetime, code: str, password: str) -> User:
    """Set a new password with an approved code; all sessions and API tokens end, and the second
    factor goes where that was asked.

    Raises Invalid for a code that is unknown, used, expired or not yet approved, and for a password that is too easy.
    """
    found = Reset.objects.select_related("user").filter(digest__in=code_digests(code)).first()
    if found is None:
        raise Invalid(_("We do not know this code. Please look at the slip once more."), field="code")
    user = lock_user(found.user)
    reset = Reset.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if reset.ended_at or reset.expires_at <= at or not user.is_active:
        raise Invalid(_("This code is no longer valid. Ask the office that printed it for a new one."), field="code")
    if reset.approved_at is None:
        raise Invalid(_("A second person has not yet approved this code. Please try again later."), field="code")
    set_password(user, password)
    if reset.factors:
        drop_factors(user)
    end_sessions(user)
    # Whoever had got in may have made programs' tokens, too.
    tokens = user.tokens.filter(revoked_at=None).update(revoked_at=at)
    end_reset(reset, at)
    chain.record(user, "reset.used", actor=actor, at=at, factors=reset.factors, tokens=tokens)
    user.save(update_fields=["password", "history_seq", "history_head"])
    return user


def is_reset(code: str) -> bool:
    """Is this typed code one of a reset? One query."""
    return Reset.objects.filter(digest__in=code_digests(code)).exists()


def drop_factors(user: User) -> None:
    """Take every second factor off a locked user."""
    Authenticator.objects.filter(user=user).delete()
    user.passkeys.all().delete()
    user.recovery_codes.all().delete()


@operation
def take_factors_off(user: User, *, actor: Actor, at: datetime) -> None:
    """The server's own command takes every second factor off; for the administrator who is the only one.

    Raises NotAllowed for everybody else: a person goes by `ask_reset`.
    """
    user = lock_user(user)
    if not actor.is_system:
        raise NotAllowed(_("A second person has to decide: neither who printed the code nor whom it is for."))
    drop_factors(user)
    end_sessions(user)
    _note(user, "factor.all_taken_off", actor=actor, at=at)


@operation
def end_expired_reset(reset: Reset, *, actor: Actor, at: datetime) -> bool:
    """The clock ends a reset whose time is over, and takes it off the desks; False when that was done."""
    reset = Reset.objects.select_for_update(of=("self",)).get(pk=reset.pk)
    if reset.ended_at or reset.expires_at > at:
        return False
    end_reset(reset, at)
    return True
