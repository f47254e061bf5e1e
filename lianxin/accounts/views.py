"""Logging in."""

from typing import Any
from urllib.parse import quote

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lianxin.accounts import passkeys, throttle
from lianxin.accounts.entering import after_password
from lianxin.core.clock import now
from lianxin.core.waiting import in_minutes, please_wait


def wait_words(seconds: int) -> str:
    """How long to wait after too many wrong tries."""
    n = in_minutes(seconds)
    return ngettext(
        "Too many wrong tries. Please wait %(n)s minute.", "Too many wrong tries. Please wait %(n)s minutes.", n
    ) % {"n": n}


class LoginForm(AuthenticationForm):
    """Name and password; never tells whether a name exists."""

    error_messages = {
        "invalid_login": _("Name and password do not belong together. Please try again."),
        "inactive": _("Name and password do not belong together. Please try again."),
    }
    username = forms.CharField(
        label=_("User name, telephone or e-mail"),
        max_length=254,
        widget=forms.TextInput(
            attrs={"autocomplete": "username webauthn", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=1_000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class Login(LoginView):
    """The log-in page of staff."""

    template_name = "accounts/login.html"
    authentication_form = LoginForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Passkeys are offered where browsers know them."""
        context = super().get_context_data(**kwargs)
        # The frame of every page calls the reader's view (standard, large) by the name that Django gives this class.
        context.pop("view", None)
        return context | {
            "passkeys": passkeys.possible(self.request),
            "next_quoted": quote(self.get_redirect_url()),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take a turn first: what is over the limit is refused before a form is read or a password hashed."""
        self.counters = throttle.for_password(request, request.POST.get("username", "")[:254])
        if wait := throttle.begin(self.counters, now()):
            more = _(
                "On a device where you logged in before you get in meanwhile. Password forgotten? Your office or "
                "administrator prints a code for you."
            )
            return please_wait(request, wait, wait_words(wait), more)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """422 keeps what was typed."""
        response = super().form_invalid(form)
        response.status_code = 422
        return response

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """In, or on to the second step."""
        throttle.was_right(self.counters)
        return after_password(self.request, form.get_user(), self.get_success_url())
