"""Passkeys: questions to the browser and its answers, as JSON; the pages work without them."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from lianxin.accounts import passkeys
from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import Passkey
from lianxin.core.clock import now
from lianxin.core.errors import Refusal
from lianxin.staffing import factors
from lianxin.staffing.security_forms import PasskeyForm, ProveForm
from lianxin.staffing.views.security import me, prove, where_after_set_up

NAME = "staffing.passkey_name"
MOST = 100_000


def refused(words: Any, status: int = 422) -> JsonResponse:
    """Why not, for the page to show."""
    return JsonResponse({"words": str(words)}, status=status)


def answer_in(request: HttpRequest) -> dict[str, Any]:
    """The browser's answer. Raises WrongPasskey for what is no JSON object."""
    try:
        said = json.loads(request.body[:MOST])
    except (ValueError, RawPostDataException) as error:  # the second: it was sent as a form
        raise passkeys.WrongPasskey from error
    if not isinstance(said, dict):
        raise passkeys.WrongPasskey
    return said


@sensitive_post_parameters()
@posts(sets_up=True)
@never_cache
@require_POST
def passkey_ask(request: HttpRequest) -> HttpResponse:
    """Name and password were typed: what the browser needs to make a passkey."""
    if not passkeys.possible(request):
        return refused(_("Passkeys need an address with https."))
    form, user = PasskeyForm(request.POST), me(request)

    def ask() -> dict[str, Any]:
        factors.require_password(user, form.cleaned_data["password"])
        return passkeys.ask_to_make(request, user)

    options = prove(request, form, ask)
    if options is None:
        return refused(" ".join(str(words) for errors in form.errors.values() for words in errors))
    request.session[NAME] = form.cleaned_data["name"]
    return JsonResponse(options)


@posts(sets_up=True)
@never_cache
@require_POST
def passkey_add(request: HttpRequest) -> HttpResponse:
    """The browser made a passkey."""
    name = request.session.pop(NAME, "")
    try:
        made = passkeys.made(request, me(request), answer_in(request))
        keep = request.session.session_key or ""
        codes = factors.add_passkey(actor=actor_of(request), at=now(), name=name, made=made, keep=keep)
    except passkeys.WrongPasskey:
        return refused(_("That did not work. Please try again."))
    except Refusal as refusal:
        return refused(refusal.words)
    return JsonResponse({"next": where_after_set_up(request, codes, _("The passkey is set up."))})


@sensitive_post_parameters()
@posts()
@never_cache
def passkey_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one of one's own passkeys off."""
    passkey = get_object_or_404(Passkey, pk=pk, user=me(request))
    form, actor, at = ProveForm(request.POST or None), actor_of(request), now()
    keep = request.session.session_key or ""
    if form.is_bound and prove(
        request,
        form,
        lambda: factors.remove_passkey(passkey, actor=actor, at=at, password=form.cleaned_data["password"], keep=keep),
    ):
        messages.success(request, _("The passkey is removed."))
        return redirect("security")
    context = {"form": form, "passkey": passkey}
    return render(request, "staffing/passkey_remove.html", context, status=422 if form.is_bound else 200)
