"""Edits that must not overwrite each other: every edit form carries the version it was opened with."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from lianxin.core.errors import Refusal, Stale
from lianxin.core.refusals import refuse


def require_version(current: int, sent: int, *, theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> None:
    """Raise Stale, with both versions, when the thing was changed since the form was opened."""
    if current != sent:
        raise Stale(
            _("Somebody changed this while you had it open. Both versions stand below."),
            theirs=dict(theirs),
            mine=dict(mine),
        )


def refuse_edit(form: forms.Form, refusal: Refusal, version: int) -> None:
    """Put a refusal into an edit form; after a stale one, sending again keeps what was typed."""
    refuse(form, refusal)
    if isinstance(refusal, Stale):
        data = cast(QueryDict, form.data).copy()
        data["version"] = str(version)
        form.data = data
