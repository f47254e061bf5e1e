"""Forms of units, registrations, helpers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role
from lianxin.alliance.models import Registration
from lianxin.core.refusals import OnceForm
from lianxin.organisations.models import Level, Organisation, OrganisationKind
from lianxin.personal.models import Look
from lianxin.places.models import Community


class UnitFilter(forms.Form):
    """What the list of organisations can be narrowed to."""

    q = forms.CharField(label=_("Name or code"), required=False, max_length=60)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All kinds")), *OrganisationKind.choices])
    level = forms.ChoiceField(label=_("Level"), required=False, choices=[("", _("All levels")), *Level.choices])
    community = forms.ChoiceField(label=_("Community"), required=False)
    registration = forms.ChoiceField(
        label=_("Registration"),
        required=False,
        choices=[("", _("Any")), ("accepted", _("Accepted")), ("handed_in", _("Handed in")), ("none", _("None"))],
    )
    active = forms.ChoiceField(
        label=_("Active"),
        required=False,
        choices=[("", _("Active")), ("off", _("Switched off")), ("all", _("All"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = [(c.code, c.label) for c in Community.objects.order_by("pk")]
        self.fields["community"].choices = [("", _("All communities")), *places]  # type: ignore[attr-defined]


class JoinForm(forms.Form):
    """One more alliance for a unit."""

    community = forms.ModelChoiceField(queryset=Community.objects.none(), label=_("Community"), to_field_name="code")

    def __init__(self, *args: Any, actor: Actor, unit: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Community.objects.exclude(memberships__organisation=unit)
        if not actor.has(Role.CITY, Role.ADMIN):
            rows = rows.filter(pk__in=actor.scope_ids(Role.OFFICE)) | rows.filter(
                town_id__in=actor.scope_ids(Role.TOWN)
            )
        self.fields["community"].queryset = rows.order_by("pk")  # type: ignore[attr-defined]


class RegistrationForm(forms.Form):
    """A unit reports to a community."""

    community = forms.ModelChoiceField(
        queryset=Community.objects.none(), label=_("Community"), to_field_name="code", empty_label=None
    )
    kind = forms.ChoiceField(label=_("Who reports"), choices=Registration.Kind.choices)
    members = forms.IntegerField(label=_("Members who reported"), min_value=0, max_value=10_000)

    def __init__(self, *args: Any, unit: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Community.objects.filter(memberships__organisation=unit).order_by("pk")
        self.fields["community"].queryset = rows  # type: ignore[attr-defined]


class HelperForm(OnceForm):
    """A helper of the liaison's own unit."""

    name = forms.CharField(
        label=pgettext_lazy("of a person", "Name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    name_en = forms.CharField(label=_("Name in English"), max_length=120, required=False)
    can_do = forms.CharField(
        label=_("Can do"), max_length=200, required=False, help_text=_("For example: drives, mends lamps.")
    )
    yearly_duty = forms.BooleanField(label=_("Wants this to count for the yearly duty"), required=False)
    consent = forms.BooleanField(label=_("This person asked to be named as a helper"), required=True)


class HelperFilter(forms.Form):
    """What the list of helpers can be narrowed to."""

    q = forms.CharField(label=_("Name or code"), required=False, max_length=60)


class HelperLookForm(forms.Form):
    """What somebody looks at what is held on a helper for."""

    purpose = forms.ChoiceField(
        label=_("What for?"),
        choices=[(p.value, p.label) for p in (Look.Purpose.ASKED, Look.Purpose.CHECK)],
    )


class HelperEraseForm(forms.Form):
    """Erasing can't be undone: it is said twice."""

    sure = forms.BooleanField(
        label=_("The helper wants it, and knows that nobody can bring it back."),
        error_messages={"required": _("Tick the box if the person asked for it.")},
    )
