"""Leave and substitutes: what is in one person's hands passes; a post can't end while something is open."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from lianxin.accounts.actors import SYSTEM
from lianxin.accounts.models import Appointment, Role
from lianxin.core.clock import local_day, now
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.history.models import Entry
from lianxin.needs import operations as needs
from lianxin.needs.models import Commitment
from lianxin.staffing import duty, handing, operations
from lianxin.staffing.jobs import hand_to_substitutes
from lianxin.staffing.models import Shift
from tests.cast import Cast


def post_of(cast: Cast, name: str) -> Appointment:
    return Appointment.objects.select_related("scope").get(user=cast.users[name], to_on=None)


def last_code(key: str) -> str:
    return Entry.objects.filter(object_key=key).latest("seq").code


def given_to(cast: Cast, name: str, **asked: object) -> Commitment:
    """A need of the first grid that the office gave to its own person."""
    need = cast.ask(**asked)
    return needs.assign_need(
        need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.office, staff=cast.users[name]
    )


def hand(cast: Cast, name: str, to: str, **days: Any) -> tuple[Appointment, int]:
    return handing.stand_in(post_of(cast, name), actor=cast.actor("clerk"), at=cast.clock(), to=cast.users[to], **days)


@pytest.mark.django_db
def test_a_substitute_sees_the_queue_and_gets_the_named_work_and_the_shifts(cast: Cast) -> None:
    work = given_to(cast, "grid_worker")
    elsewhere = given_to(cast, "grid_worker_2")
    at = cast.clock()
    today = local_day(at)
    shift = duty.put_on_duty(
        cast.north.scope,
        actor=cast.actor("clerk"),
        at=at,
        user=cast.users["grid_worker"],
        from_at=at + timedelta(days=1),
        to_at=at + timedelta(days=1, hours=12),
    )
    assert cast.actor("grid_worker_2").holds(cast.grid_1.pk, Role.GRID_WORKER) is False
    theirs, passed = hand(cast, "grid_worker", "grid_worker_2", from_on=today, to_on=today + timedelta(days=9))
    work.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (work.staff, elsewhere.staff) == (cast.users["grid_worker_2"], cast.users["grid_worker_2"])
    assert passed == 2
    assert theirs.stands_in_for == post_of(cast, "grid_worker")
    assert cast.actor("grid_worker_2").holds(cast.grid_1.pk, Role.GRID_WORKER)
    assert last_code(work.need.chain_key) == "need.passed_on"
    # The shift is the community's, above the grid; whoever is on leave can't take it either.
    begun = shift.from_at + timedelta(minutes=1)
    assert duty.on_duty([cast.north.pk], begun) == {cast.north.pk: [cast.users["grid_worker_2"].pk]}


@pytest.mark.django_db
def test_shifts_of_the_place_pass_and_later_ones_stay(cast: Cast) -> None:
    at, clerk = cast.clock(), cast.users["clerk"]
    for day in (1, 30):
        times = {"from_at": at + timedelta(days=day), "to_at": at + timedelta(days=day, hours=8)}
        duty.put_on_duty(cast.north.scope, actor=cast.actor("clerk"), at=at, user=clerk, **times)
    today = local_day(at)
    to = cast.users["grid_worker"]
    handing.stand_in(
        post_of(cast, "clerk"),
        actor=cast.actor("town_officer"),
        at=at,
        to=to,
        from_on=today,
        to_on=today + timedelta(7),
    )
    on = [duty.on_duty([cast.north.pk], at + timedelta(days=day, hours=2)) for day in (1, 30)]
    assert on == [{cast.north.pk: [to.pk]}, {cast.north.pk: [clerk.pk]}]


def duty_at_north(cast: Cast, name: str, **later: int) -> datetime:
    """Puts somebody on duty for the community; a time at which the shift runs."""
    at = cast.clock()
    begins = at + timedelta(**later)
    times = {"from_at": begins - timedelta(minutes=1), "to_at": begins + timedelta(hours=12)}
    duty.put_on_duty(cast.north.scope, actor=cast.actor("clerk"), at=at, user=cast.users[name], **times)
    return begins


@pytest.mark.django_db
def test_a_post_does_not_end_while_a_shift_for_the_place_above_is_to_come(cast: Cast) -> None:
    begins = duty_at_north(cast, "grid_worker", days=1)
    post, to = post_of(cast, "grid_worker"), cast.users["grid_worker_2"]
    operations.appoint(to, actor=cast.actor("clerk"), at=cast.clock(), role=post.role, scope=post.scope)
    assert handing.in_hand(post, cast.clock()) == 1
    with pytest.raises(WrongState, match="1"):
        operations.end_appointment(post, actor=cast.actor("clerk"), at=cast.clock())
    _theirs, passed = handing.hand_over(post, actor=cast.actor("clerk"), at=cast.clock(), to=to)
    assert passed == 1
    assert duty.on_duty([cast.north.pk], begins) == {cast.north.pk: [to.pk]}


@pytest.mark.django_db
def test_a_shift_stays_with_who_keeps_another_post_for_it(cast: Cast) -> None:
    begins = duty_at_north(cast, "grid_worker", days=2)
    worker = cast.users["grid_worker"]
    first = post_of(cast, "grid_worker")
    second = operations.appoint(
        worker, actor=cast.actor("clerk"), at=cast.clock(), role=first.role, scope=cast.grid_2.scope
    )
    assert [handing.in_hand(post, cast.clock()) for post in (first, second)] == [0, 0]
    handing.hand_over(first, actor=cast.actor("clerk"), at=cast.clock(), to=cast.users["grid_worker_2"])
    assert duty.on_duty([cast.north.pk], begins) == {cast.north.pk: [worker.pk]}
    assert handing.in_hand(second, cast.clock(days=1)) == 1


@pytest.mark.django_db
def test_a_shift_that_was_taken_off_the_roster_is_not_in_hand(cast: Cast) -> None:
    duty_at_north(cast, "grid_worker", days=1)
    post = post_of(cast, "grid_worker")
    duty.take_off_duty(Shift.objects.get(), actor=cast.actor("clerk"), at=cast.clock())
    assert handing.in_hand(post, cast.clock()) == 0


@pytest.mark.django_db
def test_whoever_has_no_post_there_any_more_is_not_on_duty(cast: Cast) -> None:
    """However it ended, the level above is asked."""
    begins = duty_at_north(cast, "grid_worker", days=1)
    assert duty.on_duty([cast.north.pk], begins)
    Appointment.objects.filter(user=cast.users["grid_worker"]).update(to_on=local_day(cast.clock()))
    assert duty.on_duty([cast.north.pk], begins) == {}
    liaison = cast.users["liaison"]
    Shift.objects.create(scope=cast.city.scope, user=liaison, from_at=begins, to_at=begins + timedelta(hours=1))
    assert duty.on_duty([cast.city.pk], begins) == {}
    fitter = cast.users["fitter"]
    Shift.objects.create(scope=cast.company.scope, user=fitter, from_at=begins, to_at=begins + timedelta(hours=1))
    assert duty.on_duty([cast.company.pk], begins) == {cast.company.pk: [fitter.pk]}


@pytest.mark.django_db
def test_work_passes_on_the_first_day_and_once(cast: Cast) -> None:
    work = given_to(cast, "grid_worker")
    at = cast.clock()
    first = local_day(at) + timedelta(days=3)
    theirs, passed = hand(cast, "grid_worker", "grid_worker_2", from_on=first, to_on=first)
    assert passed == 0

    def run(when: datetime) -> int:
        done = hand_to_substitutes(when)
        work.refresh_from_db()
        return done

    assert run(at + timedelta(days=1)) == 0
    assert work.staff == cast.users["grid_worker"]
    assert run(at + timedelta(days=3)) == 1
    assert work.staff == cast.users["grid_worker_2"]
    assert run(at + timedelta(days=3)) == 0
    assert handing.begin_stand_in(theirs, actor=SYSTEM, at=at + timedelta(days=4)) is False
    with pytest.raises(NotAllowed):
        handing.begin_stand_in(theirs, actor=cast.actor("clerk"), at=at)


@pytest.mark.django_db
def test_a_last_day_that_has_not_come_is_set_anew_and_what_came_meanwhile_is_handed_over(cast: Cast) -> None:
    post, clerk = post_of(cast, "grid_worker"), cast.actor("clerk")
    today = local_day(cast.clock())
    for days in (30, 10):
        post = operations.end_appointment(post, actor=clerk, at=cast.clock(), last_on=today + timedelta(days=days))
        assert post.to_on == today + timedelta(days=days)
    work = given_to(cast, "grid_worker")
    with pytest.raises(WrongState, match="Hand them over"):
        operations.end_appointment(post, actor=clerk, at=cast.clock())
    with pytest.raises(Invalid, match="The post itself ends"):
        away = {"from_on": today, "to_on": today + timedelta(days=11)}
        handing.stand_in(post, actor=clerk, at=cast.clock(), to=cast.users["grid_worker_2"], **away)
    _theirs, passed = handing.hand_over(post, actor=clerk, at=cast.clock(), to=cast.users["grid_worker_2"])
    work.refresh_from_db()
    assert (passed, work.staff) == (1, cast.users["grid_worker_2"])
    with pytest.raises(WrongState, match="has ended"):
        operations.end_appointment(post, actor=clerk, at=cast.clock(days=1))


@pytest.mark.django_db
def test_a_colleague_of_the_same_office_stands_in(cast: Cast) -> None:
    work, today = given_to(cast, "clerk"), local_day(cast.clock())
    post, town = post_of(cast, "clerk"), cast.actor("town_officer")
    days = {"from_on": today, "to_on": today + timedelta(days=5)}
    theirs, passed = handing.stand_in(post, actor=town, at=cast.clock(), to=cast.users["clerk_2"], **days)
    work.refresh_from_db()
    assert (passed, work.staff) == (1, cast.users["clerk_2"])
    with pytest.raises(WrongState, match="stands in"):
        handing.stand_in(post, actor=town, at=cast.clock(), to=cast.users["clerk_2"], **days)
    with pytest.raises(WrongState, match="ends with its days"):
        handing.hand_over(theirs, actor=town, at=cast.clock(), to=cast.users["grid_worker"])
    with pytest.raises(WrongState, match="ends with its days"):
        operations.end_appointment(theirs, actor=town, at=cast.clock())
    handing.stop_stand_in(theirs, actor=town, at=cast.clock())
    work.refresh_from_db()
    assert work.staff == cast.users["clerk"]
    assert cast.actor("clerk_2").holds(cast.north.pk, Role.OFFICE)


@pytest.mark.django_db
def test_the_roster_says_who_is_really_called(cast: Cast, client: Client) -> None:
    at = now()

    def shift(name: str, hours: int) -> Shift:
        begins = at + timedelta(hours=hours)
        who = {"user": cast.users[name], "from_at": begins, "to_at": begins + timedelta(hours=8)}
        return duty.put_on_duty(cast.north.scope, actor=cast.actor("clerk"), at=at, **who)

    duty.take_off_duty(shift("grid_worker", 24), actor=cast.actor("clerk"), at=at)
    shift("grid_worker_2", 0)
    client.force_login(cast.users["clerk"])
    page = client.get("/workspace/roster/", headers={"Accept-Language": "en"}).content.decode()
    assert "Sample grid_worker_2" in page and "nobody is called" not in page
    assert page.count("<tbody>") == 1 and page.count('class="fit lx-noprint"') == 1
    Appointment.objects.filter(user=cast.users["grid_worker_2"]).update(to_on=local_day(at) - timedelta(days=1))
    page = client.get("/workspace/roster/", headers={"Accept-Language": "en"}).content.decode()
    assert "nobody is called" in page


@pytest.mark.django_db
def test_a_post_ends_only_with_empty_hands_and_handing_over_ends_it(cast: Cast) -> None:
    work = given_to(cast, "grid_worker")
    post = post_of(cast, "grid_worker")
    operations.appoint(
        cast.users["grid_worker_2"], actor=cast.actor("clerk"), at=cast.clock(), role=post.role, scope=post.scope
    )
    with pytest.raises(WrongState, match="1"):
        operations.end_appointment(post, actor=cast.actor("clerk"), at=cast.clock())
    theirs, passed = handing.hand_over(post, actor=cast.actor("clerk"), at=cast.clock(), to=cast.users["grid_worker_2"])
    work.refresh_from_db()
    post.refresh_from_db()
    assert (passed, work.staff, post.to_on) == (1, cast.users["grid_worker_2"], local_day(cast.clock()))
    assert theirs.to_on is None
    assert last_code(cast.users["grid_worker"].chain_key) == "user.post_ended"


@pytest.mark.django_db
def test_what_the_substitute_may_not_see_stays(cast: Cast) -> None:
    """A complaint about the substitute's own company never comes into its hands."""
    work = given_to(cast, "clerk_2", kind="complaint", subject_kind="company", subject=cast.company, category=cast.fees)
    at, today = cast.clock(), local_day(cast.clock())
    fitter = cast.users["fitter"]
    town = cast.actor("town_officer")
    _theirs, passed = handing.stand_in(
        post_of(cast, "clerk_2"), actor=town, at=at, to=fitter, from_on=today, to_on=today
    )
    work.refresh_from_db()
    assert (passed, work.staff) == (0, cast.users["clerk_2"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "last", "to", "error"),
    [
        (-1, 3, "grid_worker_2", Invalid),
        (2, 1, "grid_worker_2", Invalid),
        (0, 400, "grid_worker_2", Invalid),
        (0, 1, "grid_worker", Invalid),
    ],
)
def test_days_and_people_that_do_not_fit(cast: Cast, first: int, last: int, to: str, error: type[Exception]) -> None:
    today = local_day(cast.clock())
    days = {"from_on": today + timedelta(days=first), "to_on": today + timedelta(days=last)}
    with pytest.raises(error):
        hand(cast, "grid_worker", to, **days)
    assert not Appointment.objects.filter(stands_in_for__isnull=False).exists()


@pytest.mark.django_db
def test_only_those_above_arrange_it_and_nobody_twice(cast: Cast) -> None:
    today = local_day(cast.clock())
    days = {"from_on": today, "to_on": today}
    with pytest.raises(NotAllowed):
        handing.stand_in(
            post_of(cast, "grid_worker"),
            actor=cast.actor("south_clerk"),
            at=cast.clock(),
            to=cast.users["grid_worker_2"],
            **days,
        )
    hand(cast, "grid_worker", "grid_worker_2", **days)
    with pytest.raises(WrongState):
        hand(cast, "grid_worker", "grid_worker_2", **days)


@pytest.mark.django_db
def test_the_page_hands_over_and_says_what_is_missing(cast: Cast, client: Client) -> None:
    given_to(cast, "grid_worker")
    client.force_login(cast.users["clerk"])
    client.cookies["lx_lang"] = "en"
    user, post = cast.users["grid_worker"], post_of(cast, "grid_worker")
    page = f"/workspace/staff/people/{user.username}/"
    url = f"{page}posts/{post.pk}/hand-over/"
    body = {f"hand-{post.pk}-to": cast.users["grid_worker_2"].pk, f"hand-{post.pk}-how": "time"}
    wrong = client.post(url, body)
    assert wrong.status_code == 422
    assert "Say from which day to which." in wrong.content.decode()
    today = local_day(now())
    done = client.post(
        url, body | {f"hand-{post.pk}-from_on": str(today), f"hand-{post.pk}-to_on": str(today)}, follow=True
    )
    assert "1 thing in hand has passed" in done.content.decode()
    other = client.get(f"/workspace/staff/people/{cast.users['grid_worker_2'].username}/").content.decode()
    assert "Stands in for" in other


def test_a_post_that_does_not_fit_its_place_is_ended_and_handed_over(cast: Cast) -> None:
    company, city = cast.company.scope, cast.actor("city_officer")
    for name, to in (("liaison", None), ("school_liaison", "fitter")):
        post = Appointment.objects.create(
            user=cast.users[name], scope=company, role=Role.LIAISON, from_on=local_day(cast.clock())
        )
        if to is None:
            operations.end_appointment(post, actor=city, at=cast.clock())
        else:
            handing.hand_over(post, actor=city, at=cast.clock(), to=cast.users[to])
        post.refresh_from_db()
        assert post.to_on == local_day(cast.clock.at)
    with pytest.raises(Invalid, match="another kind of place"):
        operations.appoint(cast.users["liaison"], actor=city, at=cast.clock(), role=Role.LIAISON, scope=company)
