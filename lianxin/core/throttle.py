"""How often somebody may do a thing: counted in the database, one row for each counter, kept as a keyed digest.

A turn is taken with one statement (`number < limit → number + 1`), so that two at the same instant both count. A row
lives as long as its window; `forget_tries` sweeps up behind.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest

from lianxin.core.crypto import keyed_digest
from lianxin.core.known import known_browser
from lianxin.core.models import Tries

# Each 256th new counter sweeps up what is over, so that the table stays small without a worker, too.
SWEEP = "00"


@dataclass(frozen=True)
class Throttle:
    """`limit` times in `window` for each client; `purpose` keeps different counts apart.

    A browser that opened a request by its code at least `known_after` ago has a count of its own: it gets on while
    others at the same address (an office, a village behind one connection) have used up theirs.
    """

    purpose: str
    limit: int
    window: timedelta
    known_after: timedelta | None = None

    def of(self, who: str) -> "Counter":
        """The counter of `who`; the database keeps a keyed digest."""
        return Counter(keyed_digest(f"throttle.{self.purpose}", who)[:32], self.limit, self.window)

    def for_client(self, request: HttpRequest, at: datetime) -> "Counter":
        """The counter of this browser, where it is known, else of its address."""
        if self.known_after is not None and (browser := known_browser(request, at, self.known_after)):
            return self.of(f"browser:{browser}")
        return self.of(client_network(request))

    def wait(self, request: HttpRequest, at: datetime) -> int:
        """Seconds until this client may go on; 0: now."""
        return self.for_client(request, at).wait(at)

    def is_spent(self, request: HttpRequest, at: datetime) -> bool:
        """Whether this client has used up what the present window allows."""
        return self.wait(request, at) > 0

    def count(self, request: HttpRequest, at: datetime) -> None:
        """Count one more."""
        self.for_client(request, at).take(at)


@dataclass(frozen=True)
class Counter:
    """One counter: its row's key, how far it goes, how long it stands."""

    key: str
    limit: int
    window: timedelta

    def wait(self, at: datetime) -> int:
        """Seconds until there is a turn again; 0: there is one. One query."""
        return wait_for([self], at)

    def take(self, at: datetime) -> bool:
        """Take a turn; False when none is left. Two queries, three for a new row."""
        return self._take(Tries.objects.filter(pk=self.key).first(), at)

    def _take(self, row: Tries | None, at: datetime) -> bool:
        mine = Tries.objects.filter(pk=self.key)
        until = at + self.window
        if row is None:
            if self.key.startswith(SWEEP):
                forget_tries(at)
            Tries.objects.bulk_create([Tries(key=self.key, number=0, until=until)], ignore_conflicts=True)
        elif row.until <= at and mine.filter(until=row.until).update(number=1, until=until):
            return True
        return mine.filter(number__lt=self.limit).update(number=F("number") + 1) > 0

    def give_back(self) -> None:
        """The turn counts for nothing: what was tried was right."""
        Tries.objects.filter(pk=self.key, number__gt=0).update(number=F("number") - 1)

    def clear(self) -> None:
        """Begin anew."""
        Tries.objects.filter(pk=self.key).delete()


def _rows(counters: Sequence[Counter]) -> dict[str, Tries]:
    return Tries.objects.in_bulk([c.key for c in counters])


def _left(counters: Sequence[Counter], rows: dict[str, Tries], at: datetime) -> int:
    spent = [rows[c.key].until for c in counters if c.key in rows and rows[c.key].number >= c.limit]
    return max([int((until - at).total_seconds()) for until in spent if until > at], default=0)


def wait_for(counters: Sequence[Counter], at: datetime) -> int:
    """Seconds until every one of `counters` has a turn again; 0: all have one. One query."""
    return _left(counters, _rows(counters), at)


def take_all(counters: Sequence[Counter], at: datetime) -> int:
    """Take a turn of each counter, or of none; seconds to wait when one of them has none left, else 0.

    A refusal reads one row each and writes nothing.
    """
    rows = _rows(counters)
    if wait := _left(counters, rows, at):
        return wait
    taken: list[Counter] = []
    for counter in counters:
        if not counter._take(rows.get(counter.key), at):
            for other in taken:
                other.give_back()
            return max(1, counter.wait(at))
        taken.append(counter)
    return 0


def forget_tries(at: datetime) -> int:
    """Erase the counters whose window is over; how many."""
    return Tries.objects.filter(until__lte=at).delete()[0]


def client_address(request: HttpRequest) -> str:
    """The client's address; behind a reverse proxy, from the header named in the settings."""
    if header := settings.CLIENT_ADDRESS_HEADER:
        # A proxy appends the address it saw; what stands before it came from the client and proves nothing.
        return request.headers.get(header, "").split(",")[-1].strip() or request.META.get("REMOTE_ADDR", "")
    return str(request.META.get("REMOTE_ADDR", ""))


def client_network(request: HttpRequest) -> str:
    """What counts as one client: an IPv4 address, or the /64 of an IPv6 address, all of which is one connection."""
    said = client_address(request)
    try:
        found = ipaddress.ip_address(said.partition("%")[0])
    except ValueError:
        return said
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
    return said
