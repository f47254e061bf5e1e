"""Thousands of guesses at each door, over HTTP: nearly all are refused, cheaply, and the real people still get in.

Ten thousand together at the four doors; `make soak`: ten thousand at each.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client

from lianxin.core import clock
from lianxin.core.models import Tries
from lianxin.core.throttle import Throttle, forget_tries
from lianxin.needs.models import Need
from tests.cast import PASSWORD, Cast

DOORS = 4
OFFICE = "198.51.100.7"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(params=[10_000 // DOORS, pytest.param(10_000, marks=pytest.mark.soak)])
def guesses(request: pytest.FixtureRequest) -> range:
    return range(request.param)


@pytest.fixture(autouse=True)
def _no_line_for_each_refusal() -> Iterator[None]:
    log = logging.getLogger("django.request")
    before = log.level
    log.setLevel("ERROR")
    yield
    log.setLevel(before)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows whenever a password is hashed, which is what costs."""
    found: list[str] = []

    def noted(was: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args: found.append("") or was(*args)

    for verb in ("encode", "verify"):
        monkeypatch.setattr(Argon2PasswordHasher, verb, noted(getattr(Argon2PasswordHasher, verb)))
    return found


def own_computer(cast: Cast) -> Client:
    """The clerk's, in the office, where the clerk logged in before."""
    cast.users["clerk"].set_password(PASSWORD)
    cast.users["clerk"].save()
    own = Client(REMOTE_ADDR=OFFICE)
    assert log_in(own, "clerk", PASSWORD).status_code == 302
    own.post("/logout/")
    return own


def log_in(client: Client, name: str, password: str, **extra: str) -> Any:
    return client.post("/login/", f"username={name}&password={password}", content_type=FORM, **extra)


def test_one_account_over_many_addresses(cast: Cast, hashed: list[str], guesses: range) -> None:
    own, guesser = own_computer(cast), Client()
    hashed.clear()
    answers = Counter(
        log_in(guesser, "clerk", f"w{i}", REMOTE_ADDR=f"10.{i >> 8}.{i & 255}.1").status_code for i in guesses
    )
    assert answers == {422: 5, 429: len(guesses) - 5} and len(hashed) == 5
    assert log_in(own, "clerk", PASSWORD).status_code == 302


def test_many_names_from_one_address(cast: Cast, hashed: list[str], guesses: range) -> None:
    own, guesser = own_computer(cast), Client(REMOTE_ADDR=OFFICE)
    hashed.clear()
    answers = Counter(log_in(guesser, f"name{i}", "123456").status_code for i in guesses)
    assert answers == {422: 30, 429: len(guesses) - 30} and len(hashed) == 30
    # What is kept does not grow with the guesses.
    assert Tries.objects.count() <= 35
    assert log_in(own, "clerk", PASSWORD).status_code == 302
    # Behind the same address, on a computer that nobody knows: when the window is over.
    stranger = Client(REMOTE_ADDR=OFFICE)
    assert 0 < int(log_in(stranger, "clerk", PASSWORD)["Retry-After"]) <= 900
    Tries.objects.update(until=clock.now())
    assert log_in(stranger, "clerk", PASSWORD).status_code == 302


def test_codes_from_one_address(cast: Cast, guesses: range) -> None:
    filed = cast.file()
    neighbour, guesser = Client(REMOTE_ADDR=OFFICE), Client(REMOTE_ADDR=OFFICE)
    assert neighbour.post("/track/", {"code": filed.code}).status_code == 302
    answers = Counter(guesser.post("/track/", f"code={i:016}", content_type=FORM).status_code for i in guesses)
    assert answers == {422: 10, 429: len(guesses) - 10}
    # The neighbour's browser opened a request before; a new one waits, and is told how long.
    assert neighbour.post("/track/", {"code": filed.code}).status_code == 302
    stranger = Client(REMOTE_ADDR=OFFICE)
    refused = stranger.post("/track/", {"code": filed.code})
    assert refused.status_code == 429 and 0 < int(refused["Retry-After"]) <= 600
    Tries.objects.update(until=clock.now())
    assert stranger.post("/track/", {"code": filed.code}).status_code == 302


def test_askings_from_one_address(cast: Cast, guesses: range, monkeypatch: pytest.MonkeyPatch) -> None:
    neighbour, guesser = Client(REMOTE_ADDR=OFFICE), Client(REMOTE_ADDR=OFFICE)
    assert neighbour.post("/track/", {"code": cast.file().code}).status_code == 302
    ask = "category=books&community=north&spot=grid:grid-1&text=books&key="
    answers = Counter(guesser.post("/ask/wish/", f"{ask}k{i}", content_type=FORM).status_code for i in guesses)
    assert answers == {302: 20, 429: len(guesses) - 20}
    assert Need.objects.count() == 21
    # A browser that is known since yesterday goes on; one that the flood made known today does not.
    assert neighbour.post("/ask/wish/", ask + "n1", content_type=FORM).status_code == 429
    tomorrow = clock.now() + timedelta(days=1)
    monkeypatch.setattr("lianxin.needs.views.asking.now", lambda: tomorrow)
    Tries.objects.update(until=tomorrow + timedelta(minutes=5))
    assert neighbour.post("/ask/wish/", ask + "n2", content_type=FORM).status_code == 302
    assert Client(REMOTE_ADDR=OFFICE).post("/ask/wish/", ask + "n3", content_type=FORM).status_code == 429


def test_counters_that_are_over_are_swept_up(cast: Cast) -> None:
    at = clock.now()
    for i in range(100):
        Throttle("probe", limit=3, window=timedelta(minutes=1)).of(str(i)).take(at)
    assert Tries.objects.count() == 100
    assert forget_tries(at + timedelta(seconds=59)) == 0
    assert forget_tries(at + timedelta(minutes=1)) == 100


def test_without_a_worker_new_counters_sweep_up_old_ones(cast: Cast) -> None:
    at, throttle = clock.now(), Throttle("probe", limit=3, window=timedelta(minutes=1))
    for i in range(3_000):
        throttle.of(str(i)).take(at + timedelta(minutes=i))
    assert Tries.objects.count() < 2_000


def test_a_counter_goes_to_its_limit_and_begins_anew_after_its_window(cast: Cast) -> None:
    at, counter = clock.now(), Throttle("probe", limit=3, window=timedelta(minutes=1)).of("x")
    assert [counter.take(at) for _ in range(5)] == [True, True, True, False, False]
    assert counter.wait(at) == 60 and counter.wait(at + timedelta(seconds=50)) == 10
    counter.give_back()
    assert counter.wait(at) == 0 and counter.take(at) and not counter.take(at)
    later = at + timedelta(minutes=1)
    assert counter.wait(later) == 0
    assert [counter.take(later) for _ in range(4)] == [True, True, True, False]
