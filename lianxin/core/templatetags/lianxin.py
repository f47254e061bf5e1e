"""How times and states are written on pages."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from functools import lru_cache
from html import escape
from typing import Any

from django import forms, template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from lianxin.core.clock import local_day, now
from lianxin.core.values import value

register = template.Library()

SOON = timedelta(hours=24)
# The shape and colour of a state; its words come from the state itself.
LOOKS = {
    "filed": "wait",
    "verified": "wait",
    "published": "wait",
    "claimed": "run",
    "under_way": "run",
    "delivered": "wait",
    "confirmed": "done",
}


@lru_cache(maxsize=4096)
def _written(minute: datetime, name: str, language: str) -> str:
    """A local time in `language`'s format `name`: lists write the same times again and again."""
    return formats.date_format(minute, name)


def exact(at: datetime) -> str:
    """The local date and time in the reader's way of writing."""
    local = timezone.localtime(at)
    return _written(local.replace(second=0, microsecond=0, tzinfo=None), "DATETIME_FORMAT", get_language() or "")


def span(length: timedelta) -> str:
    """A length of time in the unit that fits: minutes, hours, days."""
    minutes = int(abs(length).total_seconds() // 60)
    if minutes < 60:
        count = max(minutes, 1)
        return ngettext("%(n)s minute", "%(n)s minutes", count) % {"n": count}
    if minutes < 48 * 60:
        return ngettext("%(n)s hour", "%(n)s hours", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)s day", "%(n)s days", minutes // 1440) % {"n": minutes // 1440}


def relative(at: datetime, at_now: datetime | None = None) -> str:
    """ "in 3 hours", "2 days ago"; the date itself when it is more than 30 days away."""
    length = at - (at_now or now())
    if abs(length) < timedelta(minutes=1):
        return _("just now")
    if abs(length) > timedelta(days=30):
        return _written(datetime.combine(local_day(at), time.min), "DATE_FORMAT", get_language() or "")
    if length > timedelta(0):
        return _("in %(time)s") % {"time": span(length)}
    return _("%(time)s ago") % {"time": span(length)}


@register.simple_tag
def city_value(code: str) -> Any:
    """What the city has set for `code` (core.values), so that no page tells another length of time than is kept."""
    return value(code)


@register.filter
def in_hours(minutes: int) -> str:
    """A length of time that is set in minutes, exactly: in hours where they are whole."""
    if minutes % 60:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    return ngettext("%(n)s hour", "%(n)s hours", minutes // 60) % {"n": minutes // 60}


@register.filter
def when(at: datetime | None) -> SafeString | str:
    """A time as people say it, the exact time in the title."""
    if at is None:
        return ""
    return time_tag(at, relative(at))


def time_tag(at: datetime, words: str) -> SafeString:
    """`words` for a time, the exact one in the title."""
    said = at.isoformat(timespec="seconds")
    return mark_safe(f'<time datetime="{said}" title="{escape(exact(at))}">{escape(words)}</time>')


@register.simple_tag
def options(choices: Iterable[Any], chosen: Any = None, parent: str = "") -> SafeString:
    """The <option>s of a long select: pairs of value and label, or things with `pk` and `label`.

    `parent`: the attribute by which the script shows only what belongs to another select's choice.
    """
    found = []
    for each in choices:
        value, label = each if isinstance(each, tuple) else (each.pk, each.label)
        above = f' data-parent="{escape(str(getattr(each, parent)))}"' if parent else ""
        selected = " selected" if value == chosen else ""
        found.append(f'<option value="{escape(str(value))}"{above}{selected}>{escape(str(label))}</option>')
    return mark_safe("".join(found))


@register.simple_tag
def chosen(form: Any) -> list[tuple[str, str]]:
    """What a filter's fields are set to, in words: label and value of each that is."""
    if not isinstance(form, forms.BaseForm) or not form.is_bound or not form.is_valid():
        return []
    found = []
    for field in form:
        value = form.cleaned_data.get(field.name)
        if value in (None, "", False):
            continue
        labels = {str(code): str(label) for code, label in getattr(field.field, "choices", ())}
        found.append((str(field.label), labels.get(str(value), str(value))))
    return found


@register.filter
def until(at: datetime | None) -> tuple[str, str]:
    """A due time as (words, class): class `late` when it has passed, `soon` within a day, else empty."""
    if at is None:
        return "", ""
    length = at - now()
    if length < timedelta(0):
        return _("%(time)s late") % {"time": span(length)}, "late"
    if length < SOON:
        return _("%(time)s left") % {"time": span(length)}, "soon"
    if local_day(at) == local_day(now()):
        return _("today"), "soon"
    return _("%(time)s left") % {"time": span(length)}, ""


@register.simple_tag
def due(at: datetime | None, what: str = "") -> SafeString:
    """A due time in a queue: how long is left, late or soon by word and colour, and what is due."""
    words, look = until(at)
    shown = time_tag(at, words) if at else ""
    return mark_safe(f'<span class="lx-due {look}">{shown}{_small(what)}</span>')


def _small(words: str) -> SafeString | str:
    return format_html("<small>{}</small>", words) if words else ""


@lru_cache(maxsize=64)
def _labels(field: Any) -> dict[str, Any]:
    return dict(field.flatchoices)


@register.simple_tag
def status(thing: Any) -> SafeString:
    """The pill of anything with a `status`: late when somebody still owes work after its due time."""
    look = LOOKS.get(thing.status, "shut")
    # Not get_status_display, which hashes every choice's translated label each time: a list has fifty rows.
    labels = _labels(thing._meta.get_field("status"))
    words = getattr(thing, "status_label", "") or str(labels.get(thing.status, thing.status))
    due_at = getattr(thing, "due_at", None)
    if due_at and look in ("wait", "run") and thing.status != "delivered" and due_at < now():
        late = _("%(time)s late") % {"time": span(due_at - now())}
        look, words = "late", _("%(status)s, %(late)s") % {"status": words, "late": late}
    return mark_safe(f'<span class="lx-is {look}">{escape(words)}</span>')
