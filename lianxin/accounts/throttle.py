"""Wrong log-ins. From a device on which the person logged in before: a count of its own, whatever others do elsewhere.

From anywhere else: a few for each name, some more for each address. A turn is taken before the password is hashed, so
that guessing is refused cheaply, and given back when it was right.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.http import HttpRequest

from lianxin.accounts.devices import COOKIE, device_of
from lianxin.accounts.models import User
from lianxin.accounts.names import find_user, normal_name
from lianxin.core.throttle import Counter, Throttle, client_network, take_all

WINDOW = timedelta(minutes=15)
NAMES = Throttle("login.name", limit=5, window=WINDOW)
ADDRESSES = Throttle("login.address", limit=30, window=WINDOW)
DEVICES = Throttle("login.device", limit=10, window=WINDOW)
SECOND = Throttle("login.second", limit=5, window=WINDOW)
SECOND_A_DAY = Throttle("login.second.day", limit=25, window=timedelta(days=1))
OWN_PASSWORD = Throttle("own.password", limit=10, window=WINDOW)


def for_password(request: HttpRequest, typed: str) -> list[Counter]:
    """What a try with the name `typed` counts on. One query on a device where somebody logged in before, else none."""
    user = find_user(typed) if COOKIE in request.COOKIES else None
    if user is not None and (device := device_of(request, user.pk)):
        return [DEVICES.of(f"{user.pk}:{device}")]
    return [NAMES.of(normal_name(typed)), ADDRESSES.of(client_network(request))]


def for_second_step(request: HttpRequest, user: User) -> list[Counter]:
    """What a code after the right password counts on: six digits need a limit for the day, too."""
    if device := device_of(request, user.pk):
        return [DEVICES.of(f"second:{user.pk}:{device}"), SECOND_A_DAY.of(f"{user.pk}:{device}")]
    return [SECOND.of(str(user.pk)), SECOND_A_DAY.of(str(user.pk))]


def begin(counters: Sequence[Counter], at: datetime) -> int:
    """Take the turns of a try; seconds to wait when there is none, 0 when it may go on."""
    return take_all(counters, at)


def was_right(counters: Sequence[Counter]) -> None:
    """The first counter begins anew, the others get their turn back: an address keeps what others got wrong there."""
    counters[0].clear()
    for counter in counters[1:]:
        counter.give_back()
