"""Whose request was merged into another one: asked when that is done, by telephone too, and heard when it is not solved
for them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from lianxin.core.clock import now
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.desk.models import DeskItem
from lianxin.figures import tallies
from lianxin.needs import jobs
from lianxin.needs.answers import SecondCall
from lianxin.needs.jobs import erase_contacts
from lianxin.needs.models import Commitment, Need
from lianxin.needs.operations import (
    answer_merged,
    assign_need,
    decline_need,
    deliver_need,
    handle_need,
    merge_need,
    merging,
    record_answer,
    record_attempt,
    record_attempt_merged,
    record_second_call,
)
from lianxin.needs.operations.second_calls import SHARE
from lianxin.needs.timeline import render
from lianxin.notifications.models import Notice
from lianxin.rulebook.operations import set_value
from tests.cast import Cast, fresh

pytestmark = pytest.mark.django_db


def merged(cast: Cast) -> tuple[Need, Need]:
    """One that was telephoned in, merged into one of the web, which the company has in hand."""
    one = cast.ask(cast.actor("clerk"), text="楼道灯坏了", channel="phone", phone="13800001234")
    into = cast.ask(text="二楼的灯不亮")
    merge_need(one, actor=cast.actor("clerk"), at=cast.clock(), into=into)
    assign_need(into, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    return fresh(one), fresh(into)


def deliver(cast: Cast, into: Need) -> Commitment:
    held = Commitment.objects.get(need=into)
    deliver_need(held, actor=cast.actor("fitter"), at=cast.clock(), note="换好了")
    return Commitment.objects.get(need=into)


def asked(need: Need) -> list[tuple[str, str]]:
    return list(DeskItem.objects.filter(object_type="need", object_id=need.pk).values_list("verb", "role"))


def test_the_office_is_to_ask_as_soon_as_it_is_done_and_no_longer_when_it_is_done_again(cast: Cast) -> None:
    one, into = merged(cast)
    assert asked(one) == []
    held = deliver(cast, into)
    assert asked(one) == [("ask_joined", "office")]
    record_answer(held, actor=cast.asker(into), at=cast.clock(), solved=False)
    assert asked(one) == []
    held = deliver(cast, into)
    record_answer(held, actor=cast.asker(into), at=cast.clock(), solved=True)
    assert asked(one) == [("ask_joined", "office")]
    answer_merged(one, actor=cast.actor("clerk"), at=cast.clock(), solved=True, satisfaction="fairly", words="亮了")
    assert asked(one) == []
    assert (fresh(one).answered_via, fresh(one).satisfaction, fresh(one).status) == ("proxy", "fairly", "merged")
    assert "recorded for the asker" in render(fresh(one).story)[0].what
    with pytest.raises(WrongState, match="already"):
        answer_merged(one, actor=cast.actor("clerk_2"), at=cast.clock(), solved=False)
    assert tallies.compare().wrong == {}


def test_the_asker_has_the_last_word_over_what_was_recorded(cast: Cast, client: Client) -> None:
    cast.clock.at = now() - timedelta(days=1)
    filed = cast.file(text="楼道灯坏了", phone="13800001234")
    one, into = Need.objects.get(pk=filed.need_id), cast.ask(text="二楼的灯不亮")
    merge_need(one, actor=cast.actor("clerk"), at=cast.clock(), into=into)
    assign_need(into, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    deliver(cast, into)
    answer_merged(one, actor=cast.actor("clerk"), at=cast.clock(), solved=True, satisfaction="satisfied")
    client.post("/track/", {"code": filed.code})
    page = client.get("/track/need/", headers={"Accept-Language": "en"}).content.decode()
    assert "recorded for you" in page and "That is not my answer" in page
    said = {"merged-solved": "no", "merged-satisfaction": "unsatisfied", "merged-words": "三楼还是黑的"}
    assert client.post("/track/need/answer/", said).status_code == 302
    one = fresh(one)
    assert (one.status, one.solved, one.answered_via, one.merged_into) == ("filed", False, "self", None)
    assert one.messages.get().text == "三楼还是黑的"
    assert not SecondCall.objects.exists() and tallies.compare().wrong == {}


def test_a_silent_end_of_the_joint_one_leaves_nobody_unasked(cast: Cast) -> None:
    one, into = merged(cast)
    held = deliver(cast, into)
    for _day in range(2):
        record_attempt(held, actor=cast.actor("clerk"), at=cast.clock(days=1))
    assert jobs.close_silent(cast.clock(days=15)) == 1
    assert fresh(into).status == "closed_unanswered" and asked(one) == [("ask_joined", "office")]
    answer_merged(one, actor=cast.actor("clerk"), at=cast.clock(), solved=True)
    assert asked(one) == []


def test_two_attempts_on_two_days_are_enough(cast: Cast) -> None:
    one, into = merged(cast)
    with pytest.raises(WrongState, match="not done yet"):
        record_attempt_merged(one, actor=cast.actor("clerk"), at=cast.clock())
    deliver(cast, into)
    record_attempt_merged(one, actor=cast.actor("clerk"), at=cast.clock())
    with pytest.raises(WrongState, match="today"):
        record_attempt_merged(one, actor=cast.actor("clerk"), at=cast.clock())
    assert asked(one) == [("ask_joined", "office")]
    record_attempt_merged(one, actor=cast.actor("clerk"), at=cast.clock() + timedelta(days=1))
    assert asked(one) == []
    assert fresh(one).status == "merged"


@pytest.mark.parametrize("by", ["asker", "clerk"])
def test_not_solved_for_one_of_them_it_stands_for_itself_again(cast: Cast, by: str) -> None:
    one, into = merged(cast)
    deliver(cast, into)
    actor = cast.asker(one) if by == "asker" else cast.actor(by)
    answer_merged(one, actor=actor, at=cast.clock(), solved=False, satisfaction="unsatisfied")
    again = fresh(one)
    assert (again.status, again.merged_into, again.solved, again.ended_at) == ("filed", None, False, None)
    assert ("verify", "office") in asked(one)
    assert Notice.objects.get(code="need.joined_not_solved").params["number"] == one.number
    assert fresh(into).status == "delivered"
    assert fresh(into).story[-1].code == "need.let_go"
    assign_need(again, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    deliver(cast, again)
    record_answer(Commitment.objects.get(need=again), actor=cast.asker(again), at=cast.clock(), solved=True)
    assert fresh(one).status == "confirmed"
    assert tallies.compare().wrong == {}


def test_whoever_did_the_work_asks_none_of_them(cast: Cast) -> None:
    one, into = cast.ask(text="灯坏了"), cast.ask(text="灯不亮")
    merge_need(one, actor=cast.actor("clerk"), at=cast.clock(), into=into)
    handle_need(into, actor=cast.actor("clerk"), at=cast.clock(), note="换好了")
    assert asked(one) == [("ask_joined", "grid_worker")]
    for who in ("clerk", "clerk_2", "fitter", "south_clerk", "liaison"):
        with pytest.raises(NotAllowed):
            answer_merged(fresh(one), actor=cast.actor(who), at=cast.clock(), solved=True)
    answer_merged(fresh(one), actor=cast.actor("grid_worker"), at=cast.clock(), solved=True)


def test_a_satisfaction_that_there_is_not_is_refused(cast: Cast) -> None:
    one, into = merged(cast)
    deliver(cast, into)
    with pytest.raises(Invalid, match="how satisfied"):
        answer_merged(one, actor=cast.asker(one), at=cast.clock(), solved=True, satisfaction="very")


def test_the_town_asks_again_about_what_was_recorded_for_one_of_them(cast: Cast) -> None:
    at = cast.clock()
    set_value(SHARE, 100, actor=cast.actor("city_officer"), at=at, version=0, from_at=at)
    one, into = merged(cast)
    deliver(cast, into)
    answer_merged(one, actor=cast.actor("clerk"), at=cast.clock(), solved=True)
    assert SecondCall.objects.get().need_id == one.pk
    record_second_call(one, actor=cast.actor("town_officer"), at=cast.clock(), result="differs", solved=False)
    assert (fresh(one).status, fresh(one).solved) == ("filed", False)
    assert fresh(into).story[-1].code == "need.let_go"
    assert tallies.compare().wrong == {}


def test_they_are_in_the_list_of_calls_and_answered_for_on_their_page(cast: Cast, pages: Any) -> None:
    one, into = merged(cast)
    deliver(cast, into)
    clerk = pages.of("clerk")
    page = clerk.get("/workspace/calls/?what=solved").content.decode()
    assert one.number in page and into.number in page
    assert f"/workspace/needs/{one.number}/#answer_merged" in page
    assert one.number not in clerk.get("/workspace/calls/?what=again").content.decode()
    clerk.post(f"/workspace/needs/{one.number}/attempt_merged/", {"back": "calls"})
    assert "tried today" in clerk.get("/workspace/calls/?tried=yes").content.decode()
    page = clerk.get(f"/workspace/needs/{one.number}/").content.decode()
    assert "Record the asker" in page and "answer_merged" in page
    sent = {"solved": "yes", "satisfaction": "satisfied", "words": ""}
    assert clerk.post(f"/workspace/needs/{one.number}/answer_merged/", sent).status_code == 302
    assert fresh(one).answered_via == "proxy"


def test_the_list_of_calls_costs_the_same_for_one_of_them_and_for_six(
    cast: Cast, pages: Any, django_assert_max_num_queries: Any
) -> None:
    clerk, counts = pages.of("clerk"), []
    for several in (1, 5):
        for _ in range(several):
            _one, into = merged(cast)
            deliver(cast, into)
        with django_assert_max_num_queries(9) as queries:
            clerk.get("/workspace/calls/")
        counts.append(len(queries.captured_queries))
    assert counts[0] == counts[1]


def test_the_contact_stays_until_the_last_of_a_row_of_merged_ones_is_over(cast: Cast) -> None:
    first, second, third = (cast.ask(text=text, phone="13800001234") for text in ("要书", "要课外书", "要几本书"))
    for need, into in ((first, second), (second, third)):
        merge_need(need, actor=cast.actor("clerk"), at=cast.clock(), into=into)
    assert erase_contacts(cast.clock() + timedelta(days=40)) == 0
    cast.clock.at += timedelta(days=40)
    assign_need(third, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    record_answer(deliver(cast, third), actor=cast.asker(third), at=cast.clock(), solved=True)
    assert erase_contacts(cast.clock() + timedelta(days=20)) == 0
    assert erase_contacts(cast.clock() + timedelta(days=31)) == 3
    assert asked(first) == asked(second) == []


def test_one_that_is_merged_while_the_joint_one_is_being_declined_is_not_lost(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, into = cast.ask(text="灯坏了"), cast.ask(text="灯不亮")
    lock: Callable[[Need], Need] = merging.lock
    slipped_in: list[Need] = []

    def slow(need: Need) -> Need:
        if not slipped_in:
            slipped_in.append(one)
            merge_need(one, actor=cast.actor("clerk_2"), at=cast.clock(), into=into)
        return lock(need)

    monkeypatch.setattr(merging, "lock", slow)
    with pytest.raises(WrongState, match="just now"):
        decline_need(into, actor=cast.actor("clerk"), at=cast.clock(), reason="unclear", words="看不明白")
    assert fresh(into).status == "filed"
