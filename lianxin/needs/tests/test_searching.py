"""Searching needs: inside what one may read, by number too, marked, gone when erased, and as a new index finds it."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from lianxin.accounts.actors import SYSTEM
from lianxin.needs.models import Need
from lianxin.needs.operations import assign_need, correct_need, decline_need, erase_words, publish_need
from lianxin.needs.queries import search_for, wall
from lianxin.search import index
from tests.cast import Cast


def found(cast: Cast, name: str, words: str) -> list[str]:
    actor = cast.actor(name)
    needs = search_for(actor, Need.objects.visible_to(actor), words).order_by("pk")
    return list(needs.values_list("text", flat=True))


@pytest.mark.django_db
def test_each_finds_what_lies_in_their_places_and_a_giver_what_it_may_read(cast: Cast) -> None:
    north = cast.ask(text="厨房水管漏水")
    cast.ask(text="楼上水管响", community=cast.south, grid=cast.grid_3)
    assert found(cast, "clerk", "水管") == ["厨房水管漏水"]
    assert found(cast, "south_clerk", "水管") == ["楼上水管响"]
    assert found(cast, "grid_worker", "管漏") == ["厨房水管漏水"]
    assert found(cast, "grid_worker_2", "水管") == []
    assert found(cast, "town_officer", "水管") == found(cast, "city_officer", "管") == ["厨房水管漏水", "楼上水管响"]
    publish_need(north, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想请人修厨房")
    assert found(cast, "liaison", "水管") == []
    assert found(cast, "liaison", "厨房") == found(cast, "liaison", north.number) == ["厨房水管漏水"]
    other = cast.ask(text="水龙头坏了", kind="repair", category=cast.lamp)
    assign_need(other, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    assert found(cast, "fitter", "龙头") == ["水龙头坏了"]
    assert found(cast, "fitter", "水管") == []


@pytest.mark.django_db
def test_a_hidden_complaint_is_not_found_by_its_subject(cast: Cast) -> None:
    cast.ask(kind="complaint", subject_kind="company", subject=cast.company, category=cast.fees, text="收费不合理")
    assert found(cast, "clerk", "收费") == ["收费不合理"]
    assert found(cast, "fitter", "收费") == []


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["1", "00001", "SC-26-00001", "sc-26-00001"])
def test_by_number_and_never_by_name_or_telephone(cast: Cast, words: str) -> None:
    cast.ask(name="样例·王五", phone="13800004321", text="请打13800004321找我", place_detail="十二号楼")
    cast.ask(text="别的")
    assert found(cast, "clerk", words) == ["请打13800004321找我"]
    for secret in ("样例", "王五", "13800004321", "4321", "十二号"):
        assert found(cast, "clerk", secret) == []


@pytest.mark.django_db
def test_the_wall_follows_the_public_text(cast: Cast) -> None:
    need = cast.ask(text="我家孩子要书")
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    assert [n.pk for n in wall("", "课外")] == [need.pk]
    need.refresh_from_db()
    correct_need(need, actor=cast.actor("clerk"), at=cast.clock(), version=need.version, public_text_="想要几本连环画")
    assert not wall("", "课外")
    assert [n.pk for n in wall("", "连环 画")] == [need.pk]
    assert not wall("", "孩子")


def _rows() -> list[Any]:
    with connection.cursor() as cursor:
        found = []
        for corpus in index.CORPORA:
            cursor.execute(f"SELECT * FROM search_{corpus} ORDER BY 1")
            found.append(cursor.fetchall())
    return found


@pytest.mark.django_db
def test_erased_words_are_gone_and_a_new_index_is_the_same(cast: Cast) -> None:
    # Tests with real transactions empty Django's tables at their end, not the index.
    call_command("reindex", verbosity=0)
    for number in range(5):
        need = cast.ask(text=f"第{number}件事，灯坏了")
        if number % 2:
            publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_=f"楼道里的第{number}盏灯")
        else:
            decline_need(need, actor=cast.actor("clerk"), at=cast.clock(), reason="unclear", words="看不明白")
    gone = Need.objects.order_by("pk").first()
    assert gone is not None
    assert erase_words(gone, actor=SYSTEM, at=cast.clock() + timedelta(days=400))
    assert len(found(cast, "clerk", "灯坏")) == 4
    kept = _rows()
    call_command("reindex", verbosity=0)
    assert _rows() == kept


LIST = "/workspace/needs/"


@pytest.mark.parametrize("words", ["SC-26-00001", "sc2600001", " sc 26 00001", "ＳＣ－26－00001", "第一件"])
def test_what_is_closed_is_found_too_unless_a_state_is_chosen(cast: Cast, pages: Any, words: str) -> None:
    need = cast.ask(text="第一件事")
    decline_need(need, actor=cast.actor("clerk"), at=cast.clock(), reason="unclear", words="看不明白")
    browser = pages.of("clerk")
    found = browser.get(LIST, {"q": words, "status": ""})
    assert [row["need"].number for row in found.context["rows"]] == [need.number]
    assert '<option value="all" selected>' in found.content.decode()
    assert len(found.context["chips"]) == 1
    narrowed = browser.get(LIST, {"q": words, "status": "open", "kind": "wish"})
    assert not narrowed.context["rows"]
    again = narrowed.context["all_states_url"]
    assert again.replace("&", "&amp;") in narrowed.content.decode()
    assert [row["need"].number for row in browser.get(LIST + again).context["rows"]] == [need.number]
    assert not browser.get(LIST, {"status": ""}).context["rows"]


def test_a_number_of_another_place_is_not_found(cast: Cast, pages: Any) -> None:
    need = cast.ask(community=cast.south, grid=cast.grid_3)
    assert not pages.of("clerk").get(LIST, {"q": need.number}).context["rows"]


@pytest.mark.parametrize("words", ["SC-26-00001", "课外"])
@pytest.mark.parametrize("name", ["grid_worker", "clerk", "city_officer", "liaison", "fitter"])
def test_a_search_costs_no_more_than_a_list(
    cast: Cast, pages: Any, name: str, words: str, django_assert_max_num_queries: Any
) -> None:
    cast.ask()
    browser = pages.of(name)
    with django_assert_max_num_queries(8):
        assert browser.get(LIST, {"q": words}).status_code == 200


def test_the_list_marks_what_was_found_and_shows_what_lies_further_down(cast: Cast, pages: Any) -> None:
    cast.ask(text="<b>灯</b>坏了\n" + "请来看看。" * 20 + "另外水管也漏")
    page = pages.of("clerk").get("/workspace/needs/", {"q": "灯"}).content.decode()
    assert "&lt;b&gt;<mark>灯</mark>&lt;/b&gt;" in page
    page = pages.of("clerk").get("/workspace/needs/", {"q": "水管"}).content.decode()
    assert "另外<mark>水管</mark>也漏" in page
    page = pages.of("clerk").get("/workspace/needs/", {"q": "没有这样的"}).content.decode()
    assert "<mark>" not in page
