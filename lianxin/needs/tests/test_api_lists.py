"""Lists over the API: filters, pages by key, words in the caller's language, and what they cost."""

from typing import Any

import pytest
from django.test import Client

from lianxin.alliance.models import Membership
from lianxin.needs.tests.api_caller import WISH, Caller, _nobody_is_throttled, ok, published, refused, token_of  # noqa: F401 - the fixture is used by being there
from tests.cast import Cast


def test_the_list_filters_sorts_and_pages_by_key(cast: Cast) -> None:
    needs = [cast.ask() for _i in range(5)]
    lamp = cast.ask(kind="repair", category=cast.lamp, grid=cast.grid_2, text="路灯不亮")
    clerk = Caller(cast, "clerk")

    def numbers(**query: Any) -> list[str]:
        return [row["number"] for row in ok(clerk.get("/needs", **query))["items"]]

    newest_first = [n.number for n in reversed([*needs, lamp])]
    assert numbers() == newest_first
    assert numbers(sort="filed") == newest_first[::-1]
    assert numbers(kind="repair") == numbers(category="lamp") == numbers(q="路灯") == [lamp.number]
    assert numbers(grid="grid-2", community="north", status="open") == [lamp.number]
    assert numbers(status="confirmed") == numbers(filed_to="2026-03-01") == []
    assert len(numbers(filed_from="2026-03-02", filed_to="2026-03-02")) == 6
    found, after = [], ""
    while True:
        page = ok(clerk.get("/needs", limit=2, after=after, sort="due"))
        found += [row["number"] for row in page["items"]]
        after = page["next"]
        if not after:
            break
    assert found == numbers(sort="due")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"status": "lost"}, "status"),
        ({"limit": 101}, "limit"),
        ({"grid": "nowhere"}, "grid"),
        ({"filed_from": "2026-13-01"}, "filed_from"),
        ({"filed_from": "9999-12-31"}, "filed_from"),
        ({"after": "é"}, "after"),
        ({"q": "\x00"}, "q"),
    ],
)
def test_a_filter_that_means_nothing_is_refused(cast: Cast, query: dict[str, Any], field: str) -> None:
    said = refused(Caller(cast, "clerk").get("/needs", **query), 422, "invalid")
    assert [e["field"] for e in said["errors"]] == [field]


@pytest.mark.parametrize(
    "cursor",
    [
        "e30",
        "WzEsMl0",
        "WyI5OTk5LTEyLTMxVDIzOjU5OjU5LTE0OjAwIiwgMV0",
        "WyIyMDI2LTAxLTAxIiwgMTAwMDAwMDAwMDAwMDAwMDAwMDAwMF0",
    ],
)
def test_a_made_up_cursor_is_refused_and_not_read_as_the_first_page(cast: Cast, cursor: str) -> None:
    cast.ask()
    said = refused(Caller(cast, "clerk").get("/needs", after=cursor), 422, "invalid")
    assert said["errors"][0]["field"] == "after"


def test_a_wrong_method_or_address_is_a_problem_too(cast: Cast) -> None:
    caller = Caller(cast, "clerk")
    wrong = caller.client.delete("/api/v1/needs", headers=caller.headers)
    refused(wrong, 405, "method_not_allowed")
    assert "POST" in wrong["Allow"]
    refused(caller.get("/nothing/at/all"), 404, "not_found")


def test_the_words_come_in_the_callers_language(cast: Cast) -> None:
    need = published(cast)
    caller = Caller(cast, "liaison")
    caller.client = Client(HTTP_ACCEPT_LANGUAGE="zh-CN")
    answer = caller.post(f"/needs/{need.number}/unpublish")
    assert answer["Content-Language"] == "zh-hans"


NAMES = ["clerk", "grid_worker", "town_officer", "city_officer", "liaison", "fitter", "housing_officer"]


@pytest.mark.parametrize("name", NAMES)
def test_a_list_costs_the_same_for_one_need_and_for_thirty(
    cast: Cast, name: str, django_assert_max_num_queries: Any
) -> None:
    caller = Caller(cast, name)
    query = {"kind": "wish", "category": "books", "community": "north", "q": "书", "sort": "due"}
    for count in (1, 29):
        for _i in range(count):
            published(cast)
        with django_assert_max_num_queries(8):
            ok(caller.get("/needs", **query))


def test_one_need_costs_twelve_queries_at_the_most(cast: Cast, django_assert_max_num_queries: Any) -> None:
    need = published(cast, compound=cast.compound)
    Membership.objects.create(organisation=cast.outside_unit, community=cast.north)
    for name in ("clerk", "grid_worker", "town_officer", "city_officer", "liaison", "outsider"):
        caller = Caller(cast, name)
        with django_assert_max_num_queries(12):
            ok(caller.get(f"/needs/{need.number}"))
    held = ok(Caller(cast, "liaison").post(f"/needs/{need.number}/claim", {"giver": "water-unit"}))["commitment"]
    ok(Caller(cast, "liaison").post(f"/needs/{need.number}/commitments/{held}/deliver", {"note": "好了"}))
    for name in ("clerk", "grid_worker", "liaison"):
        caller = Caller(cast, name)
        with django_assert_max_num_queries(12):
            ok(caller.get(f"/needs/{need.number}"))


def test_filing_costs_sixteen_queries_at_the_most(cast: Cast, django_assert_max_num_queries: Any) -> None:
    clerk = Caller(cast, "clerk")
    ok(clerk.post("/needs", WISH, key="warm"), 201)
    with django_assert_max_num_queries(20) as counted:
        ok(clerk.post("/needs", WISH, key="one"), 201)
    # BEGIN and COMMIT are not questions.
    asked = [q["sql"] for q in counted.captured_queries if "SAVEPOINT" not in q["sql"]]
    assert len(asked) <= 16, "\n".join(asked)
