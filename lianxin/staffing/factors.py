"""One's own second factors: setting them up, taking them off, using them. History keeps what, never a secret."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from lianxin.accounts import factors, passkeys
from lianxin.accounts.actors import Actor
from lianxin.accounts.limits import SECOND_FACTOR
from lianxin.accounts.models import Authenticator, Passkey, RecoveryCode, User
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.core.operation import operation
from lianxin.core.values import value
from lianxin.history import chain
from lianxin.staffing.steps import end_sessions, own

MAX_PASSKEYS = 10


def _note(user: User, code: str, *, actor: Actor, at: datetime, **params: str | int) -> None:
    chain.record(user, code, actor=actor, at=at, **params)
    user.save(update_fields=["history_seq", "history_head"])


def require_password(user: User, password: str) -> None:
    """Raise Invalid when this is not the user's password."""
    if not user.check_password(password):
        raise Invalid(_("This is not your present password."), field="password")


def _first_codes(user: User) -> list[str]:
    """Recovery codes for whoever gets a first factor; none for whoever has some."""
    return [] if user.recovery_codes.exists() else _codes_anew(user)


def _codes_anew(user: User) -> list[str]:
    codes = [factors.new_recovery_code() for _n in range(factors.RECOVERY_CODES)]
    user.recovery_codes.all().delete()
    RecoveryCode.objects.bulk_create(
        [RecoveryCode(user=user, digest=factors.recovery_digest(user, code)) for code in codes]
    )
    return codes


@operation
def set_up_app(*, actor: Actor, at: datetime, secret: str, code: str, keep: str = "") -> list[str]:
    """Bind an app to one's account once it shows the right code; gives recovery codes where it is the first factor.

    `keep`: the key of the session that goes on; all others end. Raises WrongState when there is an app already,
    Invalid for a wrong code.
    """
    user = own(actor)
    if Authenticator.objects.filter(user=user).exists():
        raise WrongState(_("There is an app already; take it off first."))
    step = factors.step_of(secret, code, at)
    if not secret or step is None:
        raise Invalid(_("This is not the code that the app shows now. Is the phone's clock right?"), field="code")
    Authenticator.objects.create(user=user, secret=secret, last_step=step, created_at=at)
    codes = _first_codes(user)
    end_sessions(user, keep=keep)
    _note(user, "factor.app_set_up", actor=actor, at=at)
    return codes


@operation
def take_off_app(*, actor: Actor, at: datetime, password: str, code: str, keep: str = "") -> None:
    """Take the app off one's account: needs the password and a code of the app, or a recovery code.

    Raises Invalid when either is wrong, WrongState when the city requires a second factor and there is no other.
    """
    user = own(actor)
    require_password(user, password)
    app = Authenticator.objects.filter(user=user).first()
    if app is None:
        raise WrongState(_("There is no app to take off."))
    _require_another(user, apps=0)
    if not _use_code(user, code, at):
        raise Invalid(_("This code is not right, or was used already."), field="code")
    app.delete()
    _forget_codes_without_factor(user)
    end_sessions(user, keep=keep)
    _note(user, "factor.app_taken_off", actor=actor, at=at)


def _require_another(user: User, *, apps: int | None = None, without: int = 0) -> None:
    """Raise WrongState when the city requires a second factor and this is the last."""
    apps = Authenticator.objects.filter(user=user).count() if apps is None else apps
    if value(SECOND_FACTOR) and not apps and not user.passkeys.exclude(pk=without).exists():
        raise WrongState(_("The city requires a second factor. Set another one up first."))


def _forget_codes_without_factor(user: User) -> None:
    if not factors.has_second_factor(user):
        user.recovery_codes.all().delete()


@operation
def renew_recovery_codes(*, actor: Actor, at: datetime, password: str) -> list[str]:
    """Ten new recovery codes; the ones before are worth nothing. Raises Invalid when the password is wrong."""
    user = own(actor)
    require_password(user, password)
    if not factors.has_second_factor(user):
        raise WrongState(_("Set up a second factor first."))
    codes = _codes_anew(user)
    _note(user, "factor.codes_renewed", actor=actor, at=at)
    return codes


def _use_code(user: User, code: str, at: datetime) -> bool:
    """Use up a code of the app or a recovery code of a locked user; False when it is wrong or was used."""
    app = Authenticator.objects.select_for_update().filter(user=user).first()
    if app is not None and (step := factors.step_of(app.secret, code, at, after=app.last_step)) is not None:
        app.last_step = step
        app.save(update_fields=["last_step"])
        return True
    return bool(RecoveryCode.objects.filter(user=user, digest__in=factors.recovery_digests(user, code)).delete()[0])


@operation
def use_code(user: User, *, actor: Actor, at: datetime, code: str) -> None:
    """The second step of logging in, with a code of the app or a recovery code; either works once.

    Raises Invalid. Logging in is no change of anything and leaves no entry; a recovery code that is used up does.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    left = user.recovery_codes.count()
    if not _use_code(user, code, at):
        raise Invalid(_("This code is not right, or was used already."), field="code")
    if user.recovery_codes.count() < left:
        _note(user, "factor.recovery_code_used", actor=actor, at=at, left=left - 1)


@operation
def add_passkey(*, actor: Actor, at: datetime, name: str, made: passkeys.Made, keep: str = "") -> list[str]:
    """Bind a passkey to one's account; gives recovery codes where it is the first factor.

    Raises Invalid without a name, WrongState for one too many and for a passkey that is bound already.
    """
    user = own(actor)
    if not name.strip():
        raise Invalid(_("Give the passkey a name, for example: my phone."), field="name")
    if user.passkeys.count() >= MAX_PASSKEYS:
        raise WrongState(_("You have ten passkeys; remove one first."))
    if Passkey.objects.filter(digest=made.digest).exists():
        raise WrongState(_("This passkey is bound to an account already."))
    Passkey.objects.create(
        user=user,
        name=name.strip()[:60],
        digest=made.digest,
        credential=made.credential,
        counter=made.counter,
        created_at=at,
    )
    codes = _first_codes(user)
    end_sessions(user, keep=keep)
    _note(user, "factor.passkey_added", actor=actor, at=at, passkey=made.digest[:12])
    return codes


@operation
def remove_passkey(passkey: Passkey, *, actor: Actor, at: datetime, password: str, keep: str = "") -> None:
    """Take a passkey off one's account.

    Raises Invalid when the password is wrong, WrongState when the city requires a second factor and there is no other.
    """
    user = own(actor)
    passkey = Passkey.objects.select_for_update().get(pk=passkey.pk)
    if passkey.user_id != user.pk:
        raise NotAllowed(_("Only the holder can remove a passkey."))
    require_password(user, password)
    _require_another(user, without=passkey.pk)
    passkey.delete()
    _forget_codes_without_factor(user)
    end_sessions(user, keep=keep)
    _note(user, "factor.passkey_removed", actor=actor, at=at, passkey=passkey.digest[:12])


@operation
def use_passkey(shown: passkeys.Shown, *, actor: Actor, at: datetime) -> User:
    """A passkey that answered rightly is used to log in.

    Raises Invalid when its counter did not grow: somebody may have copied it (WebAuthn §7.2, step 22).
    """
    passkey = Passkey.objects.select_for_update(of=("self",)).select_related("user").get(pk=shown.passkey.pk)
    if (shown.counter or passkey.counter) and shown.counter <= passkey.counter:
        raise Invalid(_("This passkey seems to have been copied. Please log in another way and remove it."))
    passkey.counter, passkey.used_at = shown.counter, at
    passkey.save(update_fields=["counter", "used_at"])
    return passkey.user


@operation
def end_own_sessions(*, actor: Actor, at: datetime, keys: Sequence[str]) -> int:
    """End some of one's own sessions; how many."""
    user = own(actor)
    ended = user.sessions.filter(pk__in=keys).delete()[0]
    if ended:
        _note(user, "user.sessions_ended", actor=actor, at=at, n=ended)
    return ended
