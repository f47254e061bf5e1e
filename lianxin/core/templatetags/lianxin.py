"""How times and states are written on pages."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lianxin.core.clock import local_day, now

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


def exact(at: datetime) -> str:
    """The local date and time in the reader's way of writing."""
    return formats.date_format(timezone.localtime(at), "DATETIME_FORMAT")


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
        return formats.date_format(timezone.localtime(at), "DATE_FORMAT")
    if length > timedelta(0):
        return _("in %(time)s") % {"time": span(length)}
    return _("%(time)s ago") % {"time": span(length)}


@register.filter
def when(at: datetime | None) -> SafeString | str:
    """A time as people say it, the exact time in the title."""
    if at is None:
        return ""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(timespec="seconds"),
        exact(at),
        relative(at),
    )


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


@register.inclusion_tag("core/_due.html")
def due(at: datetime | None, what: str = "") -> dict[str, Any]:
    """A due time in a queue: how long is left, late or soon by word and colour, and what is due."""
    words, look = until(at)
    return {"words": words, "look": look, "title": exact(at) if at else "", "at": at, "what": what}


@register.inclusion_tag("core/_status.html")
def status(thing: Any) -> dict[str, str]:
    """The pill of anything with a `status`: late when somebody still owes work after its due time."""
    look = LOOKS.get(thing.status, "shut")
    words = thing.get_status_display()
    due_at = getattr(thing, "due_at", None)
    if due_at and look in ("wait", "run") and thing.status != "delivered" and due_at < now():
        late = _("%(time)s late") % {"time": span(due_at - now())}
        return {"look": "late", "words": _("%(status)s, %(late)s") % {"status": words, "late": late}}
    return {"look": look, "words": words}
