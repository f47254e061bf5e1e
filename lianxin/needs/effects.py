"""What other lengths would do, said before the city sets them: what a run would find, when things would be due."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lianxin.core.clock import now
from lianxin.core.paging import capped_count, shown_count
from lianxin.core.templatetags.lianxin import exact
from lianxin.core.values import days, value
from lianxin.needs import due
from lianxin.places.calendar import working_time

Effect = Callable[[Any], list[str]]
DUE = _("If it held now, what is filed now would be due on %(new)s; as it is, on %(old)s.")
DUE_IN_WORKING_TIME = _(
    "If it held now, what is filed now and runs in working time would be due on %(new)s; as it is, on %(old)s."
)
LAPSES = _(
    "If it held now, what is taken on now would lapse on %(new)s; as it is, on %(old)s. What has been taken on keeps "
    "its time; what comes back as not solved gets this length at least."
)


def minutes_on(at: datetime, length: int) -> datetime:
    """So many minutes of the clock on the wall later."""
    return at + timedelta(minutes=length)


def days_on(at: datetime, length: int) -> datetime:
    """So many days of 24 hours later."""
    return at + timedelta(days=length)


def working_days_on(at: datetime, length: int) -> datetime:
    """So many working days later."""
    work = working_time(at)
    return work.add(at, work.day * length)


def due_times(code: str, later: Callable[[datetime, int], datetime], words: Promise = DUE) -> Effect:
    """Says the time that comes of the new length, beside that of the length in force; nothing where both are one."""

    def effect(new: int) -> list[str]:
        at, old = now(), value(code)
        if new == old:
            return []
        return [str(words) % {"new": exact(later(at, new)), "old": exact(later(at, old))}]

    return effect


def remind(new: int) -> list[str]:
    """How many needs would be reminded of."""
    count = capped_count(due.to_remind(now(), timedelta(hours=new)))
    words = ngettext(
        "If it held now, the next run would remind of %(n)s need.",
        "If it held now, the next run would remind of %(n)s needs.",
        count,
    )
    return [words % {"n": shown_count(count)}]


def _close(delivered_by: datetime, attempts: int) -> list[str]:
    # Givers of several parts of a need are one need; attempts of one day count here as several.
    needs: QuerySet[Any] = due.silent(delivered_by, attempts).order_by().values("need_id").distinct()
    count = capped_count(needs)
    words = ngettext(
        "If it held now, the next run would close work without an answer in %(n)s need at the most.",
        "If it held now, the next run would close work without an answer in %(n)s needs at the most.",
        count,
    )
    return [words % {"n": shown_count(count)}]


def close_after(attempts: str) -> Effect:
    """In how many needs work would be closed without an answer after so many days; `attempts`: the value's code."""
    return lambda new: _close(now() - timedelta(days=new), value(attempts))


def close_with(unanswered: str) -> Effect:
    """In how many needs work would be closed after so many attempts; `unanswered`: the code of the value in days."""
    return lambda new: _close(now() - days(unanswered), new)


def erase_contacts(new: int) -> list[str]:
    """How many needs' contacts would be erased."""
    count = capped_count(due.contacts_to_erase(now() - timedelta(days=new)))
    words = ngettext(
        "If it held now, the next run would erase the contact of %(n)s need.",
        "If it held now, the next run would erase the contacts of %(n)s needs.",
        count,
    )
    return [words % {"n": shown_count(count)}]


def erase_words(new: int) -> list[str]:
    """How many needs' words and photos would be erased."""
    count = capped_count(due.words_to_erase(now() - timedelta(days=new)))
    words = ngettext(
        "If it held now, the next run would erase the words and photos of %(n)s need.",
        "If it held now, the next run would erase the words and photos of %(n)s needs.",
        count,
    )
    return [words % {"n": shown_count(count)}]
