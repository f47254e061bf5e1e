"""Refusals as errors of the form that was sent; what was typed stays."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from lianxin.core.errors import AlreadySent, Refusal, Stale


class OnceForm(forms.Form):
    """A form that creates something: its hidden key makes sending twice do once."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.already = ""
        self.fields["key"].initial = new_key()


def new_key() -> str:
    """A key for a form that is about to be shown."""
    return str(uuid.uuid4())


def refuse(form: forms.Form, refusal: Refusal) -> None:
    """Put the refusal's words where they belong in a bound form.

    A stale edit shows both versions; a form that was sent before with other words gets a new key, so that
    sending it again files it as new.
    """
    field = refusal.field if refusal.field in form.fields else None
    form.add_error(field, str(refusal.words))
    if isinstance(refusal, Stale):
        for name, theirs in refusal.theirs.items():
            if name in form.fields and theirs != refusal.mine.get(name):
                form.add_error(
                    name,
                    _("It now says “%(theirs)s”; you wrote “%(mine)s”. Send again to keep yours.")
                    % {"theirs": theirs, "mine": refusal.mine.get(name)},
                )
    if isinstance(refusal, AlreadySent):
        form.already = refusal.number  # type: ignore[attr-defined]
        form.add_error(None, _("Send once more to send it as new."))
        form.data = {**dict(form.data.items()), "key": new_key()}
