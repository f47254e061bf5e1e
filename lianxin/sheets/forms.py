"""The field that takes a workbook."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class WorkbookField(forms.FileField):
    """A file that is looked at only when it is small enough to be a workbook of ours; the value is its bytes."""

    def clean(self, data: Any, initial: Any = None) -> bytes:
        upload = super().clean(data, initial)
        if upload.size > settings.WORKBOOK_MAX_BYTES:
            most = settings.WORKBOOK_MAX_BYTES // 1024 // 1024
            raise ValidationError(_("A workbook may have %(n)s MB at the most.") % {"n": most})
        return bytes(upload.read())
