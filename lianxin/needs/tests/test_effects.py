"""What other clocks would do stands on the settings page before they are set."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from lianxin.core.clock import local_day, now
from lianxin.needs import clocks, due, jobs
from lianxin.needs.models import Category, Need
from lianxin.needs.operations import (
    claim_need,
    correct_need,
    deliver_need,
    publish_need,
    record_attempt,
    withdraw_need,
)
from lianxin.needs.states import Urgency
from lianxin.rulebook.operations import set_value
from tests.cast import Cast, as_user, fresh, local

pytestmark = pytest.mark.django_db
Look = Callable[[str, int], str]


@pytest.fixture
def look(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> Look:
    """The page of a value, as it looks at the time of the story before the value is set."""
    as_user(client, cast, "city_officer")
    monkeypatch.setattr("lianxin.needs.effects.now", lambda: cast.clock.at)

    def seen(code: str, wanted: int) -> str:
        sent = {"value": str(wanted), "from_on": local_day(now()).isoformat(), "version": "0"}
        answer = client.post(f"/workspace/settings/{code}/", sent)
        assert answer.status_code == 200
        return answer.content.decode()

    return seen


def test_how_many_contacts_and_words_the_next_run_would_erase(cast: Cast, look: Look) -> None:
    for ended in (0, 10, 10):
        need = cast.ask(name="样例·王九", phone="0973-000-0009")
        withdraw_need(need, actor=cast.asker(need), at=cast.clock(days=ended or 1))
    cast.ask()
    cast.clock(days=15)
    assert "the next run would erase the contact of 1 need." in look(clocks.CONTACT_KEPT, 30)
    assert "the next run would erase the contacts of 3 needs." in look(clocks.CONTACT_KEPT, 10)
    assert "the next run would erase the contacts of 0 needs." in look(clocks.CONTACT_KEPT, 90)
    assert "the next run would erase the words and photos of 3 needs." in look(clocks.WORDS_KEPT, 7)
    assert jobs.run(cast.clock.at).contacts_erased == 1
    assert "the next run would erase the contacts of 2 needs." in look(clocks.CONTACT_KEPT, 10)


def test_how_many_needs_would_close_without_an_answer(cast: Cast, look: Look) -> None:
    need = cast.ask()
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    claim = claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    deliver_need(claim, actor=cast.actor("liaison"), at=cast.clock(), note="好了")
    for _time in range(2):
        record_attempt(claim, actor=cast.actor("clerk"), at=cast.clock(days=1))
    cast.clock(days=5)
    one, none = "in 1 need at the most", "in 0 needs at the most"
    assert one in look(clocks.UNANSWERED, 7)
    assert none in look(clocks.UNANSWERED, 8)
    assert none in look(clocks.ATTEMPTS, 1)  # 15 days are not over
    cast.clock(days=10)
    assert one in look(clocks.ATTEMPTS, 2)
    assert none in look(clocks.ATTEMPTS, 3)


def test_how_many_needs_would_be_reminded_of(cast: Cast, look: Look) -> None:
    cast.ask()  # on Monday; due on Tuesday, 24 hours later
    assert "would remind of 0 needs." in look(clocks.REMIND, 12)
    assert "would remind of 1 need." in look(clocks.REMIND, 48)


def test_when_things_would_be_due_beside_when_they_are(cast: Cast, look: Look) -> None:
    cast.clock.at = local("2026-03-06 17:00")  # a Friday
    working = "what is filed now and runs in working time would be due on {}; as it is, on {}."
    assert working.format("10 Mar 2026, 17:00", "9 Mar 2026, 17:00") in look(clocks.RESPONSE, 2)
    normal = look(clocks.SOLUTION[Urgency.NORMAL], 3)
    assert working.format("11 Mar 2026, 17:00", "17 Mar 2026, 17:00") in normal
    assert "what was filed before keeps its lengths" in normal
    plain = "what is filed now would be due on {}; as it is, on {}."
    assert plain.format("6 Mar 2026, 17:30", "6 Mar 2026, 18:00") in look(clocks.EMERGENCY_RESPONSE, 30)
    assert plain.format("6 Mar 2026, 17:30", "6 Mar 2026, 19:00") in look(clocks.CLOCK_RESPONSE, 30)
    assert plain.format("9 Mar 2026, 17:00", "7 Mar 2026, 17:00") in look(clocks.SOLUTION[Urgency.EMERGENCY], 3)
    lapses = "would lapse on 11 Mar 2026, 17:00; as it is, on 16 Mar 2026, 17:00."
    assert lapses in look(clocks.CLAIM_LAPSES, 5)
    assert "would be due on" not in look(clocks.RESPONSE, 1)


def test_what_was_filed_before_keeps_its_lengths_also_when_it_is_sorted_anew(cast: Cast) -> None:
    need = fresh(cast.ask(kind="repair", category=cast.lamp, text="路灯坏了"))
    told = need.solution_due_at
    at = cast.clock()
    for code in clocks.SOLUTION.values():
        set_value(code, 30, actor=cast.actor("city_officer"), at=at, version=0, from_at=at)
    pipe = Category.objects.create(code="pipe", kind="repair", name="水管", urgency="normal")
    correct_need(need, actor=cast.actor("clerk"), at=cast.clock(), version=need.version, category=pipe, urgency="long")
    correct_need(
        need := fresh(need), actor=cast.actor("clerk"), at=cast.clock(), version=need.version, urgency="normal"
    )
    assert fresh(need).solution_due_at == told


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads so small a table whole")
def test_what_is_counted_is_found_by_index(cast: Cast) -> None:
    at = cast.clock.at
    for rows, index in (
        (due.contacts_to_erase(at), "needs_contact_to_erase"),
        (due.words_to_erase(at), "needs_words_to_erase"),
        (due.silent(at, 1), "needs_commitment_silent"),
        (due.to_remind(at, timedelta(hours=24)), "needs_city_status_due"),
    ):
        plan = rows.order_by().explain()
        assert index in plan, plan
        assert "SCAN" not in plan, plan
    assert Need.objects.count() == 0
