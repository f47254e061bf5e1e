"""One's own security: names to log in with, password, second factors, sessions."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from lianxin.accounts import passkeys, sessions
from lianxin.accounts.factors import app_address, new_secret
from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.limits import SECOND_FACTOR
from lianxin.accounts.models import Authenticator, Session, User
from lianxin.accounts.throttle import OWN_PASSWORD
from lianxin.accounts.views import wait_words
from lianxin.channels.queries import lacks_number
from lianxin.core.clock import now
from lianxin.core.crypto import decrypt, encrypt
from lianxin.core.errors import Refusal
from lianxin.core.qr import qr_uri
from lianxin.core.refusals import refuse
from lianxin.core.values import value
from lianxin.staffing import factors, operations
from lianxin.staffing.forms import PasswordForm
from lianxin.staffing.security_forms import AppForm, ContactsForm, PasskeyForm, ProveForm, TakeOffForm

SECRET = "staffing.app_secret"
CODES = "staffing.recovery_codes"


def me(request: HttpRequest) -> User:
    """Whoever is logged in."""
    user = actor_of(request).user
    assert user is not None  # posts() lets nobody else in
    return user


def prove(request: HttpRequest, form: Form, run: Callable[[], Any]) -> Any:
    """Run what asks for one's own password; None when it was refused, with the reason in the form.

    Ten wrong tries in a quarter of an hour are all that an unwatched screen allows.
    """
    if not form.is_valid():
        return None
    counter = OWN_PASSWORD.of(str(me(request).pk))
    if not counter.take(now()):
        form.add_error(None, wait_words(counter.wait(now())))
        return None
    try:
        done = run()
    except Refusal as refusal:
        refuse(form, refusal)
        return None
    counter.give_back()
    return done if done is not None else True


@posts()
@never_cache
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """How one logs in, with what, and where one is logged in."""
    return show(request)


def show(request: HttpRequest, status: int = 200, **sent: Form) -> HttpResponse:
    """The page, with a form that was refused in its place."""
    user, key = me(request), request.session.session_key
    mine = Session.objects.filter(user=user, expire_date__gt=now()).order_by("-began_at")[:20]
    context = {
        "contacts": sent.get("contacts") or ContactsForm(initial={"email": user.email, "phone": user.phone}),
        "password": sent.get("password") or PasswordForm(),
        "prove": sent.get("prove") or ProveForm(auto_id="codes_%s"),
        "app": Authenticator.objects.filter(user=user).first(),
        "passkeys": user.passkeys.order_by("created_at"),
        "codes_left": user.recovery_codes.count(),
        "required": value(SECOND_FACTOR),
        "sessions": [{"row": s, "number": sessions.number_of(s.pk), "this": s.pk == key} for s in mine],
    }
    return render(request, "staffing/security.html", context, status=status)


@sensitive_post_parameters()
@posts()
@require_POST
def account_contacts(request: HttpRequest) -> HttpResponse:
    """Change e-mail address and work telephone."""
    form = ContactsForm(request.POST)
    at, actor = now(), actor_of(request)
    if user := prove(request, form, lambda: operations.change_contacts(actor=actor, at=at, **form.cleaned_data)):
        messages.success(request, _("Saved."))
        if lacks_number(user):
            messages.warning(request, _("Text messages don't reach you any more: there is no number for them."))
        return redirect("security")
    return show(request, 422, contacts=form)


@posts(sets_up=True)
@never_cache
@require_safe
def set_up_factor(request: HttpRequest) -> HttpResponse:
    """Choose a second factor; whoever has to set one up comes here from every page."""
    return show_set_up(request)


def show_set_up(request: HttpRequest, status: int = 200, form: Form | None = None) -> HttpResponse:
    """The page on which a second factor is chosen."""
    user = me(request)
    context = {
        "must": actor_of(request).awaits_factor,
        "app": Authenticator.objects.filter(user=user).exists(),
        "prove": form or ProveForm(auto_id="app_%s"),
        "passkey": PasskeyForm(auto_id="passkey_%s"),
        "passkeys_possible": passkeys.possible(request),
    }
    return render(request, "staffing/set_up_factor.html", context, status=status)


@sensitive_post_parameters()
@posts(sets_up=True)
@require_POST
def app_begin(request: HttpRequest) -> HttpResponse:
    """The password was typed: a new secret for the app, kept in the session until its first code fits."""
    form, user = ProveForm(request.POST, auto_id="app_%s"), me(request)

    def check() -> bool:
        factors.require_password(user, form.cleaned_data["password"])
        return True

    if not prove(request, form, check):
        return show_set_up(request, 422, form)
    request.session[SECRET] = encrypt(new_secret())
    return redirect("app_set_up")


@sensitive_post_parameters()
@posts(sets_up=True)
@never_cache
def app_set_up(request: HttpRequest) -> HttpResponse:
    """The QR code for the app, and the field for its first code."""
    secret, form = decrypt(request.session.get(SECRET, "")), AppForm(request.POST or None)
    if not secret:
        return redirect("set_up_factor")
    if form.is_bound and form.is_valid():
        said = {"secret": secret, "code": form.cleaned_data["code"], "keep": request.session.session_key or ""}
        try:
            codes = factors.set_up_app(actor=actor_of(request), at=now(), **said)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            del request.session[SECRET]
            return after_set_up(request, codes, _("The app is set up."))
    context = {
        "form": form,
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "qr": qr_uri(app_address(secret, me(request), "Lianxin")),
    }
    return render(request, "staffing/app_set_up.html", context, status=422 if form.is_bound else 200)


def after_set_up(request: HttpRequest, codes: list[str], words: str) -> HttpResponse:
    """There is a second factor now: every page opens, and the recovery codes are shown once."""
    return redirect(where_after_set_up(request, codes, words))


def where_after_set_up(request: HttpRequest, codes: list[str], words: str) -> str:
    """The page that follows; other sessions have ended."""
    request.session.pop(sessions.SET_UP, None)
    messages.success(request, words)
    if not codes:
        return reverse("security")
    request.session[CODES] = encrypt(" ".join(codes))
    return reverse("recovery_codes")


@posts()
@never_cache
@require_safe
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Ten codes to print, shown once and kept nowhere."""
    codes = decrypt(request.session.pop(CODES, "")).split()
    return render(request, "staffing/recovery_codes.html", {"codes": codes, "person": me(request)})


@sensitive_post_parameters()
@posts()
@require_POST
def recovery_renew(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes."""
    form, actor, at = ProveForm(request.POST, auto_id="codes_%s"), actor_of(request), now()

    def renew() -> list[str]:
        return factors.renew_recovery_codes(actor=actor, at=at, password=form.cleaned_data["password"])

    if codes := prove(request, form, renew):
        request.session[CODES] = encrypt(" ".join(codes))
        return redirect("recovery_codes")
    return show(request, 422, prove=form)


@sensitive_post_parameters()
@posts()
@never_cache
def app_take_off(request: HttpRequest) -> HttpResponse:
    """Take the app off: password and a code."""
    form, actor, at = TakeOffForm(request.POST or None), actor_of(request), now()
    keep = request.session.session_key or ""
    if form.is_bound and prove(
        request, form, lambda: factors.take_off_app(actor=actor, at=at, keep=keep, **form.cleaned_data)
    ):
        messages.success(request, _("The app is taken off."))
        return redirect("security")
    return render(request, "staffing/app_take_off.html", {"form": form}, status=422 if form.is_bound else 200)


@posts()
@require_POST
def session_end(request: HttpRequest, number: str) -> HttpResponse:
    """End one of one's own sessions elsewhere."""
    keys = [s.pk for s in Session.objects.filter(user=me(request)) if sessions.number_of(s.pk) == number]
    return _ended(request, [key for key in keys if key != request.session.session_key])


@posts()
@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    """End all of one's own sessions but this one."""
    others = Session.objects.filter(user=me(request)).exclude(pk=request.session.session_key)
    return _ended(request, [s.pk for s in others])


def _ended(request: HttpRequest, keys: list[str]) -> HttpResponse:
    ended = factors.end_own_sessions(actor=actor_of(request), at=now(), keys=keys)
    words = ngettext("%(n)s session was ended.", "%(n)s sessions were ended.", ended)
    messages.success(request, words % {"n": ended})
    return redirect("security")
