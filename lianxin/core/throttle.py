"""How often one client address may do a thing: counted in the shared cache, kept as a keyed digest."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from lianxin.core.crypto import keyed_digest


@dataclass(frozen=True)
class Throttle:
    """`limit` times in `window` for each client address; `purpose` keeps different counts apart."""

    purpose: str
    limit: int
    window: timedelta

    def _key(self, request: HttpRequest, at: datetime) -> str:
        slot = int(at.timestamp() // self.window.total_seconds())
        who = keyed_digest(f"throttle.{self.purpose}", client_address(request))[:32]
        return f"throttle:{self.purpose}:{who}:{slot}"

    def is_spent(self, request: HttpRequest, at: datetime) -> bool:
        """Whether this address has used up what the present window allows."""
        return int(cache.get(self._key(request, at), 0)) >= self.limit

    def count(self, request: HttpRequest, at: datetime) -> None:
        """Count one more. Two at the same instant may count as one."""
        key = self._key(request, at)
        cache.set(key, int(cache.get(key, 0)) + 1, timeout=int(self.window.total_seconds()))


def client_address(request: HttpRequest) -> str:
    """The client's address; behind a reverse proxy, from the header named in the settings."""
    if header := settings.CLIENT_ADDRESS_HEADER:
        # A proxy appends the address it saw; what stands before it came from the client and proves nothing.
        return request.headers.get(header, "").split(",")[-1].strip() or request.META.get("REMOTE_ADDR", "")
    return str(request.META.get("REMOTE_ADDR", ""))
