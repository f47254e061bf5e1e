"""Pressed by mistake: whoever did the last step takes it back, and nothing of it is left but the history."""

from collections.abc import Callable
from typing import Any

import pytest
from django.forms import model_to_dict
from django.test import Client

from lianxin.core.errors import NotAllowed, WrongState
from lianxin.desk.models import DeskItem
from lianxin.figures import tallies
from lianxin.history import chain
from lianxin.history.models import Entry
from lianxin.needs.answers import Answer, CallAttempt, SecondCall
from lianxin.needs.models import Commitment, Message, Need, Photo
from lianxin.needs.operations import (
    answer_asker,
    assign_need,
    comment_need,
    contest_decline,
    decline_need,
    deliver_need,
    handle_need,
    record_answer,
    record_attempt,
    take_back,
    withdraw_need,
)
from lianxin.needs.operations.second_calls import SHARE
from lianxin.needs.photos import photo_path
from lianxin.needs.states import Status
from lianxin.needs.tests.test_asking import picture
from lianxin.notifications.models import Notice
from lianxin.rulebook.operations import set_value
from tests.cast import Cast, fresh
from tests.test_pipeline_table import (
    claimed,
    closed_unanswered,
    confirmed,
    delivered,
    filed,
    published,
    under_way,
    verified,
)

pytestmark = pytest.mark.django_db
Step = Callable[[Cast, Need], object]
# What a step and its taking back may change for good: how often the need was changed, and its history; that somebody
# has begun; and the days that "not solved" gave the giver, who loses nothing by somebody's mistake.
COUNTED = {"version", "history_seq", "history_head", "started_at", "lapses_at"}


def held(need: Need) -> Commitment:
    return need.commitments.latest("pk")


def decline(cast: Cast, need: Need) -> object:
    return decline_need(need, actor=cast.actor("clerk"), at=cast.clock(), reason="unclear", words="看不明白")


def withdraw(cast: Cast, need: Need) -> object:
    return withdraw_need(need, actor=cast.actor("clerk"), at=cast.clock(), words="电话里说不要了")


def deliver(cast: Cast, need: Need) -> object:
    return deliver_need(held(need), actor=cast.actor("liaison"), at=cast.clock(), note="送到了")


def attempt(cast: Cast, need: Need) -> object:
    return record_attempt(held(need), actor=cast.actor("clerk"), at=cast.clock())


def solved(cast: Cast, need: Need) -> object:
    return record_answer(
        held(need), actor=cast.actor("clerk"), at=cast.clock(), solved=True, satisfaction="satisfied", words="很好"
    )


def not_solved(cast: Cast, need: Need) -> object:
    return record_answer(held(need), actor=cast.actor("clerk"), at=cast.clock(), solved=False, words="还是坏的")


def answered_once(cast: Cast) -> Need:
    """Delivered again, after the asker had said that it was not solved."""
    return done_again(cast, delivered(cast))


def answered_twice(cast: Cast) -> Need:
    """The third "not solved" takes it up to the town."""
    return done_again(cast, answered_once(cast))


def done_again(cast: Cast, need: Need) -> Need:
    record_answer(held(need), actor=cast.asker(need), at=cast.clock(), solved=False, satisfaction="unsatisfied")
    deliver_need(held(need), actor=cast.actor("liaison"), at=cast.clock(), note="这次好了")
    return need


def stands(need: Need) -> dict[str, Any]:
    """Everything that the records say about the need."""
    return {
        "need": {name: value for name, value in model_to_dict(fresh(need)).items() if name not in COUNTED},
        "commitments": [
            {name: value for name, value in model_to_dict(c).items() if name not in COUNTED}
            for c in Commitment.objects.filter(need=need).order_by("pk")
        ],
        "answers": list(Answer.objects.filter(need=need).values_list("solved", "satisfaction", "via")),
        "attempts": CallAttempt.objects.filter(need=need).count(),
        "said": list(Message.objects.filter(need=need).values_list("text", flat=True)),
        "photos": Photo.objects.filter(need=need).count(),
        "desks": set(
            DeskItem.objects.filter(object_type="need", object_id=need.pk).values_list("scope", "role", "verb")
        ),
        "clocks": (fresh(need).due_at, fresh(need).escalates_at, fresh(need).responded_at),
    }


@pytest.fixture(autouse=True)
def no_answer_is_picked(cast: Cast) -> None:
    at = cast.clock()
    set_value(SHARE, 0, actor=cast.actor("city_officer"), at=at, version=0, from_at=at)


@pytest.mark.parametrize(
    ("begin", "step", "who"),
    [
        (filed, decline, "clerk"),
        (verified, decline, "clerk"),
        (published, decline, "clerk"),
        (filed, withdraw, "clerk"),
        (published, withdraw, "clerk"),
        (under_way, deliver, "liaison"),
        (delivered, attempt, "clerk"),
        (delivered, solved, "clerk"),
        (delivered, not_solved, "clerk"),
        (answered_once, solved, "clerk"),
        (answered_once, not_solved, "clerk"),
        (answered_twice, not_solved, "clerk"),
    ],
)
def test_all_stands_as_before_the_step(cast: Cast, begin: Callable[[Cast], Need], step: Step, who: str) -> None:
    need = begin(cast)
    before = stands(need)
    step(cast, need)
    comment_need(need, actor=cast.actor("town_officer"), at=cast.clock(), text="按错了")
    Message.objects.filter(text="按错了").delete()
    assert stands(need) != before
    take_back(need, actor=cast.actor(who), at=cast.clock())
    assert stands(need) == before
    assert tallies.compare().wrong == {}
    last = need.story[-1]
    assert last.code == "need.taken_back" and last.params["step"]
    assert list(chain.broken([(need.chain_key, fresh(need).history_seq, fresh(need).history_head)])) == []


def test_a_claim_that_was_called_off_stays_called_off(cast: Cast) -> None:
    need = claimed(cast)
    withdraw(cast, need)
    take_back(need, actor=cast.actor("clerk"), at=cast.clock())
    assert fresh(need).status == Status.PUBLISHED and held(need).status == "called_off"


def test_nobody_else_takes_it_back_and_nobody_after_something_else_happened(cast: Cast) -> None:
    need = filed(cast)
    decline(cast, need)
    for other in ("clerk_2", "town_officer", "grid_worker", "liaison"):
        with pytest.raises(NotAllowed):
            take_back(need, actor=cast.actor(other), at=cast.clock())
    contest_decline(need, actor=cast.asker(need), at=cast.clock())
    with pytest.raises(NotAllowed):
        take_back(need, actor=cast.actor("clerk"), at=cast.clock())
    own = filed(cast)
    withdraw_need(own, actor=cast.asker(own), at=cast.clock())
    for actor in (cast.asker(own), cast.actor("clerk")):
        with pytest.raises(NotAllowed):
            take_back(own, actor=actor, at=cast.clock())
    with pytest.raises(NotAllowed):
        take_back(confirmed(cast), actor=cast.actor("clerk"), at=cast.clock())
    with pytest.raises(NotAllowed):
        take_back(closed_unanswered(cast), actor=cast.actor("clerk"), at=cast.clock())


def test_what_came_by_workbook_is_not_the_importers_to_take_back(cast: Cast) -> None:
    need = delivered(cast)
    assert need.story[-1].actor == cast.users["liaison"]
    Entry.objects.filter(object_key=need.chain_key, code="need.delivered").update(imported=True)
    with pytest.raises(NotAllowed):
        take_back(need, actor=cast.actor("liaison"), at=cast.clock())


def test_it_is_taken_back_once(cast: Cast) -> None:
    need = delivered(cast)
    take_back(need, actor=cast.actor("liaison"), at=cast.clock())
    with pytest.raises(NotAllowed):
        take_back(need, actor=cast.actor("liaison"), at=cast.clock())


def test_a_letter_to_the_asker_does_not_stand_in_the_way(cast: Cast) -> None:
    need = delivered(cast)
    answer_asker(need, actor=cast.actor("liaison"), at=cast.clock(), text="对不起,还没有送到")
    take_back(need, actor=cast.actor("liaison"), at=cast.clock())
    assert fresh(need).status == Status.UNDER_WAY
    assert list(need.messages.values_list("text", flat=True)) == ["对不起,还没有送到"]


def test_whoever_was_told_hears_that_it_was_a_mistake(cast: Cast) -> None:
    need = delivered(cast)
    take_back(need, actor=cast.actor("liaison"), at=cast.clock())
    told = Notice.objects.get(code="need.not_done")
    assert (told.scope_id, told.role) == (cast.north.pk, "office")
    deliver(cast, need)
    solved(cast, need)
    take_back(need, actor=cast.actor("clerk"), at=cast.clock())
    told = Notice.objects.get(code="need.answer_taken_back")
    assert (told.scope_id, told.role) == (cast.water_unit.pk, "liaison")


def test_a_photo_of_what_was_not_done_goes(cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
    need = claimed(cast)
    deliver_need(held(need), actor=cast.actor("liaison"), at=cast.clock(), note="送到了", photos=[picture()])
    path = photo_path(Photo.objects.get(need=need).file)
    assert path.exists()
    with django_capture_on_commit_callbacks(execute=True):
        take_back(need, actor=cast.actor("liaison"), at=cast.clock())
    assert not path.exists() and not Photo.objects.exists()


def test_the_draw_for_a_second_call_is_not_drawn_again(cast: Cast) -> None:
    need = delivered(cast)
    at = cast.clock()
    set_value(SHARE, 100, actor=cast.actor("city_officer"), at=at, version=1, from_at=at)
    solved(cast, need)
    with pytest.raises(WrongState, match="tell the town"):
        take_back(need, actor=cast.actor("clerk"), at=cast.clock())
    assert SecondCall.objects.count() == 1 and fresh(need).status == Status.CONFIRMED


def test_after_a_step_the_way_back_is_one_tap_away(cast: Cast, pages: Any) -> None:
    need = filed(cast)
    browser: Client = pages.of("clerk")
    url = f"/workspace/needs/{need.number}/"
    said = {"reason": "unclear", "words": "看不明白"}
    page = browser.post(f"{url}decline/", said, follow=True).content.decode()
    assert f'<a href="{url}take_back/">By mistake? Take it back</a>' in page
    assert "You pressed it by mistake" in browser.get(f"{url}take_back/").content.decode()
    page = browser.post(f"{url}take_back/", follow=True).content.decode()
    assert "Taken back; it stands as before." in page and "By mistake?" not in page
    assert "took back, as done by mistake: declining it" in page
    assert fresh(need).status == Status.FILED


# --- Done at once ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "giver", "asks"),
    [
        ("grid_worker", "office", "town"),
        ("clerk", "office", "grid_worker"),
        ("town_officer", "town_office", "grid_worker"),
    ],
)
def test_a_call_back_is_done_in_one_step(cast: Cast, who: str, giver: str, asks: str) -> None:
    need = cast.ask(kind="call_back", category=cast.call_back, text="", phone="13800001234")
    handle_need(need, actor=cast.actor(who), at=cast.clock(), note="问低保怎么办,已说明")
    assert fresh(need).status == Status.DELIVERED and fresh(need).responded_at == cast.clock.at
    assert held(need).giver == getattr(cast, giver) and held(need).delivered_by == cast.users[who]
    assert list(DeskItem.objects.filter(object_id=need.pk).values_list("role", "verb")) == [(asks, "ask_asker")]
    record_answer(held(need), actor=cast.asker(need), at=cast.clock(), solved=True)
    assert fresh(need).status == Status.CONFIRMED


def test_what_begins_stands_first(cast: Cast, pages: Any) -> None:
    browser = pages.of("clerk")

    def main(need: Need) -> str:
        return str(browser.get(f"/workspace/needs/{need.number}/").context["main"].offer.action.verb)

    assert main(filed(cast)) == "publish"
    assert main(cast.ask(publish_ok=False)) == "verify"
    assert main(cast.ask(kind="repair", category=cast.lamp)) == "verify"
    assert main(cast.ask(kind="call_back", category=cast.call_back, phone="13800001234")) == "on_spot"


def test_what_somebody_holds_is_not_handled_beside_them(cast: Cast) -> None:
    need = cast.ask(kind="repair", category=cast.lamp)
    assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    with pytest.raises(WrongState):
        handle_need(need, actor=cast.actor("grid_worker"), at=cast.clock(), note="修好了")
