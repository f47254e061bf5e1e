"""Form fields that several areas use."""

from typing import Any

from django import forms

PICKER = "%Y-%m-%dT%H:%M"


def moment(**options: Any) -> forms.DateTimeField:
    """A date and time of the city's wall clock, by the browser's own picker. `options`: the field's own."""
    widget = forms.DateTimeInput(format=PICKER, attrs={"type": "datetime-local"})
    return forms.DateTimeField(widget=widget, input_formats=[PICKER, "%Y-%m-%d %H:%M"], **options)
