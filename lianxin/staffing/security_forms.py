"""Forms of one's own security and of the way in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

_CODE = {"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}


def _password() -> forms.CharField:
    return forms.CharField(
        label=_("Present password"),
        strip=False,
        max_length=1_000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ProveForm(forms.Form):
    """One's own password, before something that matters."""

    password = _password()


class ContactsForm(forms.Form):
    """E-mail address and work telephone to log in with."""

    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    phone = forms.CharField(
        label=_("Work telephone"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    password = _password()


class AppForm(forms.Form):
    """The code that an app shows, to bind it."""

    code = forms.CharField(
        label=_("The six digits that the app shows now"),
        max_length=12,
        widget=forms.TextInput(attrs={**_CODE, "inputmode": "numeric"}),
    )


class TakeOffForm(forms.Form):
    """Password and a code, to take the app off."""

    password = _password()
    code = forms.CharField(
        label=_("A code of the app, or a recovery code"), max_length=40, widget=forms.TextInput(attrs=_CODE)
    )


class SecondForm(forms.Form):
    """The second step of logging in."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("The six digits that your app shows now, or one of your recovery codes."),
        widget=forms.TextInput(attrs={**_CODE, "autofocus": True}),
    )


class PasskeyForm(forms.Form):
    """A name and the password, before a passkey is made."""

    name = forms.CharField(
        label=_("Name of the passkey"),
        max_length=60,
        help_text=_("For example: my phone."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    password = _password()


class ResetForm(forms.Form):
    """What somebody lost."""

    factors = forms.BooleanField(
        label=_("The second factor is lost, too: take the app and all passkeys off"), required=False
    )

    def said(self) -> dict[str, Any]:
        """What `ask_reset` needs."""
        return {"factors": self.is_valid() and self.cleaned_data["factors"]}
