"""How many calls of the API one caller may make in a minute.

Each process counts by itself and tells the others in blocks: nine of ten calls write nothing, and a caller gets at the
most nine calls a process beyond the limit. What is refused is not counted, so that hammering costs no write either.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from lianxin.core.crypto import keyed_digest
from lianxin.core.models import Tries
from lianxin.core.values import VALUES, value, whole

BLOCK = 10
MINUTE = 60
MOST_CALLERS = 50_000
PER_TOKEN, PER_ADDRESS = "api.calls_per_token", "api.calls_per_address"
GROUP = _("API")
APPLIES = _("For calls from the next one on. Programs read it in the answer's headers.")
UNIT = _("calls in a minute")
VALUES.add(
    PER_TOKEN,
    whole(_("With one token"), group=GROUP, default=300, low=BLOCK, high=1_000_000, unit=UNIT, applies=APPLIES),
)
VALUES.add(
    PER_ADDRESS,
    whole(
        _("From one address without a token"),
        group=GROUP,
        default=120,
        low=BLOCK,
        high=1_000_000,
        unit=UNIT,
        applies=APPLIES,
    ),
)


@dataclass(frozen=True)
class Rate:
    """Where a caller stands: `left` of `limit` calls, anew in `reset` seconds. `spent`: this call is one too many."""

    limit: int
    left: int
    reset: int
    spent: bool = False


def add_calls(key: str, minute: int, calls: int) -> int:
    """Count `calls` more of the caller `key` for every process; how many there were in all.

    The row stands beside those of core.throttle and is swept up with them.
    """
    row = keyed_digest("rate", f"{key}:{minute}")[:32]
    until = datetime.fromtimestamp((minute + 2) * MINUTE, tz=UTC)
    Tries.objects.bulk_create([Tries(key=row, number=0, until=until)], ignore_conflicts=True)
    Tries.objects.filter(pk=row).update(number=F("number") + calls)
    return Tries.objects.values_list("number", flat=True).get(pk=row)


class Counter:
    """The counts of one process. Threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._seen: dict[str, tuple[int, int]] = {}
        self._limits: dict[str, int] = {}

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._seen, self._limits = {}, {}

    def _limit(self, city: str, what: str, minute: int, at: datetime) -> int:
        """The city's limit, as it was at the minute's first call here."""
        with self._lock:
            if minute != self._minute:
                self._minute, self._seen, self._limits = minute, {}, {}
            known = self._limits.get(f"{city}:{what}")
        if known is None:
            known = int(value(what, at))
            with self._lock:
                self._limits[f"{city}:{what}"] = known
        return known

    def take(self, what: str, who: str, at: datetime) -> Rate:
        """Count one call of `who` at the time `at` against the city's value `what`, unless it is one too many."""
        minute, second = divmod(int(at.timestamp()), MINUTE)
        reset = MINUTE - second
        # A process that serves several cities keeps them apart.
        city = f"{connection.settings_dict['NAME']}:{settings.DATABASE_SCHEMA}"
        limit = self._limit(city, what, minute, at)
        key = f"{what}:{who}"
        own = f"{city}:{key}"
        with self._lock:
            told, new = self._seen.get(own, (0, 0))
            if told + new >= limit:
                return Rate(limit, 0, reset, spent=True)
            new += 1
            tell = new >= BLOCK or told + new >= limit or len(self._seen) >= MOST_CALLERS
            self._seen[own] = (told + new, 0) if tell else (told, new)
        if not tell:
            return Rate(limit, limit - told - new, reset)
        total = add_calls(key, minute, new)
        with self._lock:
            if self._minute == minute:
                here, since = self._seen.get(own, (0, 0))
                self._seen[own] = (max(here, total), since)
        return Rate(limit, max(0, limit - total), reset, spent=total > limit)


COUNTER = Counter()


def take(what: str, key: str, at: datetime) -> Rate:
    """Count one call against the city's value `what`."""
    return COUNTER.take(what, key, at)
