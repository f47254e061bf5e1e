"""The city's working calendar (工作日历): holidays, weekend days that are worked (调休), hours of work.

The calendar is one of the values that the city sets, so that it is read with the others in one query and its history
says who changed it. It is written as lines: a day, whether it is off or worked, and a name.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lianxin.core.clock import now
from lianxin.core.errors import Invalid
from lianxin.core.values import VALUES, Value, from_then_on, time_of_day, value
from lianxin.places.working import WorkingTime

GROUP = _("Working time")
BEGINS, ENDS, CALENDAR = "places.work_begins", "places.work_ends", "places.calendar"
APPLIES = _("For dates that are computed from then on; dates already given stay.")
OFF, WORKED = "off", "worked"
WORDS = {"off": False, "休": False, "worked": True, "班": True}
MOST_DAYS = 1_000
_LINE = re.compile(r"(\d{4}-\d{2}-\d{2})\s+(\S+)(?:\s+(.{1,60}))?")

# A day, is it worked?, its name.
Day = tuple[date, bool, str]


class CalendarField(forms.CharField):
    """Days as lines: "2026-10-01 off National Day". Gives them in order, each day once."""

    widget = forms.Textarea(attrs={"rows": 16})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return "\n".join(f"{day} {'班' if worked else '休'} {name}".strip() for day, worked, name in value)
        return value

    def clean(self, value: Any) -> Any:
        found: dict[date, Day] = {}
        for number, line in enumerate(str(super().clean(value) or "").splitlines(), start=1):
            if not line.strip():
                continue
            match = _LINE.fullmatch(line.strip())
            try:
                day = date.fromisoformat(match[1]) if match else None
            except ValueError:
                day = None
            if match is None or day is None or match[2] not in WORDS:
                raise forms.ValidationError(
                    __("Line %(n)s: write a day, 休 or 班 (off or worked), and a name: 2026-10-01 休 国庆节")
                    % {"n": number}
                )
            if day in found:
                raise forms.ValidationError(__("Line %(n)s: this day is there twice.") % {"n": number})
            found[day] = (day, WORDS[match[2]], (match[3] or "").strip())
        if len(found) > MOST_DAYS:
            raise forms.ValidationError(__("At the most %(n)s days.") % {"n": MOST_DAYS})
        return in_order(found.values())


def in_order(days: Iterable[Day]) -> tuple[Day, ...]:
    """The days, earliest first."""
    return tuple(sorted(days))


def _show(days: tuple[Day, ...]) -> str:
    if not days:
        return str(_("no holidays entered; every weekday is worked"))
    off, worked = sum(not day[1] for day in days), sum(day[1] for day in days)
    years = ", ".join(str(year) for year in sorted({day[0].year for day in days}))
    said = {"years": years, "off": off, "worked": worked}
    return __("%(years)s: %(off)s days off, %(worked)s weekend days worked") % said


def _another_day(begins: time | None = None, ends: time | None = None) -> list[str]:
    """How long a working day would be, beside how long it is."""
    work = working_time(now())
    other = replace(work, begins=begins or work.begins, ends=ends or work.ends)
    if other.begins >= other.ends:  # goes with the hours that are planned, not with those of now
        return []
    words = __("If it held now, a working day would be %(new)s hours long; as it is, %(old)s hours.")
    new, old = (f"{day.day / timedelta(hours=1):.4g}" for day in (other, work))
    return [words % {"new": new, "old": old}]


def _other_days(new: tuple[Day, ...]) -> list[str]:
    """How many days differ from those that are entered now."""
    before, after = ({day[0]: day for day in days} for days in (value(CALENDAR), new))
    both = before.keys() & after.keys()
    said = {
        "added": len(after.keys() - both),
        "changed": sum(before[day] != after[day] for day in both),
        "gone": len(before.keys() - both),
    }
    return [__("Days added: %(added)s; changed: %(changed)s; taken out: %(gone)s.") % said]


def _begins_before_it_ends(begins: time, at: datetime) -> None:
    first = min(from_then_on(ENDS, at))
    if begins >= first:
        words = __("Work can't begin at %(begins)s: it ends at %(ends)s, now or as planned. Change its end first.")
        raise Invalid(words % {"begins": f"{begins:%H:%M}", "ends": f"{first:%H:%M}"}, field="value")


def _ends_after_it_begins(ends: time, at: datetime) -> None:
    last = max(from_then_on(BEGINS, at))
    if ends <= last:
        words = __("Work can't end at %(ends)s: it begins at %(begins)s, now or as planned. Change its start first.")
        raise Invalid(words % {"begins": f"{last:%H:%M}", "ends": f"{ends:%H:%M}"}, field="value")


VALUES.add(
    CALENDAR,
    Value(
        label=_("Holidays and make-up days"),
        group=GROUP,
        default=(),
        field=lambda: CalendarField(required=False, max_length=80_000),
        applies=APPLIES,
        to_json=lambda days: [[day.isoformat(), worked, name] for day, worked, name in days],
        from_json=lambda rows: tuple((date.fromisoformat(day), worked, name) for day, worked, name in rows),
        show=_show,
        effect=_other_days,
    ),
)
VALUES.add(
    BEGINS,
    time_of_day(
        _("Work begins"),
        group=GROUP,
        default=time(9),
        applies=APPLIES,
        check=_begins_before_it_ends,
        effect=lambda new: _another_day(begins=new),
    ),
)
VALUES.add(
    ENDS,
    time_of_day(
        _("Work ends"),
        group=GROUP,
        default=time(18),
        applies=APPLIES,
        check=_ends_after_it_begins,
        effect=lambda new: _another_day(ends=new),
    ),
)


def working_time(at: datetime) -> WorkingTime:
    """The city's working time: hours as they were at `at`, days as they are known now. No query of its own."""
    begins, ends = value(BEGINS, at), value(ENDS, at)
    if begins >= ends:  # no day: both were set at one moment, or before that was refused
        begins, ends = time(9), time(18)
    zone = timezone.get_current_timezone()
    exceptions = {day: worked for day, worked, _name in value(CALENDAR)}
    return WorkingTime(zone if isinstance(zone, ZoneInfo) else ZoneInfo("Asia/Shanghai"), begins, ends, exceptions)
