"""Logging in."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from lianxin.accounts import throttle


class LoginForm(AuthenticationForm):
    """User name and password; says clearly when there were too many wrong tries."""

    error_messages = {
        "invalid_login": _("User name and password do not belong together. Please try again."),
        "inactive": _("User name and password do not belong together. Please try again."),
    }
    username = forms.CharField(
        label=_("User name"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username", "")
        if self.request is not None and throttle.locked(self.request, name):
            raise ValidationError(
                _("Too many wrong tries. Please wait 15 minutes, or ask your administrator for a new code."),
                code="locked",
            )
        return super().clean()


class Login(LoginView):
    """The log-in page of staff."""

    template_name = "accounts/login.html"
    authentication_form = LoginForm

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Count the wrong try; 422 keeps what was typed."""
        if not form.has_error("__all__", "locked"):
            throttle.note_wrong(self.request, form.data.get("username", ""))
        response = super().form_invalid(form)
        response.status_code = 422
        return response

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """In: the name's wrong tries are forgotten."""
        throttle.forget(self.request, form.cleaned_data["username"])
        return super().form_valid(form)
