"""When whoever was away is back: what was in hand passes back, once, also where grids were drawn anew meanwhile."""

from datetime import date, timedelta

import pytest
from django.test import Client

from lianxin.accounts.actors import SYSTEM
from lianxin.accounts.models import Appointment
from lianxin.core.clock import local_day, now
from lianxin.core.errors import NotAllowed, WrongState
from lianxin.needs.models import Commitment, Need
from lianxin.places.regridding import merge_grid
from lianxin.staffing import duty, handing, operations
from lianxin.staffing.jobs import hand_to_substitutes
from lianxin.staffing.tests.test_handing import given_to, hand, post_of
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def lent(cast: Cast, to: str = "grid_worker_2", *, days: int = 2) -> tuple[Commitment, Appointment]:
    """Work of the first grid's worker in a substitute's hands; their last day is `days` after today."""
    work, today = given_to(cast, "grid_worker"), local_day(cast.clock())
    theirs, passed = hand(cast, "grid_worker", to, from_on=today, to_on=today + timedelta(days=days))
    work.refresh_from_db()
    assert (passed, work.staff) == (1, cast.users[to])
    return work, theirs


def named(cast: Cast, *works: Commitment) -> list[str]:
    """The cast's names of those who are named on these commitments."""
    return [next(n for n, u in cast.users.items() if u == Commitment.objects.get(pk=w.pk).staff) for w in works]


def test_everything_passes_back_after_the_last_day_and_once(cast: Cast) -> None:
    work, theirs = lent(cast)
    meanwhile = given_to(cast, "grid_worker_2")
    assert hand_to_substitutes(cast.clock(days=2)) == 0
    assert named(cast, work, meanwhile) == ["grid_worker_2", "grid_worker_2"]
    assert hand_to_substitutes(cast.clock(days=1)) == 1
    assert named(cast, work, meanwhile) == ["grid_worker", "grid_worker"]
    assert hand_to_substitutes(cast.clock()) == 0
    assert handing.end_stand_in(theirs, actor=SYSTEM, at=cast.clock()) is False
    with pytest.raises(NotAllowed):
        handing.end_stand_in(theirs, actor=cast.actor("clerk"), at=cast.clock())


def test_what_is_the_substitutes_own_stays(cast: Cast) -> None:
    """The clerk stands in for the grid worker: what came with it goes back, what the office gave the clerk does not."""
    work, _theirs = lent(cast, "clerk")
    own = given_to(cast, "clerk")
    hand_to_substitutes(cast.clock(days=3))
    assert named(cast, work, own) == ["grid_worker", "clerk"]


def test_one_substitute_after_the_other(cast: Cast) -> None:
    work, first = lent(cast)
    assert first.to_on is not None
    begins = first.to_on + timedelta(days=1)
    with pytest.raises(WrongState):
        hand(cast, "grid_worker", "clerk", from_on=first.to_on, to_on=begins)
    with pytest.raises(WrongState):
        hand(cast, "grid_worker", "grid_worker_2", from_on=local_day(cast.clock()), to_on=begins)
    hand(cast, "grid_worker", "clerk", from_on=begins, to_on=begins)
    assert hand_to_substitutes(cast.clock(days=3)) == 2
    assert named(cast, work) == ["clerk"]


def test_a_substitute_who_begins_before_the_clock_has_come_by_gets_it_too(cast: Cast) -> None:
    work, _first = lent(cast, days=0)
    today = local_day(cast.clock(days=1))
    _second, passed = hand(cast, "grid_worker", "clerk", from_on=today, to_on=today)
    assert (passed, named(cast, work)) == (1, ["clerk"])


def test_the_rest_of_a_night_on_duty_passes_back(cast: Cast) -> None:
    lent(cast, "south_clerk", days=0)
    at = cast.clock()
    night = {"from_at": at, "to_at": at + timedelta(hours=30)}
    substitute, worker = cast.users["south_clerk"], cast.users["grid_worker"]
    duty.put_on_duty(cast.north.scope, actor=cast.actor("clerk"), at=at, user=substitute, **night)
    assert duty.on_duty([cast.north.pk], cast.clock()) == {cast.north.pk: [substitute.pk]}
    hand_to_substitutes(cast.clock(days=1))
    assert duty.on_duty([cast.north.pk], cast.clock()) == {cast.north.pk: [worker.pk]}


def test_back_before_the_day(cast: Cast, client: Client) -> None:
    work, at = given_to(cast, "grid_worker"), now()
    post, days = post_of(cast, "grid_worker"), {"from_on": local_day(at), "to_on": local_day(at) + timedelta(days=2)}
    clerk, to = cast.actor("clerk"), cast.users["grid_worker_2"]
    theirs, _passed = handing.stand_in(post, actor=clerk, at=at, to=to, **days)
    with pytest.raises(NotAllowed):
        handing.stop_stand_in(theirs, actor=cast.actor("south_clerk"), at=at)
    client.force_login(cast.users["clerk"])
    client.cookies["lx_lang"] = "en"
    person = f"/workspace/staff/people/{to.username}/"
    assert "is back" in client.get(person).content.decode()
    away = client.get(f"/workspace/staff/people/{post.user.username}/").content.decode()
    assert f'<a href="{person}">{to.name_en or to.name} stands in,' in away
    done = client.post(f"{person}posts/{theirs.pk}/back/", follow=True).content.decode()
    assert "1 thing in hand has passed back." in done
    assert "is back" not in done
    again = client.post(f"{person}posts/{theirs.pk}/back/", follow=True).content.decode()
    assert "Nobody stands in here any more." in again
    theirs.refresh_from_db()
    assert (named(cast, work), theirs.to_on) == (["grid_worker"], local_day(at))


def test_another_one_may_stand_in_on_the_day_on_which_the_first_gave_back(cast: Cast) -> None:
    work, theirs = lent(cast)
    handing.stop_stand_in(theirs, actor=cast.actor("clerk"), at=cast.clock())
    today = local_day(cast.clock())
    _second, passed = hand(cast, "grid_worker", "clerk", from_on=today, to_on=today)
    assert (passed, named(cast, work)) == (1, ["clerk"])


def test_one_who_has_not_begun_never_begins(cast: Cast) -> None:
    first = local_day(cast.clock()) + timedelta(days=3)
    theirs, _passed = hand(cast, "grid_worker", "grid_worker_2", from_on=first, to_on=first)
    assert handing.stop_stand_in(theirs, actor=cast.actor("clerk"), at=cast.clock()) == 0
    assert not Appointment.objects.filter(stands_in_for__isnull=False).exists()
    assert hand_to_substitutes(cast.clock(days=3)) == 0


def test_a_post_with_a_substitute_does_not_end_and_passes_for_good_with_what_was_lent(cast: Cast) -> None:
    work, theirs = lent(cast)
    post, clerk = post_of(cast, "grid_worker"), cast.users["clerk"]
    operations.appoint(clerk, actor=cast.actor("clerk"), at=cast.clock(), role=post.role, scope=post.scope)
    with pytest.raises(WrongState, match="stands in"):
        operations.end_appointment(post, actor=cast.actor("clerk"), at=cast.clock())
    _post, passed = handing.hand_over(post, actor=cast.actor("clerk"), at=cast.clock(), to=cast.users["clerk"])
    theirs.refresh_from_db()
    assert (passed, named(cast, work), theirs.to_on) == (1, ["clerk"], local_day(cast.clock()))
    assert hand_to_substitutes(cast.clock(days=3)) == 0


def test_the_substitute_may_be_the_successor(cast: Cast) -> None:
    work, _theirs = lent(cast)
    post = post_of(cast, "grid_worker")
    handing.hand_over(post, actor=cast.actor("clerk"), at=cast.clock(), to=cast.users["grid_worker_2"])
    hand_to_substitutes(cast.clock(days=3))
    assert named(cast, work) == ["grid_worker_2"]
    assert cast.actor("grid_worker_2").holds(cast.grid_1.pk, "grid_worker")


def test_a_substitutes_account_that_is_closed_gives_back_at_once(cast: Cast) -> None:
    work, _theirs = lent(cast)
    operations.deactivate_user(cast.users["grid_worker_2"], actor=cast.actor("city_officer"), at=cast.clock())
    assert named(cast, work) == ["grid_worker"]


def test_nothing_passes_back_to_a_closed_account(cast: Cast) -> None:
    work, _theirs = lent(cast)
    operations.deactivate_user(cast.users["grid_worker"], actor=cast.actor("city_officer"), at=cast.clock())
    assert hand_to_substitutes(cast.clock(days=3)) == 1
    assert named(cast, work) == ["grid_worker_2"]


def stand_ins(cast: Cast) -> list[tuple[str, str, str, date, bool]]:
    """Each substitute's post that goes on after today: place, who, for whom, first day, whether it has begun."""
    rows = Appointment.objects.filter(stands_in_for__isnull=False, to_on__gt=local_day(cast.clock()))
    rows = rows.select_related("scope", "user", "stands_in_for__user", "stands_in_for__scope").order_by("from_on")
    name = {user.pk: name for name, user in cast.users.items()}
    found = []
    for row in rows:
        away = row.stands_in_for
        assert away is not None
        assert away.scope == row.scope
        begun = row.handed_at is not None
        found.append((row.scope.grid.code, name[row.user_id], name[away.user_id], row.from_on, begun))
    return found


def test_substitutes_follow_a_grid_that_ends(cast: Cast) -> None:
    """The one who stands in goes on, the one who is to come begins at the grid that goes on, and all passes back."""
    work, first = lent(cast, "clerk")
    assert first.to_on is not None
    later = first.to_on + timedelta(days=3)
    hand(cast, "grid_worker", "clerk_2", from_on=later, to_on=later)
    merge_grid(cast.grid_1, actor=cast.actor("city_officer"), at=cast.clock(), into=cast.grid_2)
    today = local_day(cast.clock())
    assert stand_ins(cast) == [
        ("grid-2", "clerk", "grid_worker", today, True),
        ("grid-2", "clerk_2", "grid_worker", later, False),
    ]
    assert Need.objects.get(pk=work.need_id).grid == cast.grid_2
    hand_to_substitutes(cast.clock(days=1))
    assert named(cast, work) == ["clerk"]
    hand_to_substitutes(cast.clock(days=2))
    assert named(cast, work) == ["grid_worker"]
    hand_to_substitutes(cast.clock(days=2))
    assert named(cast, work) == ["clerk_2"]
    assert not Appointment.objects.filter(scope=cast.grid_1.scope, to_on=None).exists()
