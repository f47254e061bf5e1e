"""The clock waits for the asker: it stands still, not for longer than it may, and runs on."""

from datetime import timedelta
from typing import Any

import pytest

from lianxin.accounts.actors import SYSTEM
from lianxin.core.clock import now
from lianxin.core.errors import Invalid
from lianxin.desk.models import DeskItem
from lianxin.needs import jobs
from lianxin.needs.operations import (
    add_word,
    answer_asker,
    assign_need,
    claim_need,
    comment_need,
    correct_need,
    lapse_claim,
    publish_need,
)
from tests.cast import Cast, fresh, local

pytestmark = pytest.mark.django_db


def test_the_clock_stands_still_while_the_asker_is_asked(cast: Cast) -> None:
    cast.clock.at = local("2026-10-12 09:59")
    need = cast.ask(kind="repair", category=cast.lamp, text="路灯不亮", urgency="normal")  # Mon 10:00
    assert need.solution_due_at == local("2026-10-21 10:00")  # seven working days
    answer_asker(need, actor=cast.actor("clerk"), at=local("2026-10-13 10:00"), text="是哪一盏？", ask=True)
    assert fresh(need).waiting_since == local("2026-10-13 10:00")
    assert fresh(need).due_at == local("2026-10-20 10:00")  # waits seven days at the most
    add_word(need, actor=cast.asker(need), at=local("2026-10-15 10:00"), text="东门口的")
    assert fresh(need).solution_due_at == local("2026-10-23 10:00")  # two working days later
    correct_need(need, actor=cast.actor("clerk"), at=cast.clock(), version=fresh(need).version, urgency="urgent")
    # One working day from Monday 10:00 is Tuesday 10:00, when the pause began: nothing was left to wait for.
    assert fresh(need).solution_due_at == local("2026-10-13 10:00")


def test_the_clock_waits_for_a_week_and_runs_on(cast: Cast) -> None:
    cast.clock.at = local("2026-10-12 09:59")
    need = cast.ask(kind="repair", category=cast.lamp, text="路灯不亮", urgency="normal")
    answer_asker(need, actor=cast.actor("clerk"), at=local("2026-10-13 10:00"), text="是哪一盏？", ask=True)
    assert jobs.end_waiting(local("2026-10-20 09:59")) == 0
    assert jobs.end_waiting(local("2026-10-20 10:00")) == 1
    assert fresh(need).waiting_since is None
    assert fresh(need).solution_due_at == local("2026-10-28 10:00")  # five working days later


def test_a_claim_does_not_lapse_while_the_asker_is_waited_for(cast: Cast) -> None:
    need = cast.ask()
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    claim = claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    lapses_at = claim.claimed_at + timedelta(days=10)
    answer_asker(need, actor=cast.actor("liaison"), at=cast.clock(days=5), text="哪一本？", ask=True)
    at = cast.clock(days=6)
    assert lapses_at < at
    assert jobs.lapse_claims(at) == 0
    assert not lapse_claim(claim, actor=SYSTEM, at=at)
    add_word(need, actor=cast.asker(need), at=at, text="关于鸟的")
    claim.refresh_from_db()
    assert claim.lapses_at == lapses_at + timedelta(days=6)
    assert DeskItem.objects.get(object_id=need.pk, verb="start").due_at == claim.lapses_at
    assert jobs.lapse_claims(claim.lapses_at - timedelta(seconds=1)) == 0
    assert jobs.lapse_claims(claim.lapses_at) == 1


def test_what_lapsed_before_the_asker_was_asked_stays_so_and_a_later_claim_is_not_longer(cast: Cast) -> None:
    need = cast.ask(parts=[(cast.books, 1), (cast.books, 1)])
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    late = claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    answer_asker(need, actor=cast.actor("clerk"), at=cast.clock(days=11), text="哪一本？", ask=True)
    new = claim_need(need, actor=cast.actor("school_liaison"), at=cast.clock(days=1), giver=cast.school_unit)
    for claim in (late, new):
        claim.refresh_from_db()
        assert claim.lapses_at == claim.claimed_at + timedelta(days=10)


def test_no_pause_moves_a_hotline_case_past_its_outside_time(cast: Cast) -> None:
    cast.clock.at = local("2026-10-12 09:59")
    outside = local("2026-10-15 10:00")
    hotline = {"channel": "hotline", "outside_number": "X1", "outside_due_at": outside}
    need = cast.ask(kind="repair", category=cast.lamp, text="路灯不亮", **hotline)
    other = cast.ask(kind="repair", category=cast.lamp, text="路灯不亮", **(hotline | {"outside_number": "X2"}))
    for asked in (need, other):
        answer_asker(asked, actor=cast.actor("clerk"), at=local("2026-10-13 10:00"), text="是哪一盏？", ask=True)
        assert fresh(asked).due_at == outside  # waits no longer than that
    add_word(need, actor=cast.asker(need), at=local("2026-10-14 10:00"), text="东门口的")
    assert fresh(need).solution_due_at == outside
    correct_need(need, actor=cast.actor("clerk"), at=cast.clock(), version=fresh(need).version, urgency="long")
    assert fresh(need).solution_due_at == outside
    assert jobs.end_waiting(outside - timedelta(seconds=1)) == 0
    assert jobs.end_waiting(outside) == 1
    assert (fresh(other).waiting_since, fresh(other).solution_due_at) == (None, outside)
    assert fresh(other).escalates_at == outside


def test_something_else_that_happens_ends_the_waiting(cast: Cast) -> None:
    need = cast.ask(kind="repair", category=cast.lamp, text="路灯不亮")
    answer_asker(need, actor=cast.actor("clerk"), at=cast.clock(), text="是哪一盏？", ask=True)
    assign_need(need, actor=cast.actor("clerk"), at=cast.clock(days=1), giver=cast.company)
    assert fresh(need).waiting_since is None
    assert len(fresh(need).pauses) == 1


def test_all_the_times_together_the_clock_waits_a_week(cast: Cast) -> None:
    cast.clock.at = local("2026-10-12 09:59")
    need = cast.ask(kind="repair", category=cast.lamp, text="路灯不亮", urgency="normal")
    clerk = cast.actor("clerk")
    answer_asker(need, actor=clerk, at=local("2026-10-13 10:00"), text="是哪一盏？", ask=True)
    add_word(need, actor=cast.asker(need), at=local("2026-10-18 10:00"), text="东门口的")
    answer_asker(need, actor=clerk, at=local("2026-10-18 11:00"), text="几楼？", ask=True)
    assert fresh(need).due_at == local("2026-10-20 11:00")  # five of the seven days are used up
    assert jobs.end_waiting(local("2026-10-20 10:59")) == 0
    assert jobs.end_waiting(local("2026-10-20 11:00")) == 1
    with pytest.raises(Invalid, match="as long as it may"):
        answer_asker(need, actor=clerk, at=local("2026-10-21 10:00"), text="还有一问", ask=True)
    assert not need.messages.filter(text="还有一问").exists()
    answer_asker(need, actor=clerk, at=local("2026-10-21 10:00"), text="还有一问")
    assert fresh(need).waiting_since is None


def test_who_answers_by_telephone_lets_the_clock_run_again(cast: Cast, pages: Any) -> None:
    cast.clock.at = now()
    need = cast.ask(kind="repair", category=cast.lamp, text="路灯不亮")
    clerk, page = pages.of("clerk"), f"/workspace/needs/{need.number}/"
    assert "has answered, by telephone" not in clerk.get(page).content.decode()
    answer_asker(need, actor=cast.actor("clerk"), at=cast.clock(), text="是哪一盏？", ask=True)
    comment_need(need, actor=cast.actor("grid_worker"), at=cast.clock(), text="我再打一次电话")
    assert fresh(need).waiting_since
    assert "has answered, by telephone" in clerk.get(page).content.decode()
    said = {"text": "电话里说是东门口的", "heard": "on"}
    assert clerk.post(f"{page}comment/", said).status_code == 302
    assert fresh(need).waiting_since is None
    assert "heard from the asker" in clerk.get(page).content.decode()
    assert fresh(need).story[-1].code == "need.heard"
    comment_need(need, actor=cast.actor("clerk"), at=cast.clock(), text="还说谢谢", heard=True)
    assert fresh(need).story[-1].code == "need.commented"
