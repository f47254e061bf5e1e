"""The last step of every way in: the session, the device, and what the city requires."""

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect

from lianxin.accounts import sessions
from lianxin.accounts.devices import family, remember_device
from lianxin.accounts.factors import has_second_factor
from lianxin.accounts.limits import SECOND_FACTOR
from lianxin.accounts.models import User
from lianxin.core.clock import now
from lianxin.core.crypto import keyed_digest
from lianxin.core.values import value

PENDING = "pending"
PENDING_SECONDS = 10 * 60


def let_in(request: HttpRequest, user: User, response: HttpResponse) -> HttpResponse:
    """Log `user` in with all that goes with it; gives `response` back."""
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    session = request.session
    for old in (sessions.BEGAN, sessions.SET_UP, PENDING):
        session.pop(old, None)
    session[sessions.BROWSER] = family(request.headers.get("User-Agent", ""))
    if value(SECOND_FACTOR) and not has_second_factor(user):
        session[sessions.SET_UP] = True
    remember_device(request, response, user.pk)
    if user.language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, user.language, max_age=settings.LANGUAGE_COOKIE_AGE, samesite="Lax"
        )
    return response


def after_password(request: HttpRequest, user: User, then: str) -> HttpResponse:
    """In, or on to the second step, for somebody whose password was right; `then`: the page after that."""
    if not has_second_factor(user):
        return let_in(request, user, HttpResponseRedirect(then))
    request.session.cycle_key()
    request.session[PENDING] = {
        "user": user.pk,
        "at": int(now().timestamp()),
        "then": then,
        "password": keyed_digest("pending", user.password),
    }
    return redirect("second_step")


def pending(request: HttpRequest) -> tuple[User, str] | None:
    """Whose password was right in this browser less than ten minutes ago, and the page after the second step."""
    kept = request.session.get(PENDING)
    if not kept or now().timestamp() - kept["at"] > PENDING_SECONDS:
        return None
    user = User.objects.filter(pk=kept["user"], is_active=True).first()
    if user is None or kept["password"] != keyed_digest("pending", user.password):
        return None
    return user, kept["then"]
