"""The values that a city sets itself ("[set]" in the domain): each is registered by the area that reads it.

An area says `CLAIM_LAPSES = VALUES.add("needs.claim_lapses", whole(...))` and asks `value("needs.claim_lapses")`. The
values of one request or operation are read together, in one query; between requests nothing is kept.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import JSONField, TextField
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianxin.core.clock import now
from lianxin.core.models import CityValue, Counter
from lianxin.core.registry import Registry

Words = str | Promise


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Value:
    """A value that the city can change without code.

    `field` makes the form field that checks what is typed; `to_json` and `from_json` turn what the field gives into
    what is stored and back. `applies`: in one sentence, what a change does and to what. `effect`: with the new value,
    what it would change now, as sentences (it may query, but no more than what an index finds). `check`: with the new
    value and the time from which it would hold, raises Invalid where it does not go with the other values.
    """

    label: Words
    group: Words
    default: Any
    field: Callable[[], forms.Field]
    unit: Words = ""
    applies: Words = ""
    effect: Callable[[Any], list[str]] | None = None
    check: Callable[[Any, datetime], None] | None = None
    to_json: Callable[[Any], Any] = _same
    from_json: Callable[[Any], Any] = _same
    show: Callable[[Any], str] | None = None

    def shown(self, value: Any) -> str:
        """The value with its unit, as a person reads it."""
        if self.show:
            return self.show(value)
        return f"{value} {self.unit}".strip()


VALUES: Registry[Value] = Registry("value")


def whole(label: Words, *, group: Words, default: int, low: int, high: int, unit: Words = "", **more: Any) -> Value:
    """A whole number from `low` to `high`, both allowed."""
    return Value(
        label=label,
        group=group,
        default=default,
        unit=unit,
        field=lambda: forms.IntegerField(min_value=low, max_value=high),
        **more,
    )


def switch(label: Words, *, group: Words, default: bool, **more: Any) -> Value:
    """Yes or no."""
    return Value(
        label=label,
        group=group,
        default=default,
        field=lambda: forms.BooleanField(required=False),
        show=lambda on: str(_("yes") if on else _("no")),
        **more,
    )


def time_of_day(label: Words, *, group: Words, default: time, **more: Any) -> Value:
    """A time of the day in the city's zone."""
    return Value(
        label=label,
        group=group,
        default=default,
        field=lambda: forms.TimeField(widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})),
        to_json=lambda moment: moment.strftime("%H:%M"),
        from_json=time.fromisoformat,
        show=lambda moment: str(moment.strftime("%H:%M")),
        **more,
    )


def text(label: Words, *, group: Words, default: str, max_length: int = 500, **more: Any) -> Value:
    """A few words; may be empty."""
    return Value(
        label=label,
        group=group,
        default=default,
        field=lambda: forms.CharField(required=False, max_length=max_length),
        **more,
    )


def choices(
    label: Words, *, group: Words, default: tuple[str, ...], options: list[tuple[str, Words]], **more: Any
) -> Value:
    """Any number of `options`; the value is a tuple of their codes."""
    labels = dict(options)
    return Value(
        label=label,
        group=group,
        default=default,
        field=lambda: forms.MultipleChoiceField(required=False, choices=options, widget=forms.CheckboxSelectMultiple),
        to_json=list,
        from_json=tuple,
        show=lambda codes: ", ".join(str(labels.get(code, code)) for code in codes) or "–",
        **more,
    )


# What was read in this request or operation; None: nothing yet.
_read: ContextVar[dict[str, list[dict[str, Any]]] | None] = ContextVar("values", default=None)
_keeping: ContextVar[bool] = ContextVar("keeping_values", default=False)
# Running numbers as they stood when the values were read: a guess that core.numbers may take a number by.
_guesses: ContextVar[dict[str, int] | None] = ContextVar("guesses", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """Inside, all values are read at most once (a request, an operation)."""
    if _keeping.get():
        yield
        return
    keeping, read, guessed = _keeping.set(True), _read.set(None), _guesses.set(None)
    try:
        yield
    finally:
        _guesses.reset(guessed)
        _read.reset(read)
        _keeping.reset(keeping)


def forget() -> None:
    """Read anew at the next question: a value was changed."""
    _read.set(None)


def _steps() -> Mapping[str, list[dict[str, Any]]]:
    known = _read.get()
    if known is None:
        known, counters = _values_and_counters()
        if _keeping.get():
            _read.set(known)
            _guesses.set(counters)
    return known


def _values_and_counters() -> tuple[dict[str, list[dict[str, Any]]], dict[str, int]]:
    """All values that the city has set, and beside them the running numbers. One query."""
    counters = Counter.objects.values_list("name", Cast(Cast("value", TextField()), JSONField()))
    rows = list(CityValue.objects.values_list("code", "steps").union(counters, all=True))
    return (
        {code: said for code, said in rows if not isinstance(said, int)},
        {code: said for code, said in rows if isinstance(said, int)},
    )


def guesses() -> dict[str, int]:
    """Where the running numbers stood when this request or operation read the values; nothing before that."""
    return _guesses.get() or {}


def value_in(steps: list[dict[str, Any]], of: Value, at: datetime) -> Any:
    """What `steps` say at the time `at`: the last one that has begun, else the default."""
    begun = [step for step in steps if datetime.fromisoformat(step["from"]) <= at]
    return of.from_json(begun[-1]["value"]) if begun else of.default


def value(code: str, at: datetime | None = None) -> Any:
    """The city's value of `code` at the time `at` (now). Raises KeyError for a code that no area registered.

    One query for all values in a request or operation.
    """
    of = VALUES[code]
    return value_in(_steps().get(code, []), of, at or now())


def from_then_on(code: str, at: datetime) -> list[Any]:
    """What the city's value of `code` is at the time `at`, and everything that it is planned to become later."""
    of, steps = VALUES[code], _steps().get(code, [])
    later = [step for step in steps if datetime.fromisoformat(step["from"]) > at]
    return [value_in(steps, of, at), *(of.from_json(step["value"]) for step in later)]


def days(code: str, at: datetime | None = None) -> timedelta:
    """A value that counts days, as a length of time."""
    return timedelta(days=value(code, at))


def hours(code: str, at: datetime | None = None) -> timedelta:
    """A value that counts hours, as a length of time."""
    return timedelta(hours=value(code, at))
