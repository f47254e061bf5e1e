"""Forms of the city's values."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lianxin.core.values import Value


class ValueFilter(forms.Form):
    """What the list of values can be narrowed to."""

    q = forms.CharField(label=_("Words"), required=False, max_length=60)
    group = forms.ChoiceField(label=_("Area"), required=False)
    changed = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("All")), ("changed", _("Set by the city")), ("coming", _("About to change"))],
    )

    def __init__(self, *args: Any, groups: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = [("", __("All")), *((g, g) for g in groups)]  # type: ignore[attr-defined]


class SetValue(forms.Form):
    """A value and the day from which it holds, with the version at which it was read."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    from_on = forms.DateField(
        label=_("From"),
        help_text=_("Today means from now on; a later day begins at midnight."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    field_order = ("version", "value", "from_on")

    def __init__(self, *args: Any, of: Value, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = of.field()
        field.label = str(of.label)
        if of.unit:
            field.help_text = __("In %(unit)s.") % {"unit": of.unit}
        self.fields["value"] = field
        self.order_fields(self.field_order)
        self.today = today

    def clean_from_on(self) -> date:
        """Not before today."""
        day: date = self.cleaned_data["from_on"]
        if day < self.today:
            raise forms.ValidationError(__("Choose today or a later day."))
        return day
