"""Perhaps the same: suggested to staff, merged in one tap, taken apart again."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from lianxin.core.clock import now
from lianxin.core.errors import WrongState
from lianxin.desk.models import DeskItem
from lianxin.figures import tallies
from lianxin.needs import similar
from lianxin.needs.models import Need
from lianxin.needs.operations import (
    Asked,
    answer_merged,
    assign_need,
    decline_need,
    deliver_need,
    merge_need,
    publish_need,
    record_answer,
    take_back,
    unmerge_need,
    verify_need,
    withdraw_need,
)
from lianxin.needs.tests.test_staff_filing import FILE, form
from lianxin.needs.timeline import render
from lianxin.notifications.models import Notice
from tests.cast import Cast, fresh

LEAK = "厨房水管漏水，地上都是水"


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("厨房水管漏水", "家里厨房的水管漏了", 0.5, 0.7),
        ("厨房水管漏水", "厨房水管漏水", 1, 1),
        ("厨房水管漏水", "想要几本课外书", 0, 0),
        ("灯坏了", "门坏了", 0, 0),
        ("the lamp is broken", "lamp broken since Monday", 0.5, 1),
        ("", "", 0, 0),
    ],
)
def test_how_similar_two_texts_are(one: str, other: str, least: float, most: float) -> None:
    assert least <= similar.share(one, other) <= most
    assert similar.share(one, other) == similar.share(other, one)


@pytest.mark.django_db
def test_only_what_is_open_nearby_recent_of_its_kind_and_not_hidden(cast: Cast) -> None:
    same = cast.ask(text="厨房的水管漏水了")
    cast.ask(text=LEAK, grid=cast.grid_2)
    cast.ask(text=LEAK, community=cast.south, grid=cast.grid_3)
    cast.ask(text=LEAK, kind="repair", category=cast.lamp)
    cast.ask(text="别的事情，与此无关")
    gone = cast.ask(text=LEAK)
    merge_need(gone, actor=cast.actor("clerk"), at=cast.clock(), into=same)
    asked = Asked(kind="wish", category=cast.books, community=cast.north, grid=cast.grid_1, text=LEAK)

    def found(at: Any, **changes: Any) -> list[Need]:
        for name, said in changes.items():
            setattr(asked, name, said)
        return similar.to_asked(asked, actor=cast.actor("clerk"), at=at)

    at = cast.clock()
    assert found(at) == [same]
    assert found(at + timedelta(weeks=5)) == []
    assert found(at, urgency="emergency") == []
    assert similar.to_asked(asked, actor=cast.actor("south_clerk"), at=at) == []


def test_filing_shows_what_may_be_the_same_once_and_merges_on_request(cast: Cast, pages: Any) -> None:
    cast.clock.at = now()
    first = cast.ask(text=LEAK)
    browser = pages.of("clerk")
    said = form(cast, browser, text="楼上厨房水管漏水", grid=cast.grid_1.pk)
    shown = browser.post(FILE, said)
    assert shown.status_code == 200
    assert first.number in shown.content.decode()
    assert Need.objects.count() == 1
    assert browser.post(FILE, said | {"seen": "on", "same_as": first.number}).status_code == 302
    second = Need.objects.latest("pk")
    assert (second.merged_into, second.status) == (first, "merged")
    # Something else: filed at the second sending, and nothing is merged.
    other = form(cast, browser, text="厨房水管漏水，又一处", grid=cast.grid_1.pk)
    assert browser.post(FILE, other).status_code == 200
    assert browser.post(FILE, other | {"seen": "on", "same_as": ""}).status_code == 302
    assert Need.objects.latest("pk").merged_into is None


def test_the_page_suggests_and_merges_in_one_tap(cast: Cast, pages: Any) -> None:
    first, second = cast.ask(text=LEAK, phone="13800001111"), cast.ask(text="厨房里水管漏水")
    browser = pages.of("clerk")
    page = browser.get(f"/workspace/needs/{second.number}/").content.decode()
    assert f'name="into" value="{first.number}"' in page
    assert "13800001111" not in page
    assert browser.post(f"/workspace/needs/{second.number}/merge/", {"into": first.number}).status_code == 302
    second.refresh_from_db()
    assert second.merged_into == first
    assert browser.post(f"/workspace/needs/{second.number}/unmerge/").status_code == 302
    second.refresh_from_db()
    assert (second.merged_into, second.status) == (None, "filed")


@pytest.mark.django_db
def test_taken_apart_it_stands_where_it_stood(cast: Cast) -> None:
    clerk, into = cast.actor("clerk"), cast.ask()
    for reach, status in ((None, "filed"), (verify_need, "verified"), (publish_need, "published")):
        need = cast.ask()
        if reach is verify_need:
            verify_need(need, actor=clerk, at=cast.clock())
        elif reach is publish_need:
            publish_need(need, actor=clerk, at=cast.clock(), public_text_="想要几本书")
        merge_need(need, actor=clerk, at=cast.clock(), into=into)
        unmerge_need(need, actor=clerk, at=cast.clock())
        need.refresh_from_db()
        assert (need.status, need.merged_into, need.ended_at) == (status, None, None)


@pytest.mark.django_db
def test_what_has_ended_together_is_not_taken_apart(cast: Cast) -> None:
    clerk, into, need = cast.actor("clerk"), cast.ask(), cast.ask()
    merge_need(need, actor=clerk, at=cast.clock(), into=into)
    held = assign_need(into, actor=clerk, at=cast.clock(), giver=cast.office)
    deliver_need(held, actor=clerk, at=cast.clock(), note="送到了")
    record_answer(held, actor=cast.asker(into), at=cast.clock(), solved=True)
    with pytest.raises(WrongState):
        unmerge_need(need, actor=clerk, at=cast.clock())


def merged_twice(cast: Cast) -> tuple[Need, Need, Need]:
    """Three needs: the first merged into the second, the second into the third, in which all are handled."""
    first, second, third = (cast.ask(text=text) for text in ("第一位要书", "第二位要书", "第三位要书"))
    for need, into in ((first, second), (second, third)):
        merge_need(need, actor=cast.actor("clerk"), at=cast.clock(), into=into)
    return first, second, third


def done(cast: Cast, need: Need) -> None:
    held = assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    deliver_need(held, actor=cast.actor("fitter"), at=cast.clock(), note="送到了")


def test_merged_twice_every_asker_hears_and_answers(cast: Cast, pages: Any, client: Client) -> None:
    cast.clock.at = now()
    filed = cast.file(text="第一位要书")
    first = Need.objects.get(pk=filed.need_id)
    second, third = cast.ask(text="第二位要书"), cast.ask(text="第三位要书")
    for need, into in ((first, second), (second, third)):
        merge_need(need, actor=cast.actor("clerk"), at=cast.clock(), into=into)
    page = pages.of("clerk").get(f"/workspace/needs/{third.number}/").content.decode()
    assert first.number in page and second.number in page
    assert third.number in pages.of("clerk").get(f"/workspace/needs/{first.number}/").content.decode()
    client.post("/track/", {"code": filed.code})
    sent = {"merged-solved": "no", "merged-satisfaction": "unsatisfied"}
    assert client.post("/track/need/answer/", sent).status_code == 422
    done(cast, third)
    page = client.get("/track/need/").content.decode()
    assert third.number in page and "merged-solved" in page
    assert "第二位" not in page and "第三位" not in page
    assert client.post("/track/need/answer/", sent).status_code == 302
    assert fresh(first).solved is False
    assert Notice.objects.get(code="need.joined_not_solved").params["number"] == first.number
    assert (fresh(first).status, fresh(first).merged_into) == ("filed", None)
    assert "It is with your community again" in client.get("/track/need/").content.decode()
    answer_merged(second, actor=cast.asker(second), at=cast.clock(), solved=True)
    assert tallies.compare().wrong == {}


@pytest.mark.django_db
def test_taken_apart_it_takes_along_what_was_merged_into_it_before(cast: Cast) -> None:
    first, second, third = merged_twice(cast)
    unmerge_need(second, actor=cast.actor("clerk"), at=cast.clock())
    assert [fresh(n).status for n in (first, second, third)] == ["merged", "filed", "filed"]
    done(cast, third)
    with pytest.raises(WrongState, match="not done yet"):
        answer_merged(first, actor=cast.asker(first), at=cast.clock(), solved=True)
    done(cast, second)
    answer_merged(first, actor=cast.asker(first), at=cast.clock(), solved=True)
    assert tallies.compare().wrong == {}


@pytest.mark.django_db
def test_the_first_of_three_is_taken_apart_alone(cast: Cast) -> None:
    first, second, third = merged_twice(cast)
    unmerge_need(first, actor=cast.actor("clerk"), at=cast.clock())
    assert [fresh(n).status for n in (first, second, third)] == ["filed", "merged", "filed"]
    assert fresh(second).merged_into == third
    assert tallies.compare().wrong == {}


@pytest.mark.django_db
def test_what_somebody_answered_for_together_is_not_taken_apart(cast: Cast) -> None:
    first, second, third = merged_twice(cast)
    done(cast, third)
    answer_merged(first, actor=cast.asker(first), at=cast.clock(), solved=True)
    for need in (first, second):
        with pytest.raises(WrongState):
            unmerge_need(need, actor=cast.actor("clerk"), at=cast.clock())


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["declined", "withdrawn"])
def test_when_the_joint_one_ends_undone_the_others_are_asked_for_still(cast: Cast, end: str) -> None:
    first, second, third = merged_twice(cast)
    if end == "declined":
        decline_need(third, actor=cast.actor("clerk"), at=cast.clock(), reason="unclear", words="看不明白")
    else:
        withdraw_need(third, actor=cast.asker(third), at=cast.clock())
    assert [fresh(n).status for n in (first, second, third)] == ["merged", "filed", end]
    assert fresh(second).merged_into is None and fresh(first).merged_into == second
    assert DeskItem.objects.filter(object_type="need", object_id=second.pk, verb="verify", role="office").exists()
    assert third.number in fresh(second).story[-1].params["number"]
    assert any("has ended" in happened.what for happened in render(fresh(second).story))
    assert tallies.compare().wrong == {}
    done(cast, second)
    answer_merged(first, actor=cast.asker(first), at=cast.clock(), solved=True)
    with pytest.raises(WrongState, match="already"):
        answer_merged(first, actor=cast.asker(first), at=cast.clock(), solved=False)


@pytest.mark.django_db
def test_a_decline_that_is_taken_back_leaves_apart_what_it_took_apart(cast: Cast) -> None:
    first, second = cast.ask(text="第一位要书"), cast.ask(text="第二位要书")
    merge_need(first, actor=cast.actor("clerk"), at=cast.clock(), into=second)
    decline_need(second, actor=cast.actor("clerk"), at=cast.clock(), reason="unclear", words="看不明白")
    take_back(second, actor=cast.actor("clerk"), at=cast.clock())
    assert [fresh(n).status for n in (first, second)] == ["filed", "filed"]
    assert tallies.compare().wrong == {}
