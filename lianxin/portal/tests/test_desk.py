"""My desk and the menu."""

from typing import Any

import pytest
from django.test import Client

from lianxin.needs.operations import assign_need, claim_need, deliver_need, publish_need, verify_need
from lianxin.portal import workspace
from tests.cast import Cast


def browser(cast: Cast, name: str) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(cast.users[name])
    return client


def busy(cast: Cast) -> None:
    clerk = cast.actor("clerk")
    for _ in range(3):
        cast.ask()
    verify_need(cast.ask(), actor=clerk, at=cast.clock())
    need = cast.ask()
    publish_need(need, actor=clerk, at=cast.clock(), public_text_="想要几本课外书")
    claim = claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    deliver_need(claim, actor=cast.actor("liaison"), at=cast.clock(), note="好了")
    for giver in (cast.company, cast.housing):
        repair = cast.ask(kind="repair", category=cast.lamp)
        assign_need(repair, actor=clerk, at=cast.clock(), giver=giver)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("clerk", 5),
        ("grid_worker", 3),
        ("town_officer", 0),
        ("city_officer", 0),
        ("liaison", 0),
        ("fitter", 1),
        ("housing_officer", 1),
        ("admin", 0),
    ],
)
def test_the_desk_of_every_role_costs_at_most_six_queries(
    cast: Cast, name: str, lines: int, django_assert_max_num_queries: Any
) -> None:
    busy(cast)
    client = browser(cast, name)
    with django_assert_max_num_queries(6):
        response = client.get("/workspace/")
    assert response.status_code == 200
    assert len(response.context["lines"]) == lines


def test_the_desk_counts_what_waits_and_what_is_late(cast: Cast) -> None:
    cast.ask()
    cast.ask()
    page = browser(cast, "clerk").get("/workspace/")
    assert page.context["words"] == "2 things wait for you, 2 are late."
    assert "#next" in page.content.decode()
    assert browser(cast, "town_officer").get("/workspace/").context["words"] == "Nothing waits for you."


def test_what_others_have_in_hand_stands_below_and_is_not_on_my_desk_too(cast: Cast) -> None:
    busy(cast)
    page = browser(cast, "clerk").get("/workspace/")
    others = {n.number for n in page.context["others"]}
    assert len(others) == 2
    assert not others & {line.number for line in page.context["lines"]}
    everything = browser(cast, "clerk").get("/workspace/needs/?hands=others")
    assert {r["need"].number for r in everything.context["rows"]} == others


def test_a_long_desk_goes_on_by_pages(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace, "PAGE", 2)
    for _ in range(5):
        cast.ask()
    client = browser(cast, "clerk")
    first = client.get("/workspace/")
    assert first.context["words"].startswith("5 things")
    second = client.get("/workspace/", {"after": first.context["page"].next})
    third = client.get("/workspace/", {"after": second.context["page"].next})
    shown = [line.number for page in (first, second, third) for line in page.context["lines"]]
    assert len(set(shown)) == 5


def test_the_menu_opens_what_the_posts_open_and_nothing_else(cast: Cast) -> None:
    pages = {}
    for name in cast.users:
        client = browser(cast, name)
        nav = client.get("/workspace/menu/").context["nav"]
        pages[name] = {item["url"] for group in nav for item in group["items"]}
        for url in pages[name]:
            assert client.get(url).status_code == 200, (name, url)
    assert "/workspace/needs/" not in pages["admin"]
    assert "/workspace/pool/" in pages["liaison"]
    assert "/workspace/pool/" not in pages["clerk"]
    assert "/workspace/file/" in pages["grid_worker"]
    assert "/workspace/file/" not in pages["fitter"]


def test_nobody_without_a_post_gets_a_desk(cast: Cast, client: Client) -> None:
    assert client.get("/workspace/")["Location"] == "/login/?next=/workspace/"


def test_emergencies_come_first_and_what_was_tried_today_last(cast: Cast, django_assert_max_num_queries: Any) -> None:
    clerk = cast.actor("clerk")
    need = cast.ask(kind="repair", category=cast.lamp)
    claim = assign_need(need, actor=clerk, at=cast.clock(), giver=cast.company)
    deliver_need(claim, actor=cast.actor("fitter"), at=cast.clock(), note="好了")
    verified = cast.ask()
    verify_need(verified, actor=clerk, at=cast.clock())
    emergency = cast.ask()
    verify_need(emergency, actor=clerk, at=cast.clock(), urgency="emergency")
    client = browser(cast, "clerk")

    def order() -> list[str]:
        with django_assert_max_num_queries(6):
            return [line.number for line in client.get("/workspace/").context["lines"]]

    assert order() == [emergency.number, need.number, verified.number]
    client.post(f"/workspace/needs/{need.number}/attempt/")
    assert order() == [emergency.number, verified.number, need.number]
    assert "tried today" in client.get("/workspace/").content.decode()
