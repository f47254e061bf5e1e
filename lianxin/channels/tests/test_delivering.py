"""From the outbox to the reader: emergencies at once, the rest once a day, quiet hours, choices, back-off, limits."""

import email
import email.policy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lianxin.accounts.actors import SYSTEM
from lianxin.accounts.models import Appointment
from lianxin.channels import jobs, rules
from lianxin.channels.models import Channel, Delivery, State
from lianxin.channels.operations import (
    note_failed,
    note_sent,
    plan_deliveries,
    send_again,
    switch_channel,
    take_delivery,
)
from lianxin.channels.tests import setup
from lianxin.channels.tests.outside import Mailed, MailServer, Services
from lianxin.core.errors import NotAllowed, WrongState
from lianxin.core.models import CityValue
from lianxin.notifications.models import Notice, ReadMark
from tests.cast import Cast


def local(day: int, clock: str) -> datetime:
    """A time in March 2026 in the city's zone (UTC+8)."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def words(mailed: Mailed) -> str:
    read = email.message_from_string(mailed.data, policy=email.policy.default)
    return str(read.get_content()).replace("\r\n", "\n").strip()


def group(services: Services) -> list[str]:
    return [came.json["text"]["content"] for came in services.came]


def test_an_emergency_goes_at_once_also_in_quiet_hours_and_only_once(cast: Cast, services: Services) -> None:
    setup.wecom(cast)
    at = local(3, "23:30")
    setup.say(cast, at, urgent=True)
    assert [jobs.run(at), jobs.run(at + timedelta(minutes=1))] == [1, 0]
    assert len(services.came) == 1
    assert Delivery.objects.get().state == State.SENT
    assert Notice.objects.get().sent_at == at


def test_everything_else_waits_for_the_days_digest(cast: Cast, mail: MailServer) -> None:
    setup.email(cast, mail)
    setup.choose(cast, "clerk")
    setup.say(cast, local(2, "10:00"))
    setup.say(cast, local(2, "18:00"), number="SC-26-00002")
    for clock in (local(2, "18:01"), local(2, "23:59"), local(3, "08:29")):
        assert jobs.run(clock) == 0
    assert jobs.run(local(3, "08:30")) == 1
    assert words(mail.came[0]) == (
        "Lianxin: 2 notices are new.\nSC-26-00001, SC-26-00002\nhttps://lianxin.example/workspace/notices/"
    )
    assert jobs.run(local(3, "08:31")) == 0


@pytest.mark.parametrize(
    ("said_at", "goes_on"),
    [
        (local(2, "08:29"), 2),
        (local(2, "08:30"), 3),
        (local(2, "23:59"), 3),  # still the second in the city, and in UTC
        (local(3, "00:30"), 3),  # the third in the city, in UTC still the second
        (local(3, "07:59"), 3),
    ],
)
def test_the_digests_day_is_the_citys_day(cast: Cast, services: Services, said_at: datetime, goes_on: int) -> None:
    setup.wecom(cast)
    setup.say(cast, said_at)
    jobs.run(said_at)
    row = Delivery.objects.get()
    assert (row.digest_on.day, row.due_at) == (goes_on, local(goes_on, "08:30"))  # type: ignore[union-attr]


def test_a_day_has_one_digest_for_each_reader_and_channel(cast: Cast, services: Services, mail: MailServer) -> None:
    setup.wecom(cast)
    setup.email(cast, mail)
    setup.choose(cast, "clerk")
    setup.choose(cast, "clerk_2")
    for n in range(5):
        setup.say(cast, local(2, f"1{n}:00"))
        jobs.run(local(2, f"1{n}:01"))
    assert sorted(Delivery.objects.values_list("channel__kind", "user__username")) == [
        ("email", "clerk"),
        ("email", "clerk_2"),
        ("wecom", None),
    ]
    setup.say(cast, local(3, "09:00"))
    assert jobs.run(local(3, "09:00")) == 3
    assert jobs.run(local(4, "09:00")) == 3
    assert [words(m).splitlines()[0] for m in mail.came] == 2 * ["Lianxin: 5 notices are new."] + 2 * [
        "Lianxin: 1 notice is new."
    ]


def test_a_digest_that_falls_into_quiet_hours_waits_for_their_end(cast: Cast, services: Services) -> None:
    begun = "2026-01-01T00:00:00+00:00"
    CityValue.objects.create(code=rules.DIGEST_AT, steps=[{"from": begun, "value": "22:00"}])
    setup.wecom(cast)
    setup.say(cast, local(2, "10:00"))
    assert [jobs.run(local(2, "22:00")), jobs.run(local(3, "07:29"))] == [0, 0]
    assert jobs.run(local(3, "07:30")) == 1


@pytest.mark.parametrize(
    ("begin", "end", "clock", "quiet"),
    [
        ("21:00", "07:30", "20:59", False),
        ("21:00", "07:30", "21:00", True),
        ("21:00", "07:30", "00:00", True),
        ("21:00", "07:30", "07:30", False),
        ("12:00", "14:00", "13:00", True),
        ("12:00", "14:00", "22:00", False),
        ("08:00", "08:00", "08:00", False),
    ],
)
def test_quiet_hours_may_go_over_midnight(db: None, begin: str, end: str, clock: str, quiet: bool) -> None:
    for code, value in ((rules.QUIET_FROM, begin), (rules.QUIET_TO, end)):
        steps = [{"from": "2026-01-01T00:00:00+00:00", "value": value}]
        CityValue.objects.create(code=code, steps=steps)
    assert rules.is_quiet(local(2, clock)) is quiet


def test_who_chose_nothing_gets_nothing_and_who_chose_one_thing_gets_that(cast: Cast, mail: MailServer) -> None:
    setup.email(cast, mail)
    setup.choose(cast, "clerk", digest=False)
    setup.choose(cast, "clerk_2", ways=[])
    setup.say(cast, local(2, "10:00"))
    setup.say(cast, local(2, "10:00"), urgent=True)
    jobs.run(local(2, "10:00"))
    jobs.run(local(3, "09:00"))
    assert [came.to for came in mail.came] == [["clerk@city.example"]]
    assert "needs you now" in words(mail.came[0])


def test_who_chooses_otherwise_meanwhile_is_left_alone(cast: Cast, mail: MailServer) -> None:
    setup.email(cast, mail)
    setup.choose(cast, "clerk")
    setup.say(cast, local(2, "10:00"))
    jobs.run(local(2, "10:00"))
    setup.choose(cast, "clerk", ways=[])
    assert jobs.run(local(3, "08:30")) == 0
    assert setup.states() == [State.NOT_NEEDED]


def test_what_was_read_in_the_workspace_is_not_told_again(cast: Cast, mail: MailServer) -> None:
    setup.email(cast, mail)
    setup.choose(cast, "clerk")
    read = setup.say(cast, local(2, "10:00"))
    jobs.run(local(2, "10:00"))
    ReadMark.objects.create(user=cast.users["clerk"], notice_id=read.pk)
    assert jobs.run(local(3, "08:30")) == 0
    assert setup.states() == [State.NOT_NEEDED] and mail.came == []


def test_a_notice_goes_to_those_who_hold_the_post_on_the_day(cast: Cast, mail: MailServer) -> None:
    setup.email(cast, mail)
    for name in ("clerk", "clerk_2", "south_clerk", "liaison"):
        setup.choose(cast, name)
    Appointment.objects.filter(user=cast.users["clerk_2"]).update(to_on="2026-03-01")
    setup.say(cast, local(2, "10:00"), urgent=True)
    setup.say(cast, local(2, "10:00"), urgent=True, scope_id=None, role="", user_id=cast.users["liaison"].pk)
    jobs.run(local(2, "10:00"))
    assert sorted(came.to[0] for came in mail.came) == ["clerk@city.example", "liaison@city.example"]


def test_a_group_hears_of_its_own_posts_and_of_its_grids_only(cast: Cast, services: Services) -> None:
    setup.wecom(cast)
    setup.wecom(cast, cast.water_unit.scope)
    at = local(2, "10:00")
    for number, scope, role in (
        ("SC-26-00001", cast.north, "office"),
        ("SC-26-00002", cast.grid_1, "grid_worker"),
        ("SC-26-00003", cast.south, "office"),
        ("SC-26-00004", cast.town, "town"),
        ("SC-26-00005", cast.water_unit, "liaison"),
    ):
        setup.say(cast, at, urgent=True, number=number, scope_id=scope.pk, role=role)
        setup.say(cast, at, number=number, scope_id=scope.pk, role=role)
    jobs.run(at)
    jobs.run(local(3, "08:30"))
    told = [body.splitlines()[0] for body in group(services)]
    assert sorted(told[:3]) == [f"Lianxin: SC-26-0000{n} needs you now." for n in (1, 2, 5)]
    assert sorted(body.splitlines()[1] for body in group(services)[3:]) == ["SC-26-00001, SC-26-00002", "SC-26-00005"]


def test_what_fails_is_tried_again_more_and_more_seldom_then_it_has_failed(cast: Cast, services: Services) -> None:
    setup.wecom(cast)
    services.well = (500, {})
    at = local(2, "10:00")
    setup.say(cast, at, urgent=True)
    waits = []
    for _ in range(rules.MAX_TRIES - 1):
        jobs.run(at)
        row = Delivery.objects.get()
        waits.append((row.due_at - at) // timedelta(minutes=1))
        assert jobs.run(row.due_at - timedelta(seconds=1)) == 0
        at = row.due_at
    assert waits == [1, 2, 4, 8, 16, 32, 60]
    jobs.run(at)
    row.refresh_from_db()
    assert (row.state, row.tries, row.error) == (State.FAILED, 8, "HTTP 500")
    assert len(services.came) == 8
    jobs.run(at + timedelta(hours=2))
    assert len(services.came) == 8


def fails_for_good(services: Services, day: int) -> None:
    """The service refuses the digests of a day in March eight times."""
    services.well = (500, {})
    jobs.run(local(day, "08:30"))
    Delivery.objects.filter(digest_on=f"2026-03-{day:02}", state=State.WAITING).update(tries=rules.MAX_TRIES - 1)
    jobs.run(local(day, "12:00"))
    assert Delivery.objects.filter(digest_on=f"2026-03-{day:02}", state=State.FAILED).exists()
    services.well = (200, {"errcode": 0})
    services.came.clear()


@pytest.mark.parametrize("more", [False, True])
def test_what_a_failed_digest_did_not_tell_stands_in_the_next_days(cast: Cast, services: Services, more: bool) -> None:
    setup.wecom(cast)
    setup.say(cast, local(2, "10:00"))
    jobs.run(local(2, "10:00"))
    fails_for_good(services, 3)
    if more:
        setup.say(cast, local(3, "13:00"), number="SC-26-00002")
    assert jobs.run(local(4, "08:29")) == 0
    assert jobs.run(local(4, "08:30")) == 1
    numbers = "SC-26-00001, SC-26-00002" if more else "SC-26-00001"
    assert group(services)[0].splitlines()[1] == numbers
    assert setup.states() == [State.NOT_NEEDED, State.SENT]
    setup.say(cast, local(4, "13:00"), number="SC-26-00003")
    assert jobs.run(local(5, "08:30")) == 1
    assert group(services)[1].splitlines()[1] == "SC-26-00003"


def test_several_failed_digests_are_made_up_for_together_and_none_is_lost_by_trying_by_hand(
    cast: Cast, services: Services
) -> None:
    setup.wecom(cast)
    for day in (2, 3, 4):
        setup.say(cast, local(day, "10:00"), number=f"SC-26-0000{day}")
        jobs.run(local(day, "10:00"))
        fails_for_good(services, day + 1)
    assert setup.states() == [State.FAILED, State.FAILED, State.FAILED, State.WAITING]
    first = Delivery.objects.order_by("pk")[0]
    with pytest.raises(WrongState, match="too old"):
        send_again(first, actor=cast.actor("admin"), at=local(5, "13:00"))
    assert jobs.run(local(6, "08:30")) == 1
    assert group(services)[0].splitlines()[1] == "SC-26-00002, SC-26-00003, SC-26-00004"
    assert setup.states() == [State.NOT_NEEDED] * 3 + [State.SENT]


def test_only_who_missed_a_digest_is_told_and_not_of_what_was_read_meanwhile(
    cast: Cast, services: Services, mail: MailServer
) -> None:
    setup.sms(cast, services)
    setup.email(cast, mail)
    setup.choose(cast, "clerk", ways=["sms"], phone="13900000000")
    setup.choose(cast, "clerk_2")
    setup.say(cast, local(2, "10:00"))
    read = setup.say(cast, local(2, "10:00"), number="SC-26-00002")
    jobs.run(local(2, "10:00"))
    fails_for_good(services, 3)
    assert len(mail.came) == 1
    first = Notice.objects.exclude(pk=read.pk).get()
    ReadMark.objects.create(user=cast.users["clerk"], notice_id=first.pk)
    assert jobs.run(local(4, "08:30")) == 1
    assert services.came[0].json["mobile"] == "13900000000" and len(mail.came) == 1
    assert services.came[0].json["content"].splitlines()[1] == "SC-26-00002"


def test_a_digest_that_may_have_arrived_and_one_before_a_gap_are_not_told_again(cast: Cast, services: Services) -> None:
    channel = setup.wecom(cast)
    for day, number in ((2, 1), (4, 2)):
        setup.say(cast, local(day, "10:00"), number=f"SC-26-0000{number}")
        jobs.run(local(day, "10:00"))
    rows = Delivery.objects.filter(channel=channel)
    rows.filter(digest_on="2026-03-03").update(state=State.FAILED)
    rows.filter(digest_on="2026-03-05").update(state=State.UNCLEAR)
    setup.say(cast, local(5, "10:00"), number="SC-26-00003")
    assert jobs.run(local(6, "08:30")) == 1
    assert group(services)[0].splitlines()[1] == "SC-26-00003"
    assert setup.states() == [State.FAILED, State.UNCLEAR, State.SENT]


def test_for_a_channel_that_was_switched_off_meanwhile_nothing_is_planned(cast: Cast, services: Services) -> None:
    channel = setup.wecom(cast)
    setup.say(cast, local(2, "10:00"))
    plan_deliveries(actor=SYSTEM, at=local(2, "10:00"))
    row = Delivery.objects.get()
    assert take_delivery(row, actor=SYSTEM, at=local(3, "08:30")) == "taken"
    switch_channel(channel, actor=cast.actor("admin"), at=local(3, "08:30"), on=False)
    row.tries = rules.MAX_TRIES - 1
    note_failed(row, actor=SYSTEM, at=local(3, "08:30"), error="HTTP 500")
    assert setup.states() == [State.FAILED]


def test_a_service_that_is_down_does_not_hold_up_the_others(cast: Cast, services: Services, mail: MailServer) -> None:
    channel = setup.wecom(cast)
    setup.email(cast, mail)
    setup.choose(cast, "clerk")
    services.well = (500, {})
    at = local(2, "10:00")
    for n in range(10):
        setup.say(cast, at, urgent=True, number=f"SC-26-{n:05d}")
    assert jobs.run(at) == 10
    assert len(services.came) == jobs.ENOUGH_FAILURES and len(mail.came) == 10
    assert channel.deliveries.filter(tries=0).count() == 7


def test_a_service_that_comes_back_gets_what_waited(cast: Cast, services: Services) -> None:
    setup.wecom(cast)
    services.answers = [(500, {}), (200, {"errcode": 93000})]
    at = local(2, "10:00")
    setup.say(cast, at, urgent=True)
    assert [jobs.run(at + timedelta(minutes=n)) for n in (0, 1, 3)] == [0, 0, 1]
    assert Delivery.objects.get().error == ""


def test_a_bot_sends_twenty_a_minute_and_the_rest_later(cast: Cast, services: Services) -> None:
    setup.wecom(cast)
    setup.wecom(cast, cast.south.scope)
    at = local(2, "10:00")
    for n in range(45):
        setup.say(cast, at, urgent=True, number=f"SC-26-{n:05d}")
    setup.say(cast, at, urgent=True, number="SC-26-99999", scope_id=cast.south.pk)
    assert jobs.run(at) == 21
    assert jobs.run(at + timedelta(seconds=60)) == 0
    assert jobs.run(at + timedelta(seconds=61)) == 20
    assert jobs.run(at + timedelta(seconds=122)) == 5
    assert len(set(group(services))) == 46
    assert Delivery.objects.filter(tries__gt=0).count() == 0


def test_too_often_says_the_service_and_it_is_no_failed_try(cast: Cast, services: Services) -> None:
    setup.wecom(cast)
    services.answers = [(200, {"errcode": 45009})]
    at = local(2, "10:00")
    setup.say(cast, at, urgent=True)
    jobs.run(at)
    row = Delivery.objects.get()
    assert (row.state, row.tries, row.due_at - at) == (State.WAITING, 0, timedelta(seconds=61))
    assert jobs.run(row.due_at) == 1


def test_without_a_channel_the_outbox_is_emptied_and_nothing_is_kept(cast: Cast) -> None:
    setup.say(cast, local(2, "10:00"), urgent=True)
    assert jobs.run(local(2, "10:01")) == 0
    assert not Notice.objects.filter(sent_at=None).exists()
    assert not Delivery.objects.exists()


def test_what_lay_in_the_outbox_for_more_than_a_day_is_not_sent(cast: Cast, services: Services) -> None:
    setup.wecom(cast)
    setup.say(cast, local(2, "10:00"), urgent=True)
    setup.say(cast, local(2, "10:00"))
    assert jobs.run(local(3, "10:00")) == 0
    assert not Delivery.objects.exists()


def test_what_waited_in_a_restored_backup_is_not_sent_after_a_day(cast: Cast, services: Services) -> None:
    setup.wecom(cast)
    setup.say(cast, local(2, "10:00"), urgent=True)
    setup.say(cast, local(2, "10:00"))
    plan_deliveries(actor=SYSTEM, at=local(2, "10:00"))
    assert jobs.run(local(9, "10:00")) == 0
    assert setup.states() == [State.NOT_NEEDED, State.NOT_NEEDED]


def test_a_channel_that_is_off_gets_nothing(cast: Cast, services: Services) -> None:
    channel = setup.wecom(cast)
    setup.say(cast, local(2, "10:00"))
    jobs.run(local(2, "10:00"))
    switch_channel(channel, actor=cast.actor("admin"), at=local(2, "11:00"), on=False)
    setup.say(cast, local(2, "12:00"), urgent=True)
    assert jobs.run(local(3, "09:00")) == 0
    assert setup.states() == [State.NOT_NEEDED]


def test_planning_reads_the_same_for_one_notice_and_for_hundreds(
    cast: Cast, services: Services, mail: MailServer
) -> None:
    setup.wecom(cast)
    setup.email(cast, mail)
    for name in ("clerk", "clerk_2", "liaison"):
        setup.choose(cast, name)
    counts: list[int] = []
    for many in (1, 300):
        for n in range(many):
            more: dict[str, Any] = {"scope_id": cast.water_unit.pk, "role": "liaison"} if n % 2 else {}
            setup.say(cast, local(2, "10:00"), urgent=True, **more)
        with CaptureQueriesContext(connection) as queries:
            assert plan_deliveries(actor=SYSTEM, at=local(2, "10:01")) == many
        counts.append(len([query for query in queries if query["sql"].startswith("SELECT")]))
    assert counts[0] == counts[1] <= 5, counts


def test_a_late_answer_of_a_worker_that_was_given_up_changes_nothing(cast: Cast, services: Services) -> None:
    setup.wecom(cast)
    at = local(2, "10:00")
    setup.say(cast, at, urgent=True)
    plan_deliveries(actor=SYSTEM, at=at)
    slow, quick = Delivery.objects.get(), Delivery.objects.get()
    assert take_delivery(slow, actor=SYSTEM, at=at) == "taken"
    assert take_delivery(quick, actor=SYSTEM, at=at) == "gone"
    assert jobs.settle(at + rules.LEASE) == 1
    assert take_delivery(quick, actor=SYSTEM, at=at + rules.LEASE) == "taken"
    note_sent(slow, actor=SYSTEM, at=at)
    assert Delivery.objects.get().taken_by == quick.taken_by
    assert Delivery.objects.get().state == State.TAKEN


def test_only_the_clock_delivers(cast: Cast, services: Services) -> None:
    setup.wecom(cast)
    with pytest.raises(NotAllowed):
        plan_deliveries(actor=cast.actor("admin"), at=cast.clock())


def test_old_notices_and_their_deliveries_are_erased_together(cast: Cast, services: Services) -> None:
    setup.wecom(cast)
    setup.say(cast, local(2, "10:00"), urgent=True)
    setup.say(cast, local(2, "10:00"))
    jobs.run(local(2, "10:00"))
    jobs.run(local(3, "09:00"))
    setup.say(cast, local(20, "10:00"), urgent=True)
    jobs.run(local(20, "10:00"))
    assert jobs.forget(local(2, "11:00") + timedelta(days=89)) == 0
    assert jobs.forget(local(3, "11:00") + timedelta(days=90)) == 4
    assert (Notice.objects.count(), Delivery.objects.count(), Channel.objects.count()) == (1, 1, 1)
