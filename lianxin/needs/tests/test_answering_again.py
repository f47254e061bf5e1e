"""What was recorded for the asker, the asker's own answer replaces."""

import pytest
from django.test import Client

from lianxin.core.clock import now
from lianxin.core.errors import NotAllowed, WrongState
from lianxin.figures import tallies
from lianxin.needs.answers import Answer
from lianxin.needs.models import Need
from lianxin.needs.operations import claim_need, deliver_need, publish_need, record_answer, start_work
from lianxin.needs.rules import refusal
from lianxin.needs.tests.test_taking_back import held, solved
from lianxin.notifications.models import Notice
from tests.cast import Cast, fresh
from tests.test_pipeline_table import confirmed, delivered

pytestmark = pytest.mark.django_db


def recorded(cast: Cast) -> Need:
    """The clerk wrote down that the asker is satisfied."""
    need = delivered(cast)
    solved(cast, need)
    return need


def test_not_solved_after_all_it_is_open_again_and_counts_as_the_askers_own(cast: Cast) -> None:
    need = recorded(cast)
    record_answer(held(need), actor=cast.asker(need), at=cast.clock(), solved=False, satisfaction="unsatisfied")
    found = fresh(need)
    assert (found.status, found.solved, found.answered_via, found.reopened_count) == ("under_way", False, "self", 1)
    assert Notice.objects.filter(code="need.not_solved", scope_id=cast.water_unit.pk).exists()
    assert tallies.compare().wrong == {}
    deliver_need(held(need), actor=cast.actor("liaison"), at=cast.clock(), note="这次好了")
    record_answer(held(need), actor=cast.asker(need), at=cast.clock(), solved=True, satisfaction="satisfied")
    assert fresh(need).status == "confirmed"


def test_solved_but_in_ones_own_words(cast: Cast) -> None:
    need = recorded(cast)
    record_answer(held(need), actor=cast.asker(need), at=cast.clock(), solved=True, satisfaction="fairly")
    found = fresh(need)
    assert (found.status, found.satisfaction, found.answered_via) == ("confirmed", "fairly", "self")
    assert list(Answer.objects.filter(need=need).order_by("pk").values_list("via", flat=True)) == ["proxy", "self"]
    assert tallies.compare().wrong == {}
    with pytest.raises(WrongState):
        record_answer(held(need), actor=cast.asker(need), at=cast.clock(), solved=False)


def test_only_the_asker_and_only_over_what_another_recorded(cast: Cast) -> None:
    need = recorded(cast)
    for who in ("clerk", "clerk_2", "grid_worker", "town_officer", "liaison"):
        with pytest.raises((NotAllowed, WrongState)):
            record_answer(held(need), actor=cast.actor(who), at=cast.clock(), solved=False)
    own = confirmed(cast)
    assert refusal(cast.asker(own), own, "answer_again", held(own)) is not None
    assert refusal(cast.asker(own), need, "answer_again", held(need)) is not None


def test_after_thirty_days_it_stands(cast: Cast) -> None:
    need = recorded(cast)
    cast.clock(days=31)
    with pytest.raises(WrongState, match="too long ago"):
        record_answer(held(need), actor=cast.asker(need), at=cast.clock(), solved=False)


def test_on_the_page_it_is_said_and_done(cast: Cast, client: Client) -> None:
    cast.clock.at = now()
    filed = cast.file(publish_ok=True)
    need = Need.objects.get(pk=filed.need_id)
    with_giver(cast, need)
    client.cookies["lx_lang"] = "en"
    client.post("/track/", {"code": filed.code})
    assert "That is not my answer" not in client.get("/track/need/").content.decode()
    solved(cast, need)
    assert "That is not my answer" in client.get("/track/need/").content.decode()
    name = f"c{held(need).pk}"
    sent = {f"{name}-solved": "no", f"{name}-satisfaction": "unsatisfied", f"{name}-words": "还是坏的"}
    assert client.post(f"/track/need/answer/{held(need).pk}/", sent).status_code == 302
    assert fresh(need).status == "under_way"
    assert "That is not my answer" not in client.get("/track/need/").content.decode()


def with_giver(cast: Cast, need: Need) -> None:
    """Taken on by the water unit and done."""
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    start_work(held(need), actor=cast.actor("liaison"), at=cast.clock())
    deliver_need(held(need), actor=cast.actor("liaison"), at=cast.clock(), note="送到了")
