"""Forms of places."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lianxin.core.refusals import new_key
from lianxin.places.models import Compound, Grid, GridQuerySet, Place, Town
from lianxin.places.operations import FIELDS


class PlaceFilter(forms.Form):
    """What the list of communities can be narrowed to."""

    q = forms.CharField(label=_("Name or code"), required=False, max_length=60)
    town = forms.ChoiceField(label=_("Town"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        towns = [(t.code, t.label) for t in Town.objects.order_by("pk")]
        self.fields["town"].choices = [("", _("All towns")), *towns]  # type: ignore[attr-defined]


_HELP: dict[str, Any] = {
    "low_income_households": _("A number of the community, never a list."),
    "migrants": _("A number of the community, never a list."),
}
_PHONE = forms.TextInput(attrs={"inputmode": "tel"})


def place_fields(model: type[Place]) -> dict[str, forms.Field]:
    """Form fields for what can be changed about a place of this kind."""
    fields = forms.fields_for_model(model, fields=list(FIELDS[model]), help_texts=_HELP)
    if "phone" in fields:
        fields["phone"].widget = _PHONE
    for name in ("no_manager", "no_property_service", "no_security"):
        if name in fields:
            fields[name].required = False
    return {name: fields[name] for name in FIELDS[model]}


class CorrectForm(forms.Form):
    """A place's names, telephone and counts, with the version they were read at."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, model: type[Place], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(place_fields(model))


class AddForm(forms.Form):
    """A new place below another."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=new_key)
    parent: Any = forms.ModelChoiceField(queryset=None, label=_("Lies in"), empty_label=None, to_field_name="code")
    code = forms.SlugField(
        label=_("Code"), max_length=40, help_text=_("Small letters, digits and hyphens; it never changes.")
    )

    def __init__(self, *args: Any, model: type[Place], parents: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = parents  # type: ignore[attr-defined]
        self.fields.update(place_fields(model))
        if model not in (Grid, Compound):
            self.fields["parent"].label = _("Town")


class SplitForm(forms.Form):
    """Which addresses go into a new grid, and how it is called."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=new_key)
    begins = forms.CharField(
        label=_("Addresses that begin with"), required=False, max_length=80, help_text=_("Like a building: 3号楼")
    )
    labels = forms.CharField(
        label=_("And these, one a line"), required=False, max_length=50_000, widget=forms.Textarea(attrs={"rows": 4})
    )
    code = forms.SlugField(
        label=_("Code of the new grid"),
        max_length=40,
        help_text=_("Small letters, digits and hyphens; it never changes."),
    )
    name = forms.CharField(label=_("Name of the new grid"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), required=False, max_length=160)

    def clean_labels(self) -> list[str]:
        """The lines that say something."""
        return [line.strip() for line in self.cleaned_data["labels"].splitlines() if line.strip()]


class MergeForm(forms.Form):
    """Into which grid of the same community."""

    into: Any = forms.ModelChoiceField(
        queryset=None, label=_("It goes into"), empty_label=_("Choose"), to_field_name="code"
    )

    def __init__(self, *args: Any, others: GridQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = others  # type: ignore[attr-defined]
