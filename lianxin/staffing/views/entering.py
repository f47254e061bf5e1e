"""The second step of logging in, and logging in with a passkey."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from lianxin.accounts import passkeys, throttle
from lianxin.accounts.actors import PUBLIC
from lianxin.accounts.entering import let_in, pending
from lianxin.accounts.models import User
from lianxin.accounts.views import wait_words
from lianxin.core.clock import now
from lianxin.core.errors import Refusal
from lianxin.core.refusals import refuse
from lianxin.core.throttle import Throttle
from lianxin.core.waiting import please_wait
from lianxin.staffing import factors
from lianxin.staffing.security_forms import SecondForm
from lianxin.staffing.views.passkeys import answer_in, refused

# A passkey can't be guessed; this only keeps the server from being asked all day.
QUESTIONS = Throttle("passkey", limit=100, window=throttle.WINDOW)


@sensitive_post_parameters()
@never_cache
def second_step(request: HttpRequest) -> HttpResponse:
    """After the password: a code of the app, a recovery code or a passkey."""
    found = pending(request)
    if found is None:
        return redirect("login")
    user, then = found
    form = SecondForm(request.POST or None)
    if form.is_bound and form.is_valid():
        counters = throttle.for_second_step(request, user)
        if wait := throttle.begin(counters, now()):
            return please_wait(request, wait, wait_words(wait))
        if _fits(user, form):
            throttle.was_right(counters)
            return let_in(request, user, HttpResponseRedirect(then))
    context = {"form": form, "passkeys": passkeys.possible(request) and user.passkeys.exists()}
    return render(request, "staffing/second_step.html", context, status=422 if form.is_bound else 200)


def _fits(user: User, form: SecondForm) -> bool:
    try:
        factors.use_code(user, actor=PUBLIC, at=now(), code=form.cleaned_data["code"])
    except Refusal as refusal:
        refuse(form, refusal)
        return False
    return True


@never_cache
@require_POST
def passkey_question(request: HttpRequest) -> HttpResponse:
    """What the browser needs to show a passkey: of whoever typed a password, or of anybody."""
    if QUESTIONS.is_spent(request, now()):
        return refused(_("Too many tries from here. Please wait a few minutes."), 429)
    if not passkeys.possible(request):
        return refused(_("Passkeys need an address with https."))
    QUESTIONS.count(request, now())
    found = pending(request) if request.POST.get("second") else None
    return JsonResponse(passkeys.ask_to_show(request, found[0] if found else None))


@never_cache
@require_POST
def passkey_enter(request: HttpRequest) -> HttpResponse:
    """The browser showed a passkey: in, or a word why not."""
    found = pending(request) if request.GET.get("second") else None
    try:
        shown = passkeys.shown(request, found[0] if found else None, answer_in(request))
        user = factors.use_passkey(shown, actor=PUBLIC, at=now())
    except passkeys.WrongPasskey:
        return refused(_("This passkey is not known here. Please log in another way."))
    except Refusal as refusal:
        return refused(refusal.words)
    then = found[1] if found else request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(then, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        then = resolve_url("desk")
    return let_in(request, user, JsonResponse({"next": then}))
