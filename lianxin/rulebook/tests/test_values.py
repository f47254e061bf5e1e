"""The city's values: read at once, set from a day on, called off, told in history."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.formats import date_format

from lianxin.core import values
from lianxin.core.clock import local_day, now
from lianxin.core.errors import Invalid, NotAllowed, Stale, WrongState
from lianxin.core.models import CityValue
from lianxin.core.values import VALUES, value, whole
from lianxin.history import chain
from lianxin.rulebook.operations import call_off_value, set_value
from lianxin.rulebook.queries import all_standing
from tests.cast import Cast

pytestmark = pytest.mark.django_db
CODE = "test.days"
PAGE = f"/workspace/settings/{CODE}/"


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    VALUES.add(
        CODE,
        whole(
            "Days to wait",
            group="Tests",
            default=10,
            low=1,
            high=90,
            unit="days",
            effect=lambda new: [f"{new} lapse sooner"],
        ),
    )
    yield
    VALUES.remove(CODE)


def put(cast: Cast, wanted: int, version: int = 0, **later: int) -> CityValue:
    at = now()
    actor = cast.actor("city_officer")
    return set_value(CODE, wanted, actor=actor, at=at, version=version, from_at=at + timedelta(**later))


def test_a_value_is_its_default_until_the_city_sets_it(cast: Cast) -> None:
    assert value(CODE) == 10
    put(cast, 7)
    assert value(CODE) == 7
    row = CityValue.objects.get(code=CODE)
    assert [entry.code for entry in chain.of(row)] == ["value.set"]
    call_command("verify")


def test_a_change_to_come_holds_from_its_day_and_can_be_called_off(cast: Cast) -> None:
    put(cast, 7, days=3)
    assert value(CODE) == 10
    assert value(CODE, now() + timedelta(days=4)) == 7
    call_off_value(CODE, actor=cast.actor("admin"), at=now(), version=1)
    assert value(CODE, now() + timedelta(days=4)) == 10
    with pytest.raises(WrongState):
        call_off_value(CODE, actor=cast.actor("admin"), at=now(), version=2)


def test_an_earlier_change_replaces_a_later_one(cast: Cast) -> None:
    put(cast, 7, days=3)
    put(cast, 5, version=1, days=1)
    assert value(CODE, now() + timedelta(days=9)) == 5


def test_refused_are_the_past_a_stale_page_and_the_office(cast: Cast) -> None:
    with pytest.raises(Invalid):
        put(cast, 7, days=-1)
    put(cast, 7)
    with pytest.raises(Stale):
        put(cast, 8)
    with pytest.raises(NotAllowed):
        set_value(CODE, 8, actor=cast.actor("clerk"), at=now(), version=1, from_at=now())
    assert value(CODE) == 7


def test_all_values_of_a_request_are_one_query(cast: Cast, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1), values.read_once():
        value(CODE)
        value(CODE)
    with django_assert_num_queries(2):
        value(CODE)
        value(CODE)


def test_the_page_shows_what_would_change_then_saves_and_says_who(cast: Cast, client: Client) -> None:
    client.force_login(cast.users["city_officer"])
    sent = {"value": "3", "from_on": local_day(now()).isoformat(), "version": "0"}
    seen = client.post(PAGE, sent).content.decode()
    assert "3 lapse sooner" in seen
    assert value(CODE) == 10
    assert client.post(PAGE, sent | {"save": "1"}).status_code == 302
    assert value(CODE) == 3
    page = client.get(PAGE).content.decode()
    assert cast.users["city_officer"].name in page
    assert "set it to 3 days" in page


def test_a_wrong_value_says_why_and_keeps_what_was_typed(cast: Cast, client: Client) -> None:
    client.force_login(cast.users["city_officer"])
    answer = client.post(PAGE, {"value": "900", "from_on": "2020-01-01", "version": "0", "save": "1"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="900"' in page
    assert "Choose today or a later day" in page
    stale = {"value": "9", "from_on": local_day(now()).isoformat(), "version": "5", "save": "1"}
    assert "Somebody changed this" in client.post(PAGE, stale).content.decode()
    assert client.post("/workspace/settings/nothing/", stale).status_code == 404


def test_the_list_filters_and_exports_within_its_queries(
    cast: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    put(cast, 7)
    client.force_login(cast.users["city_officer"])
    client.get("/workspace/settings/")
    with django_assert_max_num_queries(8):
        page = client.get("/workspace/settings/?changed=changed").content.decode()
    assert "Days to wait" in page
    assert "Days to wait" not in client.get("/workspace/settings/?changed=coming").content.decode()
    assert client.get("/workspace/settings/?format=xlsx")["Content-Type"].endswith("sheet")


def test_who_set_a_value_is_looked_up_by_the_index_of_history(cast: Cast) -> None:
    put(cast, 7)
    with CaptureQueriesContext(connection) as asked:
        (standing,) = all_standing(now(), [CODE])
        assert CODE in {each.code for each in all_standing(now())}
    assert standing.set_by == cast.users["city_officer"].name
    history = [query["sql"] for query in asked if "object_key" in query["sql"] and "MAX" in query["sql"]]
    assert len(history) == 2
    assert not [sql for sql in history if "LIKE" in sql.upper()]


def test_the_preview_says_which_plans_would_be_dropped(cast: Cast, client: Client) -> None:
    put(cast, 7, days=3)
    put(cast, 9, version=1, days=6)
    client.force_login(cast.users["city_officer"])
    page = client.get(PAGE).content.decode()
    days = [date_format(local_day(now() + timedelta(days=later))) for later in (3, 6)]
    assert [f"{shown} from {day}" in page for shown, day in zip(("7 days", "9 days"), days, strict=True)] == [
        True,
        True,
    ]
    sent = {"value": "5", "from_on": local_day(now()).isoformat(), "version": "2"}
    seen = client.post(PAGE, sent).content.decode()
    assert f"Planned: 7 days from {days[0]}. It will be dropped." in seen
    assert f"Planned: 9 days from {days[1]}. It will be dropped." in seen
    seen = client.post(PAGE, sent | {"from_on": local_day(now() + timedelta(days=5)).isoformat()}).content.decode()
    assert "Planned: 7 days" not in seen
    assert "Planned: 9 days" in seen
    assert client.post(PAGE, sent | {"save": "1"}).status_code == 302
    assert value(CODE, now() + timedelta(days=30)) == 5
