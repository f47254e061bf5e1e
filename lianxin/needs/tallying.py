"""Keeping the tallies of needs: the facts of a need before and after an operation, and all of them counted anew."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.functions import TruncDate

from lianxin.core.clock import local_day
from lianxin.figures import tallies
from lianxin.figures.tallies import SOURCES, Key, Recount
from lianxin.needs.facts import FACTS, HELPED
from lianxin.needs.models import Commitment, Need
from lianxin.needs.states import CommitmentStatus, Status


def facts_of(need: Any, commitments: Iterable[Any] | None = None) -> frozenset[Key]:
    """Everything that `need` counts toward now, from its own columns and its commitments (default: as loaded)."""
    place, days = need.community_id, _days(need)
    found = {
        Key(code, place, day)
        for code, fact in FACTS.items()
        if (day := days[fact.day]) is not None and fact.where.holds(need)
    }
    if need.status != Status.MERGED and need.excluded_at is None:
        held = need.commitments.all() if commitments is None else commitments
        found |= {
            Key(HELPED, place, local_day(c.answered_at), c.giver_id)
            for c in held
            if c.status == CommitmentStatus.CONFIRMED and c.answered_at is not None
        }
    return frozenset(found)


def _days(need: Any) -> dict[str, date | None]:
    days: dict[str, date | None] = {}
    for name in {fact.day for fact in FACTS.values()}:
        at: datetime | None = getattr(need, name)
        days[name] = None if at is None else local_day(at)
    return days


def write_new(needs: Iterable[tuple[Need, Iterable[Commitment]]]) -> None:
    """Count needs that are new, with their commitments. One query for each two thousand differences."""
    changes: Counter[Key] = Counter()
    for need, commitments in needs:
        changes.update(facts_of(need, commitments))
    tallies.add(changes)


def write_changed(need: Need) -> None:
    """Count what became true of a locked `need` and no longer what was true of it. One query at the most."""
    before, after = need.facts_before, facts_of(need)
    changes = {key: 1 for key in after - before} | {key: -1 for key in before - after}
    tallies.add(changes)
    need.facts_before = after


def recounts() -> list[Recount]:
    """All facts of all needs, counted from the records; one query for each column that says the day."""
    found = []
    for day in sorted({fact.day for fact in FACTS.values()}):
        facts = {code: fact for code, fact in FACTS.items() if fact.day == day}
        columns = {f"n_{code}": Count("pk", filter=fact.where.q) for code, fact in facts.items()}
        needs: QuerySet[Any] = Need.objects.filter(**{f"{day}__isnull": False}).order_by()
        rows: QuerySet[Any] = needs.annotate(side=Value(1), on=TruncDate(day), nobody=Value(0))
        rows = rows.values("side", "community_id", "on", "nobody").annotate(**columns)
        found.append(Recount(tuple(facts), rows.values_list("side", "community_id", "on", "nobody", *columns)))
    return [*found, _helped()]


def _helped() -> Recount:
    rows: QuerySet[Any] = Commitment.objects.filter(status=CommitmentStatus.CONFIRMED, answered_at__isnull=False)
    rows = rows.filter(~Q(need__status=Status.MERGED), need__excluded_at=None).order_by()
    rows = rows.annotate(side=Value(1), place=F("need__community_id"), on=TruncDate("answered_at"))
    rows = rows.values("side", "place", "on", "giver_id").annotate(n_helped=Count("need_id", distinct=True))
    return Recount((HELPED,), rows.values_list("side", "place", "on", "giver_id", "n_helped"))


SOURCES.add("needs", recounts)
