"""What the clock does, and that doing it twice does it once."""

from datetime import timedelta
from typing import Any

from django.core.management import call_command

from lianxin.accounts.actors import SYSTEM
from lianxin.core.models import SentForm
from lianxin.history import chain
from lianxin.needs import jobs
from lianxin.needs.models import Commitment, Need, Photo
from lianxin.needs.operations import (
    claim_need,
    contest_decline,
    deliver_need,
    erase_contact,
    publish_need,
    record_attempt,
    uphold_decline,
    withdraw_need,
)
from lianxin.needs.photos import photo_path
from lianxin.needs.states import Status
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


def test_a_claim_that_was_delivered_meanwhile_does_not_lapse(cast: Cast) -> None:
    claim = claimed(cast)
    deliver_need(claim, actor=cast.actor("liaison"), at=cast.clock(), note="好了")
    assert jobs.run(cast.clock(days=12)).lapsed == 0
    assert status(claim) == Status.DELIVERED


def test_what_nobody_answered_closes_after_two_attempts_and_fifteen_days(cast: Cast) -> None:
    claim = claimed(cast)
    deliver_need(claim, actor=cast.actor("liaison"), at=cast.clock(), note="好了")
    record_attempt(claim, actor=cast.actor("clerk"), at=cast.clock(days=1))
    assert jobs.run(cast.clock(days=15)).closed == 0
    record_attempt(claim, actor=cast.actor("clerk"), at=cast.clock(days=1))
    assert jobs.run(cast.clock()).closed == 1
    assert status(claim) == Status.CLOSED_UNANSWERED
    assert jobs.run(cast.clock()).closed == 0


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
    withdraw_need(into, actor=cast.asker(into), at=cast.clock())
    assert jobs.erase_contacts(cast.clock(days=29)) == 0
    assert jobs.erase_contacts(cast.clock(days=2)) == 2 and not has_contact(need)


def test_the_contact_stays_while_the_town_decides_on_a_decline(cast: Cast) -> None:
    need = declined(cast)
    contest_decline(need, actor=cast.asker(need), at=cast.clock(days=29))
    assert jobs.erase_contacts(cast.clock(days=20)) == 0 and has_contact(need)
    assert erase_contact(need, actor=SYSTEM, at=cast.clock()) is False
    uphold_decline(need, actor=cast.actor("town_officer"), at=cast.clock(), words="这件事归物业管")
    assert jobs.erase_contacts(cast.clock()) == 1 and not has_contact(need)
