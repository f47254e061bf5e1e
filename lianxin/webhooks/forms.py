"""An address that is to be told."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from lianxin.accounts.models import Scope, ScopeKind
from lianxin.webhooks.registry import EVENTS


class ScopeChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A place by its name in the reader's language."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.label} · {obj.get_kind_display()}"


class WebhookForm(forms.Form):
    """Whose address, which, what is told, of where."""

    name = forms.CharField(label=_("Whose program is it?"), max_length=60)
    url = forms.CharField(
        label=_("Address"),
        max_length=300,
        help_text=_("Begins with https:// and lies on the internet."),
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    scope = ScopeChoice(label=_("Of which place?"), queryset=Scope.objects.none(), empty_label=None)
    events = forms.MultipleChoiceField(label=_("What is told?"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = Scope.objects.filter(kind__in=(ScopeKind.CITY, ScopeKind.TOWN, ScopeKind.COMMUNITY))
        cast(ScopeChoice, self.fields["scope"]).queryset = places.order_by("path")
        cast(forms.MultipleChoiceField, self.fields["events"]).choices = [
            (code, EVENTS[code]) for code in EVENTS.codes()
        ]
