"""The clocks of needs: working time, around the clock, who is on duty, what goes up by itself."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import formats, timezone

from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.desk.models import DeskItem
from lianxin.needs import jobs
from lianxin.needs.models import Category, Commitment, Need
from lianxin.needs.operations import (
    answer_asker,
    assign_need,
    claim_need,
    correct_need,
    deliver_need,
    give_back,
    pass_up,
    publish_need,
    record_answer,
    record_attempt,
    verify_need,
)
from lianxin.notifications.models import Notice
from lianxin.places.calendar import CALENDAR
from lianxin.rulebook.operations import set_value
from lianxin.staffing.duty import put_on_duty, take_off_duty
from tests.cast import Cast, fresh, local

pytestmark = pytest.mark.django_db


@pytest.fixture
def heating(cast: Cast) -> Category:
    return Category.objects.create(code="heat", kind="repair", name="供暖", around_the_clock=True, urgency="urgent")


@pytest.fixture(autouse=True)
def national_day(cast: Cast) -> None:
    days = tuple((date(2026, 10, day), False, "国庆节") for day in range(1, 8))
    at = cast.clock()
    set_value(CALENDAR, days, actor=cast.actor("city_officer"), at=at, version=0, from_at=at)


def report(cast: Cast, heating: Category, at: str) -> Need:
    cast.clock.at = local(at) - timedelta(minutes=1)
    return fresh(cast.ask(kind="repair", category=heating, text="暖气不热"))


def test_heat_on_a_holiday_night_goes_up_when_nobody_is_on_duty_and_a_wish_waits_for_work(
    cast: Cast, heating: Category, client: Client
) -> None:
    town = cast.town.scope
    put_on_duty(
        town,
        actor=cast.actor("town_officer"),
        at=cast.clock(),
        user=cast.users["town_officer"],
        from_at=local("2026-10-01 18:00"),
        to_at=local("2026-10-02 09:00"),
    )
    cast.clock.at = local("2026-10-01 20:00") - timedelta(minutes=1)
    filed = cast.file(kind="repair", category=heating, text="暖气不热")
    need = fresh(Need.objects.get(pk=filed.need_id))
    assert need.response_due_at == local("2026-10-01 22:00")  # 2 h by the clock
    assert (need.handler_id, need.escalated_for) == (cast.town.pk, ["no_duty"])
    told = Notice.objects.filter(code="need.on_duty").values_list("user_id", "urgent")
    assert list(told) == [(cast.users["town_officer"].pk, True)]

    wish = cast.file(text="想要几本课外书")
    asked = fresh(Need.objects.get(pk=wish.need_id))
    assert asked.response_due_at == local("2026-10-08 18:00")  # all of the first working day
    assert asked.handler_id == cast.north.pk
    for one, due in ((filed, need.response_due_at), (wish, asked.response_due_at)):
        page = client.post("/track/", {"code": one.code}, follow=True).content.decode()
        assert one.number in page
        assert formats.date_format(timezone.localtime(due), "DATETIME_FORMAT") in page


def test_somebody_on_duty_keeps_it_at_the_office_and_is_told(cast: Cast, heating: Category) -> None:
    shift = put_on_duty(
        cast.north.scope,
        actor=cast.actor("clerk"),
        at=cast.clock(),
        user=cast.users["grid_worker"],
        from_at=local("2026-10-01 18:00"),
        to_at=local("2026-10-02 09:00"),
    )
    need = report(cast, heating, "2026-10-01 20:00")
    assert (need.handler_id, need.escalated_for) == (cast.north.pk, [])
    assert Notice.objects.get(code="need.on_duty").user_id == cast.users["grid_worker"].pk
    take_off_duty(shift, actor=cast.actor("clerk"), at=local("2026-10-01 21:00"))
    assert report(cast, heating, "2026-10-01 21:30").handler_id == cast.city.pk


def test_the_group_of_the_office_hears_of_it_too_in_and_out_of_working_time(cast: Cast, heating: Category) -> None:
    times = {"from_at": local("2026-10-01 18:00"), "to_at": local("2026-10-02 09:00")}
    user = cast.users["grid_worker"]
    put_on_duty(cast.north.scope, actor=cast.actor("clerk"), at=cast.clock(), user=user, **times)
    for at in ("2026-10-01 20:00", "2026-10-09 17:50"):
        need = report(cast, heating, at)
        told = Notice.objects.get(code="need.around_the_clock", params__number=need.number)
        assert (told.scope_id, told.role, told.urgent) == (cast.north.pk, "office", True)


def test_passed_up_or_given_away_at_night_whoever_is_on_duty_there_hears_at_once(cast: Cast, heating: Category) -> None:
    times = {"from_at": local("2026-10-01 18:00"), "to_at": local("2026-10-02 09:00")}
    for place, by, who in (
        (cast.north.scope, "clerk", "grid_worker"),
        (cast.town.scope, "town_officer", "town_officer"),
        (cast.company.scope, "fitter", "fitter"),
    ):
        put_on_duty(place, actor=cast.actor(by), at=cast.clock(), user=cast.users[who], **times)
    need = report(cast, heating, "2026-10-01 20:00")
    cast.clock.at = local("2026-10-01 20:10")
    pass_up(need, actor=cast.actor("clerk"), at=cast.clock(), note="整栋楼都停了")
    assign_need(need, actor=cast.actor("town_officer"), at=cast.clock(), giver=cast.company)
    heard = Notice.objects.filter(code="need.on_duty").order_by("pk").values_list("user__username", "urgent")
    assert list(heard) == [("grid_worker", True), ("town_officer", True), ("fitter", True)]
    assert Notice.objects.get(code="need.passed_up").urgent and Notice.objects.get(code="need.assigned").urgent
    lamp = cast.ask(kind="repair", category=cast.lamp, text="路灯不亮")
    assign_need(lamp, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    assert Notice.objects.filter(code="need.on_duty").count() == 3


@pytest.mark.parametrize(
    ("at", "handler", "why"),
    [
        ("2026-10-09 10:00", "north", "in working time the office answers itself"),
        ("2026-10-09 17:59", "north", "still at work"),
        ("2026-10-09 18:00", "city", "work is over and no roster anywhere: the city"),
        ("2026-10-09 08:59", "city", "not yet at work"),
        ("2026-10-10 10:00", "city", "a Saturday"),
        ("2026-10-07 12:00", "city", "a holiday"),
    ],
)
def test_who_answers_around_the_clock(cast: Cast, heating: Category, at: str, handler: str, why: str) -> None:
    assert report(cast, heating, at).handler_id == getattr(cast, handler).pk, why


def test_a_need_in_working_time_has_the_dates_that_give(cast: Cast) -> None:
    cast.clock.at = local("2026-09-30 15:59")
    need = cast.ask(kind="repair", category=cast.lamp, text="路灯不亮", urgency="")
    assert need.response_due_at == local("2026-10-08 16:00")
    week = Need.objects.get(pk=need.pk)
    correct_need(week, actor=cast.actor("clerk"), at=cast.clock(), version=week.version, urgency="urgent")
    assert fresh(need).solution_due_at == local("2026-10-08 16:00")
    correct_need(week, actor=cast.actor("clerk"), at=cast.clock(), version=week.version + 1, urgency="emergency")
    assert fresh(need).solution_due_at == local("2026-10-01 16:00")
    assert fresh(need).response_due_at == local("2026-09-30 17:00")


def test_a_day_of_the_plan_is_a_day_in_the_city(cast: Cast) -> None:
    cast.clock.at = local("2026-10-12 06:00")  # the day before in UTC
    need = cast.ask()
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    today = date(2026, 10, 12)

    def claim(days: int) -> Commitment:
        planned = today + timedelta(days=days)
        who = {"actor": cast.actor("liaison"), "at": cast.clock()}
        return claim_need(need, giver=cast.water_unit, planned_on=planned, **who)

    for days in (-1, 61):
        with pytest.raises(Invalid, match="60 days"):
            claim(days)
    for days in (0, 60):
        held = claim(days)
        assert held.lapses_at == held.claimed_at + timedelta(days=max(10, days + 2))
        give_back(held, actor=cast.actor("liaison"), at=cast.clock(), reason="no_time")


def test_no_answer_in_time_goes_up_once_a_reason(cast: Cast) -> None:
    need = cast.ask()
    late = need.response_due_at
    assert jobs.escalate(late - timedelta(seconds=1)) == 0
    assert jobs.escalate(late) == 1
    assert jobs.escalate(late) == 0
    assert fresh(need).handler_id == cast.town.pk
    verify_need(need, actor=cast.actor("town_officer"), at=late)
    assert jobs.escalate(fresh(need).solution_due_at) == 1
    assert (fresh(need).handler_id, fresh(need).escalated_for) == (cast.city.pk, ["response", "solution"])
    assert jobs.escalate(late + timedelta(days=99)) == 0
    assert Notice.objects.filter(code="need.escalated").count() == 2


def test_what_nobody_ever_answers_goes_on_to_the_city_when_its_solution_is_overdue(cast: Cast) -> None:
    need = cast.ask()
    assert jobs.escalate(need.response_due_at) == 1
    assert fresh(need).escalates_at == need.solution_due_at
    assert jobs.escalate(need.solution_due_at) == 1
    assert (fresh(need).handler_id, fresh(need).escalated_for) == (cast.city.pk, ["response", "solution"])
    assert fresh(need).escalates_at is None


def test_heat_that_is_overdue_at_night_passes_over_a_level_without_anybody_on_duty(
    cast: Cast, heating: Category
) -> None:
    def on_call(place: str, who: str, by: str) -> None:
        times = {"from_at": local("2026-10-01 18:00"), "to_at": local("2026-10-02 09:00")}
        scope, user = getattr(cast, place).scope, cast.users[who]
        put_on_duty(scope, actor=cast.actor(by), at=cast.clock(), user=user, **times)

    on_call("north", "clerk", "clerk")
    one = report(cast, heating, "2026-10-01 20:00")
    assert one.handler_id == cast.north.pk
    assert jobs.escalate(local("2026-10-01 22:00")) == 1
    assert (fresh(one).handler_id, fresh(one).escalated_for) == (cast.city.pk, ["response"])

    cast.clock.at = local("2026-10-01 17:00")
    on_call("town", "town_officer", "town_officer")
    other = report(cast, heating, "2026-10-01 23:00")
    assert jobs.escalate(local("2026-10-02 01:00")) == 1
    assert fresh(other).handler_id == cast.town.pk
    assert Notice.objects.filter(code="need.on_duty", user=cast.users["town_officer"]).count() == 1


def test_what_goes_straight_to_the_city_has_no_date_on_which_it_goes_up(cast: Cast, heating: Category) -> None:
    need = report(cast, heating, "2026-10-01 20:00")
    assert (need.handler_id, need.escalates_at) == (cast.city.pk, None)


def test_not_solved_three_times_goes_up(cast: Cast) -> None:
    need = cast.ask(kind="repair", category=cast.lamp, text="路灯不亮")
    assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    held = Commitment.objects.get(need=need)
    for time in range(3):
        assert fresh(need).handler_id == cast.north.pk, time
        deliver_need(held, actor=cast.actor("fitter"), at=cast.clock(), note="好了")
        record_answer(held, actor=cast.asker(need), at=cast.clock(), solved=False)
    assert fresh(need).handler_id == cast.town.pk
    assert fresh(need).escalated_for == ["reopened"]


def test_given_back_three_times_goes_up(cast: Cast) -> None:
    need = cast.ask(kind="repair", category=cast.lamp, text="路灯不亮")
    for time in range(3):
        assert fresh(need).handler_id == cast.north.pk, time
        assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
        held = Commitment.objects.filter(need=need).latest("pk")
        give_back(held, actor=cast.actor("fitter"), at=cast.clock(), reason="no_time")
    assert fresh(need).escalated_for == ["refused"]


def test_what_is_due_soon_is_said_once_to_those_on_whose_desk_it_lies(cast: Cast) -> None:
    need = cast.ask()
    soon = need.response_due_at - timedelta(hours=2)
    assert jobs.remind(need.response_due_at - timedelta(hours=25)) == 0
    assert jobs.remind(soon) == 1
    assert jobs.remind(soon) == 0
    said = Notice.objects.filter(code="need.due_soon").values_list("role", flat=True)
    assert sorted(said) == ["grid_worker", "office"]


def test_nobody_is_reminded_before_half_of_the_time_is_over(cast: Cast, heating: Category) -> None:
    put_on_duty(
        cast.north.scope,
        actor=cast.actor("clerk"),
        at=local("2026-10-01 19:00"),
        user=cast.users["grid_worker"],
        from_at=local("2026-10-01 19:00"),
        to_at=local("2026-10-02 08:00"),
    )
    need = report(cast, heating, "2026-10-01 20:00")
    assert need.due_at - need.filed_at == timedelta(hours=2)
    assert [jobs.remind(local(f"2026-10-01 {clock}")) for clock in ("20:05", "20:59", "21:00")] == [0, 0, 1]


def test_the_roster_refuses_what_cannot_be(cast: Cast) -> None:
    start = local("2026-10-09 18:00")

    def put(by: str, who: str, hours: int, scope: str = "north") -> None:
        place, user = getattr(cast, scope).scope, cast.users[who]
        at, to_at = cast.clock(), start + timedelta(hours=hours)
        put_on_duty(place, actor=cast.actor(by), at=at, user=user, from_at=start, to_at=to_at)

    with pytest.raises(NotAllowed):
        put("south_clerk", "clerk", 12)
    with pytest.raises(Invalid):
        put("clerk", "clerk", -1)
    with pytest.raises(Invalid):
        put("clerk", "clerk", 100)
    with pytest.raises(Invalid):
        put("clerk", "south_clerk", 12)
    put("clerk", "clerk", 12)
    put("fitter", "fitter", 12, "company")
    with pytest.raises(NotAllowed):
        put("fitter", "clerk", 12)


def test_a_shift_that_is_over_stays(cast: Cast) -> None:
    shift = put_on_duty(
        cast.north.scope,
        actor=cast.actor("clerk"),
        at=cast.clock(),
        user=cast.users["clerk"],
        from_at=cast.clock.at,
        to_at=cast.clock.at + timedelta(hours=1),
    )
    with pytest.raises(WrongState):
        take_off_duty(shift, actor=cast.actor("clerk"), at=cast.clock(hours=2))


def test_what_ran_out_or_was_kept_stays_so_however_it_is_sorted_later(cast: Cast) -> None:
    cast.clock.at = local("2026-10-12 09:59")
    need = cast.ask(kind="repair", category=cast.lamp, text="路灯不亮", urgency="urgent")
    response, solution = need.response_due_at, need.solution_due_at
    assert solution == local("2026-10-13 10:00")
    clerk = cast.actor("clerk")
    verify_need(need, actor=clerk, at=solution + timedelta(hours=1), urgency="long")
    assert (fresh(need).response_due_at, fresh(need).solution_due_at) == (response, solution)
    other = cast.ask(kind="repair", category=cast.lamp, text="单元门坏了", urgency="normal")
    answer_asker(other, actor=clerk, at=cast.clock(), text="知道了")
    kept = fresh(other).response_due_at
    correct_need(other, actor=clerk, at=cast.clock(), version=fresh(other).version, urgency="emergency")
    assert fresh(other).response_due_at == kept
    assert fresh(other).solution_due_at == other.filed_at + timedelta(days=1)


def test_what_is_done_and_nobody_asks_about_goes_up(cast: Cast) -> None:
    need = cast.ask(kind="repair", category=cast.lamp, text="路灯不亮")
    held = assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    at = cast.clock()
    deliver_need(held, actor=cast.actor("fitter"), at=at, note="换好了")
    late = at + timedelta(days=15 + 2)
    assert jobs.escalate(late - timedelta(seconds=1)) == 0
    assert jobs.escalate(late) == 1
    assert (fresh(need).handler_id, fresh(need).escalated_for) == (cast.town.pk, ["not_asked"])
    assert DeskItem.objects.get(object_id=need.pk, verb="ask_asker").scope_id == cast.town.pk
    assert jobs.escalate(late + timedelta(days=99)) == 0


def test_what_was_asked_about_in_vain_closes_and_does_not_go_up(cast: Cast) -> None:
    need = cast.ask(kind="repair", category=cast.lamp, text="路灯不亮")
    held = assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    at = cast.clock()
    deliver_need(held, actor=cast.actor("fitter"), at=at, note="换好了")
    for days in (1, 2):
        record_attempt(held, actor=cast.actor("clerk"), at=at + timedelta(days=days))
    assert jobs.close_silent(at + timedelta(days=15)) == 1
    assert jobs.escalate(at + timedelta(days=17)) == 0


def test_what_turns_out_at_night_not_to_wait_is_said_to_whoever_is_there(cast: Cast, heating: Category) -> None:
    town = {"from_at": local("2026-10-01 18:00"), "to_at": local("2026-10-02 09:00")}
    officer = cast.users["town_officer"]
    put_on_duty(cast.town.scope, actor=cast.actor("town_officer"), at=cast.clock(), user=officer, **town)
    cast.clock.at = local("2026-10-01 19:59")
    need, other = (cast.ask(kind="repair", category=cast.lamp, text="家里很冷") for _ in range(2))
    told = Notice.objects.filter(code="need.on_duty")
    assert not told.exists()
    verify_need(need, actor=cast.actor("grid_worker"), at=cast.clock(), category=heating)
    assert list(told.values_list("user_id", "urgent")) == [(officer.pk, True)]
    assert fresh(need).handler_id == cast.north.pk
    version = fresh(other).version
    correct_need(other, actor=cast.actor("clerk"), at=cast.clock(), version=version, urgency="emergency")
    assert told.count() == 2
    correct_need(other, actor=cast.actor("clerk"), at=cast.clock(), version=version + 1, category=heating)
    assert told.count() == 2
