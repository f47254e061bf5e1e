"""Forms of organisations."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role
from lianxin.core.refusals import new_key
from lianxin.organisations.models import Level, Organisation, OrganisationKind
from lianxin.organisations.rules import kinds_open_to
from lianxin.places.models import Community, Compound


class OrganisationForm(forms.Form):
    """What can be changed about an organisation."""

    name = forms.CharField(label=_("Name"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=160, required=False)
    name_bo = forms.CharField(label=_("Name in Tibetan"), max_length=160, required=False)
    level = forms.ChoiceField(label=_("Level"), required=False, choices=[("", _("None")), *Level.choices])
    community = forms.ModelChoiceField(
        queryset=Community.objects.none(),
        label=_("At home in the community"),
        required=False,
        empty_label=_("None"),
        to_field_name="code",
    )
    phone = forms.CharField(
        label=_("Telephone"), max_length=30, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    active = forms.BooleanField(label=_("Active: can take something on"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        queryset = Community.objects.select_related("scope").order_by("pk")
        self.fields["community"].queryset = queryset  # type: ignore[attr-defined]


class CorrectForm(OrganisationForm):
    """An organisation as it was read, with the version it was read at."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class AddForm(OrganisationForm):
    """A new organisation."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=new_key)
    kind = forms.ChoiceField(label=_("Kind"))
    code = forms.SlugField(
        label=_("Code"), max_length=40, help_text=_("Small letters, digits and hyphens; it never changes.")
    )
    field_order = ("key", "kind", "code", "name")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = dict(OrganisationKind.choices)
        self.fields["kind"].choices = [(k, labels[k]) for k in kinds_open_to(actor)]  # type: ignore[attr-defined]


class ServesForm(forms.Form):
    """One more compound for a property company."""

    compound = forms.ModelChoiceField(queryset=Compound.objects.none(), label=_("Compound"), to_field_name="code")

    def __init__(self, *args: Any, actor: Actor, company: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Compound.objects.select_related("community").exclude(served_by__organisation=company)
        if not actor.has(Role.CITY, Role.ADMIN):
            mine = Community.objects.filter(pk__in=actor.scope_ids(Role.OFFICE)) | Community.objects.filter(
                town_id__in=actor.scope_ids(Role.TOWN)
            )
            rows = rows.filter(community__in=mine)
        field = self.fields["compound"]
        field.queryset = rows.order_by("community__pk", "code")  # type: ignore[attr-defined]
        field.label_from_instance = lambda c: f"{c.community.label} · {c.label}"  # type: ignore[attr-defined]
