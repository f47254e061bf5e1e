"""Forms of categories."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lianxin.core.refusals import new_key
from lianxin.needs.kinds import KINDS
from lianxin.needs.states import Urgency


def kind_choices() -> list[tuple[str, Any]]:
    """The kinds of need, for a select."""
    return [(kind.code, kind.staff_label) for kind in KINDS]


class CategoryFields(forms.Form):
    """What can be changed about a category."""

    name = forms.CharField(label=_("Name"), max_length=60)
    name_en = forms.CharField(label=_("Name in English"), max_length=80, required=False)
    urgency = forms.ChoiceField(label=_("Usual urgency"), choices=Urgency.choices, initial=Urgency.NORMAL)
    around_the_clock = forms.BooleanField(label=_("Answered around the clock, by whoever is on duty"), required=False)


class CorrectCategory(CategoryFields):
    """A category as it was read, with the version it was read at."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class AddCategory(CategoryFields):
    """A new category."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=new_key)
    kind = forms.ChoiceField(label=_("Kind"), choices=kind_choices)
    code = forms.SlugField(
        label=_("Code"), max_length=40, help_text=_("Small letters, digits and hyphens; it never changes.")
    )
    field_order = ("key", "kind", "code", "name")


class CategoryFilter(forms.Form):
    """What the list of categories can be narrowed to."""

    q = forms.CharField(label=_("Name or code"), required=False, max_length=60)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    active = forms.ChoiceField(
        label=_("Offered"),
        required=False,
        choices=[("", _("All")), ("on", _("Offered")), ("off", _("Switched off"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("All kinds")), *kind_choices()]  # type: ignore[attr-defined]
