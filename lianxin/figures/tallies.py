"""Writing, folding, reading and comparing tallies.

An operation adds differences and changes nothing that another one holds: no lock, no hot row. A job folds them into
tallies. What is read is always the tallies and what is not folded yet, in one statement, so in one state.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F, Min, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, TruncMonth

from lianxin.core.registry import Registry
from lianxin.figures.models import Delta, Tally

FOLDED_AT_ONCE = 5_000


class Key(NamedTuple):
    """What is counted, where, on which day, of whom (0: of nobody in particular)."""

    part: str
    scope: int
    day: date
    of: int = 0


@dataclass(frozen=True)
class Recount:
    """A count of the records themselves: `rows` gives (1, scope, day, of, one number for each of `parts`)."""

    parts: tuple[str, ...]
    rows: QuerySet[Any]


# Where tallies come from: each gives all its counts anew.
SOURCES: Registry[Callable[[], list[Recount]]] = Registry("source of tallies")


def add(changes: Mapping[Key, int]) -> None:
    """Write differences; those of nothing are left out. One query, none without a difference."""
    rows = [
        Delta(part=key.part, scope_id=key.scope, day=key.day, of=key.of, value=change)
        for key, change in changes.items()
        if change
    ]
    if rows:
        Delta.objects.bulk_create(rows, batch_size=2_000)


def sums(where: Q, *by: str, monthly: bool = False) -> Counter[Any]:
    """Sums of what is tallied and of what is not folded yet, by the columns `by` and by month. One query.

    A key of one column is its value, of several a tuple; `monthly` adds the first day of the month at the end.
    """
    columns = [*by, "month"] if monthly else list(by)

    def rows(model: Any) -> QuerySet[Any]:
        found = model.objects.filter(where).order_by()
        if monthly:
            found = found.annotate(month=TruncMonth("day"))
        return found.values(*columns).annotate(n=Sum("value")).values_list(*columns, "n")  # type: ignore[no-any-return]

    counts: Counter[Any] = Counter()
    for *key, number in rows(Tally).union(rows(Delta), all=True):
        counts[key[0] if len(key) == 1 else tuple(key)] += int(number)
    return counts


def first_day(part: str) -> date | None:
    """The first day on which anything of `part` was counted; None when nothing was. One query."""

    def rows(model: Any) -> QuerySet[Any]:
        found = model.objects.filter(part=part).order_by().values("part")
        return found.annotate(first=Min("day")).values_list("first", flat=True)  # type: ignore[no-any-return]

    return min(rows(Tally).union(rows(Delta), all=True), default=None)


def fold() -> int:
    """Add differences to their tallies and drop them, some thousands in a transaction; how many.

    Two at once lose nothing: rows are locked in one order, and what another has folded is gone.
    """
    done = 0
    while some := _fold_some():
        done += some
        if some < FOLDED_AT_ONCE:
            break
    return done


@transaction.atomic
def _fold_some() -> int:
    rows = list(Delta.objects.select_for_update().order_by("pk")[:FOLDED_AT_ONCE])
    changes: Counter[Key] = Counter()
    for row in rows:
        changes[Key(row.part, row.scope_id, row.day, row.of)] += row.value
    keys = sorted(key for key, change in changes.items() if change)
    Tally.objects.bulk_create(
        [Tally(part=k.part, scope_id=k.scope, day=k.day, of=k.of) for k in keys], ignore_conflicts=True
    )
    for key in keys:
        one = Tally.objects.filter(part=key.part, scope_id=key.scope, day=key.day, of=key.of)
        one.update(value=F("value") + changes[key])
    Delta.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


@dataclass
class Compared:
    """How many counts were compared, and the wrong ones: what is stored, what the records say."""

    counts: int
    wrong: dict[Key, tuple[int, int]]


def compare() -> Compared:
    """Count everything anew beside what is tallied. Each part is read in one statement, so both sides in one state.

    A tally that is wrong is wrong by the same amount however much work goes on meanwhile.
    """
    found = Compared(0, {})
    for source in SOURCES:
        for recount in source():
            _compare(recount, found)
    return found


def _compare(recount: Recount, found: Compared) -> None:
    stored: Counter[Key] = Counter()
    counted: Counter[Key] = Counter()
    for side, scope, day, of, *numbers in _beside(recount):
        into = counted if side else stored
        for part, number in zip(recount.parts, numbers, strict=True):
            if number:
                into[Key(part, scope, day, of)] += int(number)
    keys = set(stored) | set(counted)
    found.counts += len(keys)
    found.wrong |= {key: (stored[key], counted[key]) for key in keys if stored[key] != counted[key]}


def _beside(recount: Recount) -> Iterator[Any]:
    names = [f"n{i}" for i in range(len(recount.parts))]

    def rows(model: Any) -> QuerySet[Any]:
        columns = {
            name: Coalesce(Sum("value", filter=Q(part=part)), 0)
            for name, part in zip(names, recount.parts, strict=True)
        }
        found = model.objects.filter(part__in=recount.parts).order_by().annotate(side=Value(0))
        found = found.values("side", "scope_id", "day", "of").annotate(**columns)
        return found.values_list("side", "scope_id", "day", "of", *names)  # type: ignore[no-any-return]

    return recount.rows.union(rows(Tally), rows(Delta), all=True).iterator()


def differences(wrong: Iterable[tuple[Key, int, int]]) -> Counter[Key]:
    """What to add so that tallies say what was counted, from (key, stored, counted)."""
    return Counter({key: counted - stored for key, stored, counted in wrong})
