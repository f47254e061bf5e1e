"""The town asks again about a share of the answers that were recorded for askers."""

from typing import Any

import pytest
from django.test import Client

from lianxin.accounts.models import Appointment
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.desk import queue
from lianxin.desk.models import DeskItem
from lianxin.needs import jobs
from lianxin.needs.answers import Answer, SecondCall
from lianxin.needs.models import Commitment, Need
from lianxin.needs.operations import (
    assign_need,
    deliver_need,
    erase_on_request,
    pass_up,
    record_answer,
    record_attempt,
    record_second_call,
)
from lianxin.needs.operations.second_calls import SHARE
from lianxin.notifications.models import Notice
from lianxin.rulebook.operations import set_value
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def every_answer_is_picked(cast: Cast) -> None:
    at = cast.clock()
    set_value(SHARE, 100, actor=cast.actor("city_officer"), at=at, version=0, from_at=at)


def recorded(cast: Cast, by: str = "clerk") -> Need:
    """A repair that the company did, confirmed by a proxy."""
    need = cast.ask(kind="repair", category=cast.lamp, text="楼道灯不亮")
    assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    held = Commitment.objects.get(need=need)
    deliver_need(held, actor=cast.actor("fitter"), at=cast.clock(), note="换好了")
    record_answer(held, actor=cast.actor(by), at=cast.clock(), solved=True, satisfaction="satisfied")
    return Need.objects.get(pk=need.pk)


def test_a_recorded_answer_is_picked_and_waits_on_the_towns_desk(cast: Cast) -> None:
    need = recorded(cast)
    lines = queue.lines(list(queue.mine(cast.actor("town_officer"))), cast.actor("town_officer"))
    assert [(line.number, line.verb) for line in lines if line.verb == "second_call"] == [(need.number, "second_call")]


def test_an_answer_of_the_askers_own_is_never_picked(cast: Cast) -> None:
    need = cast.ask(kind="repair", category=cast.lamp, text="楼道灯不亮")
    assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    held = Commitment.objects.get(need=need)
    deliver_need(held, actor=cast.actor("fitter"), at=cast.clock(), note="换好了")
    record_answer(held, actor=cast.asker(need), at=cast.clock(), solved=True)
    assert not SecondCall.objects.exists()


def test_about_five_in_a_hundred_are_picked_by_default(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    at = cast.clock()
    set_value(SHARE, 5, actor=cast.actor("city_officer"), at=at, version=1, from_at=at)
    drawn = iter([4, 5])
    monkeypatch.setattr("secrets.randbelow", lambda below: next(drawn) if below == 100 else 0)
    recorded(cast)
    assert SecondCall.objects.count() == 1
    recorded(cast)
    assert SecondCall.objects.count() == 1


def test_the_town_hears_the_same_and_the_call_is_done(cast: Cast) -> None:
    need = recorded(cast)
    town = cast.actor("town_officer")
    record_second_call(need, actor=town, at=cast.clock(), result="agrees")
    assert Need.objects.get(pk=need.pk).status == "confirmed"
    assert not queue.mine(town).filter(verb="second_call").exists()
    with pytest.raises(WrongState):
        record_second_call(need, actor=town, at=cast.clock(), result="agrees")


def test_the_third_not_solved_through_a_second_call_goes_up_too(cast: Cast) -> None:
    need = cast.ask(kind="repair", category=cast.lamp, text="楼道灯不亮")
    assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    held = Commitment.objects.get(need=need)
    for _time in range(2):
        deliver_need(held, actor=cast.actor("fitter"), at=cast.clock(), note="换好了")
        record_answer(held, actor=cast.asker(need), at=cast.clock(), solved=False)
    deliver_need(held, actor=cast.actor("fitter"), at=cast.clock(), note="换好了")
    record_answer(held, actor=cast.actor("clerk"), at=cast.clock(), solved=True)
    record_second_call(need, actor=cast.actor("town_officer"), at=cast.clock(), result="differs", solved=False)
    need = Need.objects.get(pk=need.pk)
    assert (need.status, need.handler_id, need.escalated_for) == ("under_way", cast.town.pk, ["reopened"])
    assert Notice.objects.get(code="need.escalated").scope_id == cast.town.pk


def in_two_parts(cast: Cast) -> tuple[Need, Commitment]:
    """Two parts, one confirmed by a proxy, the other delivered."""
    need = cast.ask(kind="repair", category=cast.lamp, text="两盏灯不亮", parts=[(cast.lamp, 1), (cast.lamp, 2)])
    for _part in range(2):
        held = assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    for commitment in Commitment.objects.filter(need=need):
        deliver_need(commitment, actor=cast.actor("fitter"), at=cast.clock(), note="换好了")
    first = Commitment.objects.filter(need=need).exclude(pk=held.pk).get()
    record_answer(first, actor=cast.actor("clerk"), at=cast.clock(), solved=True)
    return Need.objects.get(pk=need.pk), held


@pytest.mark.parametrize(
    ("said", "status"),
    [({"result": "agrees"}, "closed_unanswered"), ({"result": "differs", "solved": False}, "under_way")],
)
def test_one_part_is_called_about_though_the_other_closed_without_an_answer(
    cast: Cast, client: Client, said: dict[str, object], status: str
) -> None:
    need, other = in_two_parts(cast)
    for _day in range(2):
        record_attempt(other, actor=cast.actor("clerk"), at=cast.clock(days=1))
    assert jobs.close_silent(cast.clock(days=15)) == 1
    need.refresh_from_db()
    assert need.status == "closed_unanswered"
    client.force_login(cast.users["town_officer"])
    assert client.get(f"/workspace/needs/{need.number}/second_call/").status_code == 200
    town = cast.actor("town_officer")
    record_second_call(need, actor=town, at=cast.clock(), **said)  # type: ignore[arg-type]
    need.refresh_from_db()
    assert need.status == status
    assert not queue.mine(town).filter(verb="second_call").exists()


def test_a_part_is_called_about_while_the_other_one_is_still_at_work(cast: Cast) -> None:
    need, other = in_two_parts(cast)
    record_answer(other, actor=cast.asker(need), at=cast.clock(), solved=False)
    record_second_call(need, actor=cast.actor("town_officer"), at=cast.clock(), result="agrees")
    assert SecondCall.objects.get().done_at is not None


def test_not_solved_after_all_goes_back_to_the_giver_and_counts_as_not_solved(cast: Cast) -> None:
    need = recorded(cast)
    record_second_call(need, actor=cast.actor("town_officer"), at=cast.clock(), result="differs", solved=False)
    need = Need.objects.get(pk=need.pk)
    assert (need.status, need.solved, need.reopened_count) == ("under_way", False, 1)
    assert [a.solved for a in Answer.objects.filter(need=need).order_by("pk")] == [True, False]
    assert queue.mine(cast.actor("fitter")).filter(verb="redo").exists()


def test_less_satisfied_than_recorded_changes_the_answer_only(cast: Cast) -> None:
    need = recorded(cast)
    town = cast.actor("town_officer")
    with pytest.raises(Invalid):
        record_second_call(need, actor=town, at=cast.clock(), result="differs")
    record_second_call(need, actor=town, at=cast.clock(), result="differs", solved=True, satisfaction="unsatisfied")
    need = Need.objects.get(pk=need.pk)
    assert (need.status, need.satisfaction) == ("confirmed", "unsatisfied")


def test_not_reached_on_two_days_ends_the_call(cast: Cast) -> None:
    need = recorded(cast)
    town = cast.actor("town_officer")
    record_second_call(need, actor=town, at=cast.clock(), result="not_reached")
    with pytest.raises(WrongState):
        record_second_call(need, actor=town, at=cast.clock(), result="not_reached")
    record_second_call(need, actor=town, at=cast.clock(days=1), result="not_reached")
    assert SecondCall.objects.get().result == "not_reached"


def test_neither_the_office_nor_who_recorded_it_can_make_the_call(cast: Cast) -> None:
    need = recorded(cast)
    with pytest.raises(NotAllowed):
        record_second_call(need, actor=cast.actor("clerk_2"), at=cast.clock(), result="agrees")
    own = recorded(cast, by="town_officer")
    with pytest.raises(NotAllowed):
        record_second_call(own, actor=cast.actor("town_officer"), at=cast.clock(), result="agrees")
    record_second_call(own, actor=cast.actor("city_officer"), at=cast.clock(), result="agrees")


def on_desk() -> list[str]:
    return list(DeskItem.objects.filter(verb="second_call").values_list("role", flat=True))


def test_where_the_town_had_a_part_the_city_calls(cast: Cast, pages: Any) -> None:
    """The only officer there recorded it; or the town's office did it, whoever works there."""
    own = recorded(cast, by="town_officer")
    assert on_desk() == ["city"]
    assert 'id="second_call"' not in pages.of("town_officer").get(f"/workspace/needs/{own.number}/").content.decode()
    assert 'id="second_call"' in pages.of("city_officer").get(f"/workspace/needs/{own.number}/").content.decode()
    SecondCall.objects.all().delete()
    DeskItem.objects.filter(verb="second_call").delete()
    colleague = Appointment.objects.get(user=cast.users["housing_officer"])
    Appointment.objects.create(
        user=colleague.user, scope=cast.town.scope, role="town", from_on=colleague.from_on, to_on=None
    )
    need = cast.ask(kind="repair", category=cast.lamp, text="楼道灯不亮", grid=None)
    pass_up(need, actor=cast.actor("clerk"), at=cast.clock(), note="办不了")
    held = assign_need(need, actor=cast.actor("town_officer"), at=cast.clock(), giver=cast.town_office)
    deliver_need(held, actor=cast.actor("town_officer"), at=cast.clock(), note="换好了")
    record_answer(held, actor=cast.actor("city_officer"), at=cast.clock(), solved=True)
    assert on_desk() == ["city"]
    for name in ("town_officer", "housing_officer", "city_officer"):
        with pytest.raises(NotAllowed):
            record_second_call(need, actor=cast.actor(name), at=cast.clock(), result="agrees")
    record_second_call(need, actor=cast.actor("city_officer_2"), at=cast.clock(), result="agrees")
    assert on_desk() == []


@pytest.mark.parametrize("solved", [True, False])
def test_when_the_asker_speaks_first_nobody_calls(cast: Cast, solved: bool) -> None:
    need = recorded(cast)
    assert on_desk() == ["town"]
    record_answer(need.commitments.get(), actor=cast.asker(need), at=cast.clock(), solved=solved)
    assert on_desk() == [] and not SecondCall.objects.exists()


def test_nobody_calls_an_asker_whose_contact_is_erased(cast: Cast) -> None:
    need = recorded(cast)
    erase_on_request(need, actor=cast.asker(need), at=cast.clock())
    assert on_desk() == []


def test_the_town_does_it_on_the_needs_page(cast: Cast, client: Client) -> None:
    need = recorded(cast)
    client.force_login(cast.users["town_officer"])
    assert "Second call" in client.get(f"/workspace/needs/{need.number}/").content.decode()
    assert "call about a recorded answer" in client.get("/workspace/").content.decode()
    answer = client.post(f"/workspace/needs/{need.number}/second_call/", {"result": "agrees"})
    assert answer.status_code == 302
    page = client.get(f"/workspace/needs/{need.number}/").content.decode()
    assert "called the asker about the recorded answer" in page
