"""What the clock does, and that doing it twice does it once."""

from copy import copy
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from lianxin.accounts.actors import SYSTEM
from lianxin.core.errors import NotAllowed, WrongState
from lianxin.core.models import SentForm
from lianxin.figures import tallies
from lianxin.history import chain
from lianxin.needs import jobs
from lianxin.needs.models import Commitment, Need, Photo
from lianxin.needs.operations import (
    assign_need,
    claim_need,
    contest_decline,
    decline_need,
    deliver_need,
    erase_contact,
    handle_need,
    lapse_claim,
    merge_need,
    publish_need,
    record_answer,
    record_attempt,
    start_work,
    uphold_decline,
    withdraw_need,
)
from lianxin.needs.photos import photo_path
from lianxin.needs.states import CommitmentStatus, Status
from lianxin.notifications.models import Notice
from tests.cast import Cast
from tests.test_pipeline_table import declined, merged


def claimed(cast: Cast) -> Commitment:
    need = cast.ask()
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    return claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)


def status(commitment: Commitment) -> str:
    return Need.objects.get(pk=commitment.need_id).status


def test_a_lapsed_claim_returns_the_wish_to_the_pool_once(cast: Cast) -> None:
    claim = claimed(cast)
    assert jobs.run(cast.clock(days=9)).lapsed == 0
    assert jobs.run(cast.clock(days=2)).lapsed == 1
    assert status(claim) == Status.PUBLISHED
    told = Notice.objects.filter(code="need.lapsed").count()
    assert jobs.run(cast.clock()).lapsed == 0
    assert Notice.objects.filter(code="need.lapsed").count() == told


def two_parts(cast: Cast) -> Commitment:
    """A wish of two parts: one claimed, one still waits for a giver."""
    need = cast.ask(parts=[(cast.books, 1), (cast.books, 2)])
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    return claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)


def test_declining_calls_off_what_was_taken_on_and_lapses_go_on(cast: Cast) -> None:
    claim, other = two_parts(cast), claimed(cast)
    decline_need(claim.need, actor=cast.actor("clerk"), at=cast.clock(), reason="not_possible", words="买不到")
    claim.refresh_from_db()
    assert (claim.status, status(claim)) == (CommitmentStatus.CALLED_OFF, Status.DECLINED)
    assert Notice.objects.get(code="need.called_off").scope_id == cast.water_unit.pk
    assert jobs.lapse_claims(cast.clock(days=12)) == 1
    assert status(other) == Status.PUBLISHED


def test_what_is_done_in_part_is_answered_before_the_rest_is_declined(cast: Cast) -> None:
    claim = two_parts(cast)
    deliver_need(claim, actor=cast.actor("liaison"), at=cast.clock(), note="好了")
    said = {"reason": "not_possible", "words": "买不到"}
    with pytest.raises(WrongState, match="solved"):
        decline_need(claim.need, actor=cast.actor("clerk"), at=cast.clock(), **said)
    record_answer(claim, actor=cast.asker(claim.need), at=cast.clock(), solved=True)
    decline_need(claim.need, actor=cast.actor("clerk"), at=cast.clock(), **said)
    claim.refresh_from_db()
    assert (claim.status, status(claim)) == (CommitmentStatus.CONFIRMED, Status.DECLINED)
    assert tallies.compare().wrong == {}


def test_a_need_in_part_taken_on_is_not_merged_away(cast: Cast) -> None:
    claim, other = two_parts(cast), cast.ask()
    with pytest.raises(WrongState, match="other one into this one"):
        merge_need(claim.need, actor=cast.actor("clerk"), at=cast.clock(), into=other)
    merge_need(other, actor=cast.actor("clerk"), at=cast.clock(), into=claim.need)
    assert status(claim) == Status.PUBLISHED


def test_a_claim_on_what_has_ended_does_not_stop_the_others(cast: Cast) -> None:
    """As earlier versions left them behind."""
    claim, other = two_parts(cast), claimed(cast)
    Need.objects.filter(pk=claim.need_id).update(status=Status.DECLINED, ended_at=cast.clock())
    assert lapse_claim(claim, actor=SYSTEM, at=cast.clock(days=12)) is False
    assert jobs.lapse_claims(cast.clock()) == 1
    assert status(other) == Status.PUBLISHED


def test_what_is_refused_keeps_no_other_from_its_turn(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = claimed(cast), claimed(cast)

    def refuse_the_first(commitment: Commitment, **who: Any) -> bool:
        if commitment.pk == first.pk:
            raise WrongState("no")
        return lapse_claim(commitment, **who)

    monkeypatch.setattr(jobs, "lapse_claim", refuse_the_first)
    assert jobs.lapse_claims(cast.clock(days=12)) == 1
    assert (status(first), status(second)) == (Status.CLAIMED, Status.PUBLISHED)
    assert f"refused for commitment {first.pk}: wrong_state" in caplog.text


def test_a_claim_that_was_delivered_meanwhile_does_not_lapse(cast: Cast) -> None:
    claim = claimed(cast)
    deliver_need(claim, actor=cast.actor("liaison"), at=cast.clock(), note="好了")
    assert jobs.run(cast.clock(days=12)).lapsed == 0
    assert status(claim) == Status.DELIVERED


def test_whoever_did_the_work_records_no_call_in_vain(cast: Cast) -> None:
    """Two of them would close it without an answer."""
    need = cast.ask()
    work = assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.office, staff=cast.users["clerk"])
    start_work(work, actor=cast.actor("clerk"), at=cast.clock())
    deliver_need(work, actor=cast.actor("clerk"), at=cast.clock(), note="好了")
    with pytest.raises(NotAllowed, match="no part"):
        record_attempt(work, actor=cast.actor("clerk"), at=cast.clock(days=1))
    record_attempt(work, actor=cast.actor("grid_worker"), at=cast.clock())


def test_what_nobody_answered_closes_after_two_attempts_and_fifteen_days(cast: Cast) -> None:
    claim = claimed(cast)
    deliver_need(claim, actor=cast.actor("liaison"), at=cast.clock(), note="好了")
    record_attempt(claim, actor=cast.actor("clerk"), at=cast.clock(days=1))
    assert jobs.run(cast.clock(days=15)).closed == 0
    record_attempt(claim, actor=cast.actor("clerk"), at=cast.clock(days=1))
    assert jobs.run(cast.clock()).closed == 1
    assert status(claim) == Status.CLOSED_UNANSWERED
    assert jobs.run(cast.clock()).closed == 0


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads so small a table whole")
def test_the_clock_finds_what_is_due_by_index(cast: Cast) -> None:
    claimed(cast)
    at = cast.clock(days=30)
    for due, index in ((jobs.lapsing(at), "needs_commitment_lapses"), (jobs.silent(at), "needs_commitment_silent")):
        plan = due.explain()
        assert f"SEARCH needs_commitment USING INDEX {index} (status=? AND" in plan, plan
        assert "SCAN" not in plan, plan


def test_what_was_not_tried_twice_since_it_was_done_is_not_even_looked_at(cast: Cast) -> None:
    claim = claimed(cast)
    clerk = cast.actor("clerk")
    deliver_need(claim, actor=cast.actor("liaison"), at=cast.clock(), note="好了")
    for _time in range(2):
        record_attempt(claim, actor=clerk, at=cast.clock(days=1))
    record_answer(claim, actor=cast.asker(claim.need), at=cast.clock(), solved=False)
    deliver_need(claim, actor=cast.actor("liaison"), at=cast.clock(), note="又好了")
    record_attempt(claim, actor=clerk, at=cast.clock(days=1))
    assert list(jobs.silent(cast.clock(days=15))) == []
    record_attempt(claim, actor=clerk, at=cast.clock(days=1))
    assert list(jobs.silent(cast.clock())) == [claim]


def test_sent_forms_are_forgotten_after_seven_days(cast: Cast) -> None:
    cast.ask()
    assert jobs.run(cast.clock(days=6)).forgotten == 0
    assert jobs.run(cast.clock(days=2)).forgotten == 1
    assert not SentForm.objects.exists()


def test_the_command_runs_them_all(cast: Cast) -> None:
    claim = claimed(cast)
    Commitment.objects.filter(pk=claim.pk).update(lapses_at=claim.claimed_at + timedelta(days=1))
    call_command("work", "--once", verbosity=0)
    assert status(claim) == Status.PUBLISHED


def test_the_contact_is_erased_30_days_after_the_end_and_history_still_verifies(cast: Cast) -> None:
    need = cast.ask(name="样例·王九", phone="0973-000-0009", place_detail="3号楼201")
    withdraw_need(need, actor=cast.asker(need), at=cast.clock())
    assert jobs.run(cast.clock(days=29)).contacts_erased == 0
    assert jobs.run(cast.clock(days=2)).contacts_erased == 1
    assert jobs.run(cast.clock()).contacts_erased == 0
    need.refresh_from_db()
    assert (need.asker_name, need.asker_phone, need.place_detail, need.code_digest) == ("", "", "", None)
    assert bytes(need.contact_salt) == b"" and need.text
    assert list(chain.broken([(need.chain_key, need.history_seq, need.history_head)])) == []


def test_words_and_photos_are_erased_after_a_year(cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
    need = cast.ask()
    withdraw_need(need, actor=cast.asker(need), at=cast.clock())
    name = "0" * 32 + ".jpg"
    photo_path(name).parent.mkdir(parents=True, exist_ok=True)
    photo_path(name).write_bytes(b"a picture")
    Photo.objects.create(need=need, file=name, at=cast.clock())
    assert jobs.run(cast.clock(days=300)).words_erased == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.run(cast.clock(days=70)).words_erased == 1
    need.refresh_from_db()
    assert need.text == "" and not need.photos.exists() and not photo_path(name).exists()
    assert list(chain.broken([(need.chain_key, need.history_seq, need.history_head)])) == []


def test_an_open_need_keeps_its_contact(cast: Cast) -> None:
    cast.ask(phone="0973-000-0009")
    assert jobs.run(cast.clock(days=400)).contacts_erased == 0


def has_contact(need: Need) -> bool:
    return Need.objects.get(pk=need.pk).contact_erased_at is None


def test_the_contact_of_a_merged_need_stays_while_the_other_is_open(cast: Cast) -> None:
    need = merged(cast)
    into = Need.objects.get(merged=need)
    assert jobs.erase_contacts(cast.clock(days=40)) == 0 and has_contact(need)
    handle_need(into, actor=cast.actor("clerk"), at=cast.clock(), note="办好了")
    record_answer(into.commitments.get(), actor=cast.asker(into), at=cast.clock(), solved=True)
    assert jobs.erase_contacts(cast.clock(days=29)) == 0
    assert jobs.erase_contacts(cast.clock(days=2)) == 2 and not has_contact(need)


def test_the_contact_stays_while_the_town_decides_on_a_decline(cast: Cast) -> None:
    need = declined(cast)
    contest_decline(need, actor=cast.asker(need), at=cast.clock(days=29))
    assert jobs.erase_contacts(cast.clock(days=20)) == 0 and has_contact(need)
    assert erase_contact(need, actor=SYSTEM, at=cast.clock()) is False
    uphold_decline(need, actor=cast.actor("town_officer"), at=cast.clock(), words="这件事归物业管")
    assert jobs.erase_contacts(cast.clock()) == 1 and not has_contact(need)


@pytest.mark.django_db(transaction=True)
def test_a_job_goes_on_while_others_write(cast: Cast, monkeypatch: Any) -> None:
    """On SQLite a read left open by the job would refuse each of its writes that comes after somebody else's."""
    one = declined(cast)
    one.refresh_from_db()
    many = []
    for number in range(2_100):  # more than Django reads at once
        one.pk, one.number, one.code_digest = None, f"XX-26-{number:05d}", None
        many.append(copy(one))
    Need.objects.bulk_create(many)
    later, done = cast.clock(days=40), []

    def somebody_writes() -> None:
        try:
            SentForm.objects.create(operation="x", key="x", body_digest="", answer="x", about="", created_at=later)
        finally:
            connection.close()

    def erase(need: Need, **how: Any) -> bool:
        if done:
            return True
        writer = Thread(target=somebody_writes)
        writer.start()
        writer.join()
        done.append(need.pk)
        return erase_contact(need, **how)

    monkeypatch.setattr(jobs, "erase_contact", erase)
    assert jobs.erase_contacts(later) == 2_101
    assert not has_contact(Need.objects.get(pk=done[0]))
