"""What a token is for, how long it lasts, how often it may call."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from lianxin.accounts.models import ApiToken, TokenScope
from lianxin.core import rates
from lianxin.core.clock import now
from lianxin.core.models import CityValue, Tries
from lianxin.core.throttle import forget_tries
from lianxin.needs.tests.api_caller import WISH, Caller, _nobody_is_throttled, ok, published, refused  # noqa: F401
from lianxin.notifications.models import Notice
from lianxin.notifications.notices import sentence
from lianxin.staffing.jobs import warn_of_ends
from lianxin.staffing.tokens import create_token
from tests.cast import Cast


def caller_for(cast: Cast, who: str, *scopes: str, days: int = 30) -> Caller:
    made = create_token(actor=cast.actor(who), at=now(), name="test", scopes=scopes, days=days)
    caller = Caller(cast)
    caller.headers["Authorization"] = f"Bearer {made.raw}"
    return caller


READ, FILE, ACT, FIGURES = (str(scope) for scope in TokenScope)


def scope_of(call: dict[str, Any]) -> str:
    """What the description says a token must be for; empty: any token will do."""
    ways = [way["Token"] for way in call["security"] if "Token" in way]
    return ways[0][0] if ways[0] else ""


def test_the_description_gives_each_call_its_scope() -> None:
    schema = Client().get("/api/v1/openapi.json").json()
    for path, methods in schema["paths"].items():
        for method, call in methods.items():
            short = path.removeprefix("/api/v1/")
            if short.startswith(("places", "organisations", "categories")):
                expected = ""
            elif short == "figures":
                expected = FIGURES
            elif method == "get":
                expected = READ
            else:
                expected = FILE if short in ("needs", "batches", "needs/on_the_spot") else ACT
            assert scope_of(call) == expected, (method, path)


@pytest.mark.parametrize("scope", TokenScope.values)
def test_a_token_opens_what_it_is_for_and_nothing_else(cast: Cast, scope: str) -> None:
    need = published(cast)
    caller = caller_for(cast, "clerk", scope)
    schema = Client().get("/api/v1/openapi.json").json()
    for path, methods in schema["paths"].items():
        for method, call in methods.items():
            wanted = scope_of(call)
            short = path.removeprefix("/api/v1").replace("{number}", need.number).replace("{pk}", "1")
            short = short.replace("{code}", "north")
            answer = caller.get(short) if method == "get" else caller.post(short, {}, key="k")
            if wanted in ("", scope):
                assert answer.status_code != 403 or answer.json()["code"] != "no_scope", short
                continue
            said = refused(answer, 403, "no_scope")
            assert said["scope"] == wanted
            assert answer["WWW-Authenticate"] == f'Bearer error="insufficient_scope", scope="{wanted}"'
            assert str(TokenScope(wanted).label) in said["detail"]


def test_a_token_ends_on_its_day(cast: Cast) -> None:
    caller = caller_for(cast, "clerk", READ)
    ok(caller.get("/needs"))
    ApiToken.objects.update(expires_at=now())
    refused(caller.get("/needs"), 401, "no_token")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"scopes": [], "days": "30"}, "scopes"),
        ({"scopes": ["everything"], "days": "30"}, "scopes"),
        ({"scopes": [READ], "days": "31"}, "days"),
        ({"scopes": [READ], "days": "365"}, "days"),
    ],
)
def test_scopes_and_days_are_those_offered(cast: Cast, client: Client, asked: dict[str, Any], field: str) -> None:
    CityValue.objects.create(code="staffing.token_days", steps=[{"from": "2026-01-01T00:00:00+00:00", "value": 90}])
    client.force_login(cast.users["clerk"])
    answer = client.post("/workspace/account/tokens/", {"name": "report"} | asked)
    assert answer.status_code == 422 and field in answer.context["new_token"].errors
    assert not ApiToken.objects.exists()


def test_a_week_before_its_end_the_holder_is_told_once(cast: Cast, client: Client) -> None:
    caller_for(cast, "clerk", READ)
    late = now() + timedelta(days=30)
    assert warn_of_ends(late - timedelta(days=7, minutes=1)) == 0
    assert warn_of_ends(late - timedelta(days=6, hours=23)) == 1
    assert warn_of_ends(late - timedelta(days=6)) == 0
    notice = Notice.objects.get()
    assert notice.user == cast.users["clerk"] and ApiToken.objects.get().tail in sentence(notice)
    client.force_login(cast.users["clerk"])
    page = client.get("/workspace/account/").content.decode()
    assert "Read needs and batches" in page and "Act on needs" in page


# --- Rates ---------------------------------------------------------------------------------------------------------
def limit(what: str, calls: int) -> None:
    CityValue.objects.create(code=what, steps=[{"from": "2026-01-01T00:00:00+00:00", "value": calls}])
    rates.COUNTER.forget()


@pytest.fixture
def within_one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are counted by the clock's minute: hold it, so that no test begins in one and ends in the next."""
    at = now().replace(second=20)
    monkeypatch.setattr("lianxin.core.api.now", lambda: at)


@pytest.mark.usefixtures("within_one_minute")
def test_a_token_may_call_as_often_as_the_city_says(cast: Cast, django_assert_num_queries: Any) -> None:
    limit(rates.PER_TOKEN, 12)
    caller, other = caller_for(cast, "clerk", READ), caller_for(cast, "clerk_2", READ)
    left = [ok_left(caller.get("/needs")) for _turn in range(12)]
    assert left == list(range(11, -1, -1))
    with django_assert_num_queries(1):  # only the token is looked up
        answer = caller.get("/needs")
    said = refused(answer, 429, "too_many")
    assert "minute" in said["detail"] and answer["Retry-After"] == answer["RateLimit-Reset"] == "40"
    assert (answer["RateLimit-Limit"], answer["RateLimit-Remaining"]) == ("12", "0")
    ok(other.get("/needs"))
    ok(Caller(cast).get("/places"))
    rates.COUNTER.forget()  # another process: it knows after its first block
    assert [caller.get("/needs").status_code for _turn in range(11)] == [200] * 9 + [429] * 2


def ok_left(answer: Any) -> int:
    ok(answer)
    return int(answer["RateLimit-Remaining"])


@pytest.mark.usefixtures("within_one_minute")
def test_an_address_without_a_valid_token_is_counted_whatever_it_sends(cast: Cast) -> None:
    limit(rates.PER_ADDRESS, 10)
    wrong = Caller(cast)
    for turn in range(5):
        wrong.headers["Authorization"] = f"Bearer lx_guess-{turn}"
        refused(wrong.get("/needs"), 401, "no_token")
    public = Caller(cast)
    for _turn in range(5):
        refused(public.get("/needs"), 401, "no_token")
    for answer in (public.get("/places"), wrong.get("/needs"), public.post("/needs", WISH, key="k")):
        refused(answer, 429, "too_many")
    ok(caller_for(cast, "clerk", READ).get("/needs"))


def test_a_count_is_gone_when_its_minute_is_over(cast: Cast) -> None:
    at = now()
    limit(rates.PER_TOKEN, 10)
    assert [rates.take(rates.PER_TOKEN, "somebody", at).spent for _turn in range(11)] == [False] * 10 + [True]
    later = at + timedelta(minutes=1)
    assert not rates.take(rates.PER_TOKEN, "somebody", later).spent
    assert forget_tries(later) == 0
    assert forget_tries(at + timedelta(minutes=4)) == 1 and not Tries.objects.exists()


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_processes_that_count_together_let_through_the_limit_and_less_than_a_block_each_beyond() -> None:
    limit(rates.PER_TOKEN, 100)
    at, through = now(), []

    def call() -> None:
        own = rates.Counter()  # a process of its own
        through.append(sum(not own.take(rates.PER_TOKEN, "somebody", at).spent for _turn in range(100)))
        connection.close()

    threads = [threading.Thread(target=call) for _turn in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 100 - 3 * rates.BLOCK <= sum(through) <= 100 + 3 * (rates.BLOCK - 1)
