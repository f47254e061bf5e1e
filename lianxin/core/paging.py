"""Pages by key and counts that stop at 1,000: the cost does not grow with the table."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model, Q, QuerySet
from django.utils.translation import gettext as _

from lianxin.core.errors import Invalid
from lianxin.core.said import keepable

M = TypeVar("M", bound=Model)
COUNT_CAP = 1_000


@dataclass(frozen=True)
class Page(Generic[M]):
    """One page of rows and the cursors to its neighbours ('' where there is none).

    `count`: how many rows there are on all pages, as `capped_count` says; None when nobody asked for it.
    """

    rows: list[M]
    next: str
    previous: str
    count: int | None = None

    @property
    def count_text(self) -> str:
        """ "212", or "1,000+" where counting stopped."""
        return shown_count(self.count or 0)


def encode(values: list[Any]) -> str:
    """A cursor for the key `values` (days and times as ISO text)."""
    text = json.dumps([v.isoformat() if isinstance(v, date) else v for v in values], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str) -> list[Any] | None:
    """The key behind `cursor`, or None when somebody made it up."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(values, list) or len(values) not in (2, 3) or not all(isinstance(v, int) for v in values[1:]):
        return None
    if len(values) == 3 and not 0 <= values[2] <= COUNT_CAP + 1:
        return None
    if abs(values[1]) >= 2**63 or (isinstance(values[0], str) and not keepable(values[0])):
        return None
    return values


def _value(model: type[Model], field: str, raw: Any) -> Any:
    """The cursor's value as the column holds it; an annotation is compared as the text that it is."""
    try:
        column = model._meta.get_field(field)
    except FieldDoesNotExist:
        return str(raw)
    return column.to_python(raw) if isinstance(column, Field) else raw


def by_key(
    rows: QuerySet[M],
    *,
    field: str,
    descending: bool,
    size: int,
    after: str = "",
    before: str = "",
    strict: bool = False,
    counted: bool = False,
) -> Page[M]:
    """`size` rows of `rows` ordered by (`field`, pk), after or before a cursor.

    `field` is a non-null column or a text annotation; a cursor that does not decode starts at the first page, or
    with `strict` raises Invalid: a program would go round for ever. `counted`: also how many rows there are; the first
    page counts, and its cursors carry the number on.
    """
    every = rows
    backwards = bool(before) and not after
    falling = descending != backwards
    key = decode(after or before) if (after or before) else None
    if key is not None:
        try:
            value = _value(rows.model, field, key[0])
            word = "lt" if falling else "gt"
            if isinstance(value, datetime):
                value = value.astimezone(UTC)  # a made-up time may lie outside of what a database keeps
            # The redundant first bound lets both databases start in the middle of the composite index.
            rows = rows.filter(**{f"{field}__{word}e": value}).filter(
                Q(**{f"{field}__{word}": value}) | Q(**{field: value, f"pk__{word}": key[1]})
            )
        except Exception as error:
            if type(error).__name__ not in {"ValidationError", "ValueError", "TypeError", "OverflowError"}:
                raise
            key = None
    if strict and key is None and (after or before):
        raise Invalid(_("Put into “after” what the page before said as “next”."), field="after")
    sign = "-" if falling else ""
    found = list(rows.order_by(f"{sign}{field}", f"{sign}pk")[: size + 1])
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    count = _count(every, key, found, more) if counted else None
    carried = [] if count is None else [count]
    first = encode([getattr(found[0], field), found[0].pk, *carried]) if found else ""
    last = encode([getattr(found[-1], field), found[-1].pk, *carried]) if found else ""
    has_previous = more if backwards else key is not None
    has_next = key is not None if backwards else more
    return Page(found, last if has_next else "", first if has_previous else "", count)


def _count(rows: QuerySet[M], key: list[Any] | None, found: list[M], more: bool) -> int:
    if key is not None and len(key) == 3:
        return int(key[2])
    return len(found) if key is None and not more else capped_count(rows)


def shown_count(count: int) -> str:
    """A capped count as a person reads it: "212", or "1,000+" where counting stopped."""
    return f"{COUNT_CAP:,}+" if count > COUNT_CAP else f"{count:,}"


def capped_count(rows: QuerySet[M]) -> int:
    """How many rows, never counting past COUNT_CAP + 1; shown as "1,000+"."""
    return rows.order_by()[: COUNT_CAP + 1].count()
