"""Two claim the same need at the same moment: one wins, the other reads who. With the control that shows the race."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from django.db import connection, connections, transaction

from lianxin.accounts.actors import Actor, actor_for
from lianxin.accounts.models import Appointment, User
from lianxin.core.errors import Refusal
from lianxin.needs.models import Commitment, Need
from lianxin.needs.operations import claim_need, publish_need
from lianxin.needs.states import Status
from lianxin.staffing.operations import deactivate_user
from tests.cast import START, Cast, build

ROUNDS = 200
pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def together(*runs: Callable[[], None]) -> None:
    """Run all at the same moment, each in its own thread with its own connection."""
    gate = threading.Barrier(len(runs))

    def go(run: Callable[[], None]) -> None:
        try:
            connection.ensure_connection()
            gate.wait(timeout=20)
            run()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)


def test_two_administrators_who_close_each_others_accounts_leave_one() -> None:
    cast = build()
    Appointment.objects.filter(role="city").delete()
    first, second = cast.users["admin"], cast.users["town_officer"]
    for turn in range(20):
        for user in (first, second):
            User.objects.filter(pk=user.pk).update(is_active=True)
            Appointment.objects.filter(user=user, role="admin").delete()
            Appointment.objects.create(user=user, scope=cast.city.scope, role="admin", from_on=START.date())
        at = cast.clock()
        actors = {user.pk: actor_for(user, at.date()) for user in (first, second)}

        came: list[str] = []

        def close(
            by: User,
            whom: User,
            at: datetime = at,
            actors: dict[int, Actor] = actors,
            came: list[str] = came,
        ) -> None:
            try:
                deactivate_user(whom, actor=actors[by.pk], at=at)
                came.append("closed")
            except Exception as error:
                came.append(type(error).__name__)

        together(lambda: close(first, second), lambda: close(second, first))
        assert sorted(came) == ["WrongState", "closed"], turn
        left = User.objects.filter(pk__in=[first.pk, second.pk], is_active=True)
        assert left.count() == 1, turn


def published(cast: Cast, count: int) -> list[Need]:
    needs = []
    for _ in range(count):
        need = cast.ask()
        publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
        needs.append(need)
    return needs


def test_of_two_who_claim_together_one_wins_and_the_other_reads_who() -> None:
    cast = build()
    actors = {"liaison": cast.water_unit, "school_liaison": cast.school_unit}
    posts = {name: cast.actor(name) for name in actors}
    for need in published(cast, ROUNDS):
        won: list[str] = []
        lost: list[str] = []
        at = cast.clock()

        def claim(name: str, need: Need = need, at: object = at, won: list[str] = won, lost: list[str] = lost) -> None:
            try:
                claim_need(need, actor=posts[name], at=at, giver=actors[name])  # type: ignore[arg-type]
                won.append(name)
            except Refusal as refusal:
                lost.append(str(refusal))

        together(lambda: claim("liaison"), lambda: claim("school_liaison"))
        assert len(won) == 1, (won, lost)
        assert actors[won[0]].label in lost[0]
        assert Commitment.objects.filter(need=need).count() == 1
        assert Need.objects.get(pk=need.pk).status == Status.CLAIMED


def test_the_control_shows_the_race() -> None:
    """The same claim without the protection: state read before BEGIN, no row lock. Two winners, at least once."""
    cast = build()
    doubled = 0
    for need in published(cast, 20):
        seen: list[bool] = []
        read = threading.Barrier(2)

        def claim(need: Need = need, seen: list[bool] = seen, read: threading.Barrier = read) -> None:
            free = Need.objects.filter(pk=need.pk, status=Status.PUBLISHED).exists()
            read.wait(timeout=20)
            with transaction.atomic():
                if free:
                    Need.objects.filter(pk=need.pk).update(status=Status.CLAIMED, version=need.version + 1)
                    seen.append(True)

        together(claim, claim)
        doubled += len(seen) == 2
    assert doubled > 0


def test_the_same_form_sent_twice_at_once_files_once() -> None:
    from lianxin.needs.operations import Asked, Filed, file_need

    cast = build()
    for i in range(30):
        asked = Asked(kind="wish", category=cast.books, community=cast.north, text="想要几本课外书")
        got: list[Filed] = []
        at = cast.clock()

        def file(asked: Asked = asked, at: object = at, got: list[Filed] = got, key: str = f"form-{i}") -> None:
            from lianxin.accounts.actors import PUBLIC

            got.append(file_need(asked, actor=PUBLIC, at=at, key=key))  # type: ignore[arg-type]

        together(file, file)
        assert len({(f.number, f.code) for f in got}) == 1
        assert sorted(f.repeated for f in got) == [False, True]
    assert Need.objects.count() == 30


def test_a_claim_that_lapses_while_it_is_delivered_ends_in_one_of_both() -> None:
    from lianxin.accounts.actors import SYSTEM
    from lianxin.needs.operations import deliver_need, lapse_claim

    cast = build()
    liaison = cast.actor("liaison")
    for need in published(cast, 20):
        claim = claim_need(need, actor=liaison, at=cast.clock(), giver=cast.water_unit)
        late = cast.clock(days=1) + timedelta(days=30)

        def deliver(claim: Commitment = claim, late: object = late) -> None:
            with suppress(Refusal):
                deliver_need(claim, actor=liaison, at=late, note="送到了")  # type: ignore[arg-type]

        together(deliver, lambda c=claim, at=late: lapse_claim(c, actor=SYSTEM, at=at))  # type: ignore[misc]
        claim.refresh_from_db()
        need.refresh_from_db()
        expected = {"delivered": Status.DELIVERED, "lapsed": Status.PUBLISHED}
        assert need.status == expected[claim.status]
