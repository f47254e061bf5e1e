"""Setting a first password, and one's own account."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from lianxin.accounts.actors import PUBLIC
from lianxin.accounts.entering import after_password
from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import ApiToken, User
from lianxin.channels.forms import ChoiceForm
from lianxin.channels.operations import choose_channels
from lianxin.channels.queries import choice_of, personal_kinds
from lianxin.core.clock import local_day, now
from lianxin.core.crypto import decrypt, encrypt
from lianxin.core.errors import Refusal
from lianxin.core.refusals import refuse
from lianxin.core.throttle import Throttle
from lianxin.core.waiting import please_wait
from lianxin.staffing import operations, resets, tokens
from lianxin.staffing.forms import AcceptForm, AccountForm, PasswordForm, TokenForm
from lianxin.staffing.views.security import prove, show

TOKEN = "staffing.token"
TRIES = Throttle("invited", limit=10, window=timedelta(minutes=15))


@sensitive_post_parameters()
def invited(request: HttpRequest) -> HttpResponse:
    """Set a password with the one-time code on the slip; then one is in, or at the second step."""
    form = AcceptForm(request.POST or None)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and (wait := TRIES.wait(request, now())):
        return please_wait(request, wait, _("Too many tries from here. Please wait a quarter of an hour."))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        use = resets.use_reset if resets.is_reset(data["code"]) else operations.accept_invitation
        try:
            user = use(actor=PUBLIC, at=now(), code=data["code"], password=data["new_password1"])
        except Refusal as refusal:
            TRIES.count(request, now())
            refuse(form, refusal)
        else:
            messages.success(request, _("Your password is set. Welcome!"))
            return after_password(request, user, resolve_url("desk"))
    return render(request, "staffing/invited.html", {"form": form}, status=status)


def _in_language(response: HttpResponse, user: User) -> HttpResponse:
    """Remember the person's language in this browser."""
    if user.language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, user.language, max_age=settings.LANGUAGE_COOKIE_AGE, samesite="Lax"
        )
    return response


@posts()
def account(request: HttpRequest) -> HttpResponse:
    """Name, language, posts and API tokens of the reader."""
    return _show(request)


def _show(request: HttpRequest, status: int = 200, **forms: Form) -> HttpResponse:
    user = actor_of(request).user
    assert user is not None  # posts() lets nobody else in
    names = {"name": user.name, "name_en": user.name_en, "language": user.language}
    if "notices" not in forms:
        forms["notices"] = ChoiceForm(user=user, choice=choice_of(user), kinds=personal_kinds())
    raw = decrypt(request.session.pop(TOKEN, ""))
    context = {
        "names": forms.get("names") or AccountForm(initial=names),
        "notices": forms["notices"],
        "new_token": forms.get("new_token") or TokenForm(auto_id="token_%s"),
        "held": user.appointments.select_related("scope").order_by("-from_on", "-pk"),
        "tokens": user.tokens.order_by("-created_at")[:20],
        "raw_token": raw,
        "today": local_day(now()),
        "now": now(),
    }
    response = render(request, "staffing/account.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


@posts()
@require_POST
def account_names(request: HttpRequest) -> HttpResponse:
    """Change one's name and language."""
    form = AccountForm(request.POST)
    if form.is_valid():
        try:
            user = operations.update_account(actor=actor_of(request), at=now(), **form.cleaned_data)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return _in_language(redirect("account"), user)
    return _show(request, status=422, names=form)


@posts()
@require_POST
def account_notices(request: HttpRequest) -> HttpResponse:
    """Choose by which ways one is told outside, where to, and what."""
    user = actor_of(request).user
    assert user is not None  # posts() lets nobody else in
    form = ChoiceForm(request.POST, user=user, choice=choice_of(user), kinds=personal_kinds())
    if form.is_valid():
        try:
            choose_channels(actor=actor_of(request), at=now(), **form.wanted())
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("account")
    return _show(request, status=422, notices=form)


@sensitive_post_parameters()
@posts()
@require_POST
def account_password(request: HttpRequest) -> HttpResponse:
    """Change one's password; other sessions end, this one stays."""
    form, actor, at = PasswordForm(request.POST), actor_of(request), now()

    def change() -> User:
        data, keep = form.cleaned_data, request.session.session_key or ""
        return operations.change_password(
            actor=actor, at=at, old=data["old_password"], new=data["new_password1"], keep=keep
        )

    if user := prove(request, form, change):
        update_session_auth_hash(request, user)
        messages.success(request, _("Your new password is set; other devices were logged out."))
        return redirect("security")
    return show(request, 422, password=form)


@posts()
@require_POST
def token_create(request: HttpRequest) -> HttpResponse:
    """A new API token; its secret is shown once."""
    form = TokenForm(request.POST, auto_id="token_%s")
    if form.is_valid():
        try:
            made = tokens.create_token(actor=actor_of(request), at=now(), **form.cleaned_data)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            request.session[TOKEN] = encrypt(made.raw)
            return redirect("account")
    return _show(request, status=422, new_token=form)


@posts()
@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Make one of one's own tokens worthless."""
    token = get_object_or_404(ApiToken, pk=pk, user=actor_of(request).user)
    tokens.revoke_token(token, actor=actor_of(request), at=now())
    messages.success(request, _("The token is revoked."))
    return redirect("account")
