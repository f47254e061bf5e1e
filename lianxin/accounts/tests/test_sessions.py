"""Sessions: one's own list, ending them, and when they end by themselves."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from lianxin.accounts import limits, sessions
from lianxin.accounts.models import Session
from lianxin.core import clock
from lianxin.core.models import CityValue
from lianxin.history import chain
from lianxin.staffing.jobs import forget_what_is_over
from tests.cast import PASSWORD, Cast

SECURITY = "/workspace/account/security/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0"
PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"


def logged_in(cast: Cast, name: str = "clerk", agent: str = FIREFOX) -> Client:
    user = cast.users[name]
    if not user.has_usable_password():
        user.set_password(PASSWORD)
        user.save()
    client = Client(headers={"User-Agent": agent})
    client.cookies["lx_lang"] = "en"
    assert client.post("/login/", {"username": name, "password": PASSWORD}).status_code == 302
    return client


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Moves the clock by which sessions live."""
    moved = {"by": timedelta(0)}
    real = clock.now
    later = lambda: real() + moved["by"]  # noqa: E731
    monkeypatch.setattr("lianxin.accounts.sessions.now", later)
    monkeypatch.setattr("django.utils.timezone.now", later)

    def move(**by: int) -> None:
        moved["by"] += timedelta(**by)

    return move


def test_the_list_names_browsers_and_times_and_neither_keys_nor_addresses(cast: Cast) -> None:
    here = logged_in(cast)
    there = logged_in(cast, agent=PHONE)
    page = here.get(SECURITY).content.decode()
    assert "Firefox, Windows" in page and "Chrome, Android" in page and "last seen" in page
    assert page.count("this one") == 1
    for secret in (here.session.session_key, there.session.session_key, "127.0.0.1", "128.0"):
        assert secret not in page


def test_last_seen_never_stands_before_since_and_says_how_exact_it_is(cast: Cast, time: Any) -> None:
    here, there = logged_in(cast), logged_in(cast, agent=PHONE)
    began = Session.objects.order_by("began_at").last()
    assert began is not None and began.began_at is not None
    for later in (0, 9, 1, 59, 5):
        time(minutes=later)
        used = sessions.now()  # type: ignore[attr-defined]
        there.get("/workspace/")
        page = here.get(SECURITY).content.decode()
        assert page.count("in use now") == 1
        said = re.search(r"since (.{16}), last seen (.{16}) or up to ten minutes later", page)
        assert said
        since, seen = (datetime.strptime(each, "%Y-%m-%d %H:%M").astimezone(UTC) for each in said.groups())
        assert since == began.began_at.replace(second=0, microsecond=0)
        assert since <= seen <= used < seen + timedelta(minutes=11)  # ten, and the seconds that are not shown


def test_one_is_ended_and_all_others_are(cast: Cast) -> None:
    here, there, third = logged_in(cast), logged_in(cast, agent=PHONE), logged_in(cast, agent=PHONE)
    numbers = [s["number"] for s in here.get(SECURITY).context["sessions"] if not s["this"]]
    assert len(numbers) == 2
    assert here.post(f"{SECURITY}sessions/{numbers[0]}/end/").status_code == 302
    assert sorted(c.get(SECURITY).status_code for c in (there, third)) == [200, 302]
    fourth = logged_in(cast)
    assert here.post(f"{SECURITY}sessions/end/").status_code == 302
    assert [c.get(SECURITY).status_code for c in (here, there, third, fourth)] == [200, 302, 302, 302]
    assert [e.params for e in chain.of(cast.users["clerk"])] == [{"n": 1}, {"n": 2}]


def test_somebody_elses_session_is_out_of_reach(cast: Cast) -> None:
    mine, theirs = logged_in(cast), logged_in(cast, "admin")
    number = theirs.get(SECURITY).context["sessions"][0]["number"]
    mine.post(f"{SECURITY}sessions/{number}/end/")
    assert theirs.get(SECURITY).status_code == 200


def test_a_new_password_takes_the_other_rows_away_too(cast: Cast) -> None:
    here, _there = logged_in(cast), logged_in(cast)
    body = {"old_password": PASSWORD, "new_password1": "another-long-one", "new_password2": "another-long-one"}
    assert here.post("/workspace/account/password/", body)["Location"] == SECURITY
    assert Session.objects.filter(user=cast.users["clerk"]).count() == 1
    assert here.get(SECURITY).status_code == 200


def test_whoever_did_nothing_for_eight_hours_is_out(cast: Cast, time: Any) -> None:
    client = logged_in(cast)
    time(hours=7)
    assert client.get(SECURITY).status_code == 200
    time(hours=4)
    assert client.get(SECURITY).status_code == 200
    other = logged_in(cast)
    time(hours=8, minutes=11)
    assert other.get(SECURITY).status_code == 302


def test_after_twelve_hours_everybody_is_out(cast: Cast, time: Any) -> None:
    client = logged_in(cast)
    for _ in range(11):
        time(hours=1)
        assert client.get(SECURITY).status_code == 200
    time(hours=1, minutes=1)
    assert client.get(SECURITY).status_code == 302


def test_the_city_sets_the_idle_hours(cast: Cast, time: Any) -> None:
    steps = [{"from": (clock.now() - timedelta(days=1)).isoformat(), "value": 1}]
    CityValue.objects.create(code=limits.IDLE_HOURS, steps=steps)
    client = logged_in(cast)
    time(minutes=59)
    assert client.get(SECURITY).status_code == 200
    time(minutes=71)
    assert client.get(SECURITY).status_code == 302


def test_reading_pages_writes_once_in_ten_minutes(
    cast: Cast, time: Any, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    client = logged_in(cast)
    client.get("/workspace/")
    with django_assert_max_num_queries(6) as seen:
        client.get("/workspace/")
    assert not [q for q in seen.captured_queries if not q["sql"].startswith("SELECT")]
    before = Session.objects.get(user=cast.users["clerk"]).seen_at
    time(minutes=10)
    client.get("/workspace/")
    row = Session.objects.get(user=cast.users["clerk"])
    assert before is not None and row.seen_at is not None
    assert row.seen_at - before >= timedelta(minutes=10)


def test_sessions_that_are_over_are_erased_by_the_clock(cast: Cast) -> None:
    logged_in(cast)
    assert forget_what_is_over(clock.now() + timedelta(hours=7)) >= 0
    assert Session.objects.count() == 1
    forget_what_is_over(clock.now() + timedelta(hours=9))
    assert Session.objects.count() == 0


def test_the_session_has_another_key_after_logging_in(cast: Cast) -> None:
    client = Client()
    client.get("/login/")
    session = client.session
    session["x"] = 1
    session.save()
    client.cookies["sessionid"] = session.session_key
    cast.users["clerk"].set_password(PASSWORD)
    cast.users["clerk"].save()
    client.post("/login/", {"username": "clerk", "password": PASSWORD})
    assert client.session.session_key != session.session_key
