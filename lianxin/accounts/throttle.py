"""Wrong log-ins: five within 15 minutes lock a user name, and an address, for the rest of that time."""

from django.core.cache import cache
from django.http import HttpRequest

from lianxin.core.crypto import keyed_digest
from lianxin.core.throttle import client_address

LIMIT = 5
WINDOW = 15 * 60


def _keys(request: HttpRequest, username: str) -> list[str]:
    name = username.strip().casefold()
    return [f"login:{keyed_digest('login', said)}" for said in (f"name:{name}", f"from:{client_address(request)}")]


def locked(request: HttpRequest, username: str) -> bool:
    """Too many wrong log-ins for this name or from this address."""
    return any(count >= LIMIT for count in cache.get_many(_keys(request, username)).values())


def note_wrong(request: HttpRequest, username: str) -> None:
    """Count one wrong log-in."""
    for key in _keys(request, username):
        cache.set(key, cache.get(key, 0) + 1, WINDOW)


def forget(request: HttpRequest, username: str) -> None:
    """The name logged in: its wrong tries are forgotten; the address keeps its count."""
    cache.delete(_keys(request, username)[0])
