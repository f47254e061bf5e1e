"""A lost password or second factor: a printed code, a second person's yes, and what is never possible alone."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from lianxin.accounts.models import Appointment, Reset, Role, User
from lianxin.core import clock
from lianxin.core.errors import NotAllowed, WrongState
from lianxin.desk import queue
from lianxin.desk.models import DeskItem
from lianxin.history import chain
from lianxin.needs.tests.api_caller import token_of
from lianxin.notifications.models import Notice
from lianxin.staffing import jobs, resets
from lianxin.staffing.tests.test_factors import browser, log_in, password_of, set_up
from tests.cast import PASSWORD, Cast

NEW = "another-long-password"


def as_user(cast: Cast, name: str) -> Client:
    client = browser()
    client.force_login(cast.users[name])
    return client


def printed(cast: Cast, by: str = "clerk", whom: str = "grid_worker", **body: str) -> str:
    """The code on the slip."""
    client = as_user(cast, by)
    answer = client.post(f"/workspace/staff/people/{whom}/reset/", body)
    assert answer["Location"] == "/workspace/staff/invitation/", answer["Location"]
    slip = client.get("/workspace/staff/invitation/").content.decode()
    assert "second person" in slip
    return re.findall(r'lx-code">([^<]+)<', slip)[0]


def use(code: str) -> Any:
    return browser().post("/invited/", {"code": code, "new_password1": NEW, "new_password2": NEW})


def decide(cast: Cast, name: str, say: str = "yes") -> Any:
    return as_user(cast, name).post(f"/workspace/staff/resets/{Reset.objects.latest('pk').pk}/decide/", {"say": say})


@pytest.fixture
def worker(cast: Cast) -> User:
    """A grid worker who had a password and lost it."""
    return password_of(cast, "grid_worker")


def test_a_code_is_good_after_a_second_person_said_yes_and_until_then_the_old_password_works(
    cast: Cast, worker: User
) -> None:
    code = printed(cast)
    early = use(code)
    assert early.status_code == 422 and b"not yet approved" in early.content
    assert log_in(browser(), "grid_worker").status_code == 302
    assert decide(cast, "clerk_2").status_code == 302
    assert log_in(browser(), "grid_worker").status_code == 302
    elsewhere = browser()
    log_in(elsewhere, "grid_worker")
    token_of(cast, "grid_worker")
    assert use(code)["Location"] == "/workspace/"
    assert not worker.tokens.filter(revoked_at=None).exists()
    worker.refresh_from_db()
    assert worker.check_password(NEW)
    assert elsewhere.get("/workspace/account/").status_code == 302
    again = use(code)
    assert again.status_code == 422 and b"no longer valid" in again.content
    assert [e.code for e in chain.of(worker)] == ["reset.asked", "reset.approved", "reset.used"]
    assert [e.actor_id for e in chain.of(worker)] == [cast.users["clerk"].pk, cast.users["clerk_2"].pk, None]
    assert list(chain.broken([(worker.chain_key, worker.history_seq, worker.history_head)])) == []


def test_neither_of_the_two_it_is_about_is_the_second_person(cast: Cast, worker: User) -> None:
    printed(cast)
    reset = Reset.objects.get()
    decide(cast, "clerk")
    for name in ("clerk", "grid_worker"):
        with pytest.raises(NotAllowed):
            resets.approve_reset(reset, actor=cast.actor(name), at=clock.now())
    reset.refresh_from_db()
    assert reset.approved_at is None


@pytest.mark.parametrize("name", ["south_clerk", "liaison", "grid_worker_2"])
def test_others_do_not_even_see_it(cast: Cast, worker: User, name: str) -> None:
    printed(cast)
    page = f"/workspace/staff/resets/{Reset.objects.get().pk}/"
    assert as_user(cast, name).get(page).status_code in (403, 404)
    assert as_user(cast, name).post(page + "decide/", {"say": "yes"}).status_code in (403, 404)
    with pytest.raises(NotAllowed):
        resets.approve_reset(Reset.objects.get(), actor=cast.actor(name), at=clock.now())


def test_it_waits_on_the_desk_of_the_second_person_with_a_notice(cast: Cast, worker: User) -> None:
    printed(cast)
    second = as_user(cast, "clerk_2")
    desk = second.get("/workspace/").content.decode()
    page = f"/workspace/staff/resets/{Reset.objects.get().pk}/"
    assert page in desk and page not in as_user(cast, "town_officer").get("/workspace/").content.decode()
    assert "second person" in second.get("/workspace/notices/").content.decode()
    assert "Reset code for" in second.get(page).content.decode()
    assert "Was it not you" in as_user(cast, "grid_worker").get("/workspace/notices/").content.decode()
    decide(cast, "clerk_2")
    assert not DeskItem.objects.filter(object_type="reset").exists()
    assert Notice.objects.filter(code="reset.approved", user=cast.users["clerk"]).exists()


def test_with_a_line_of_this_sort_the_desk_keeps_its_budget(
    cast: Cast, worker: User, django_assert_max_num_queries: Any
) -> None:
    printed(cast)
    cast.ask()
    client = as_user(cast, "clerk_2")
    with django_assert_max_num_queries(6):
        assert "resets/" in client.get("/workspace/").content.decode()


def test_where_the_office_has_one_person_the_tier_above_decides(cast: Cast) -> None:
    post = Appointment.objects.get(user=cast.users["south_clerk"])
    worker = User.objects.create(username="south_worker", name="样例", created_at=clock.now(), password="!")
    Appointment.objects.create(user=worker, scope=cast.grid_3.scope, role=Role.GRID_WORKER, from_on=post.from_on)
    worker.set_password(PASSWORD)
    worker.save()
    code = printed(cast, "south_clerk", "south_worker")
    assert Reset.objects.get().scope == cast.town.scope
    assert [i.role for i in queue.mine(cast.actor("town_officer")) if i.object_type == "reset"] == [Role.TOWN]
    decide(cast, "town_officer")
    assert use(code).status_code == 302


def test_the_city_and_the_administrator_are_each_others_second_person(cast: Cast) -> None:
    password_of(cast, "clerk")
    printed(cast, "city_officer", "clerk")
    assert [i.object_type for i in queue.mine(cast.actor("admin"))] == ["reset"]
    decide(cast, "admin")
    assert Reset.objects.get().approved_by == cast.users["admin"]


def test_with_nobody_else_there_is_no_code(cast: Cast) -> None:
    """The city's officer has lost the password and the administrator is alone: the server's own command helps."""
    Appointment.objects.filter(user=cast.users["city_officer_2"]).delete()
    password_of(cast, "city_officer")
    with pytest.raises(WrongState, match="nobody who could approve"):
        resets.ask_reset(cast.users["city_officer"], actor=cast.actor("admin"), at=clock.now(), factors=False)


def test_nobody_prints_one_for_themselves_for_those_above_or_for_who_never_had_a_password(cast: Cast) -> None:
    for name, whom, error in (
        ("city_officer", "city_officer", NotAllowed),
        ("clerk", "town_officer", NotAllowed),
        ("clerk", "grid_worker_2", WrongState),
        ("grid_worker", "grid_worker_2", NotAllowed),
    ):
        with pytest.raises(error):
            resets.ask_reset(cast.users[whom], actor=cast.actor(name), at=clock.now(), factors=False)


def test_somebody_who_had_a_password_gets_no_invitation(cast: Cast, worker: User) -> None:
    client = as_user(cast, "clerk")
    assert b"/renew/" not in client.get("/workspace/staff/people/grid_worker/").content
    client.post("/workspace/staff/people/grid_worker/renew/")
    assert not worker.invitations.exists()


def test_a_lost_second_factor_goes_the_same_way(cast: Cast) -> None:
    password_of(cast, "grid_worker")
    client = browser()
    log_in(client, "grid_worker")
    set_up(client)
    kept = printed(cast)
    decide(cast, "clerk_2")
    assert use(kept)["Location"] == "/login/second/"
    gone = printed(cast, factors="on")
    assert (
        "second factor off"
        in as_user(cast, "clerk_2").get(f"/workspace/staff/resets/{Reset.objects.latest('pk').pk}/").content.decode()
    )
    decide(cast, "clerk_2")
    assert use(gone)["Location"] == "/workspace/"
    answer = browser().post("/login/", {"username": "grid_worker", "password": NEW})
    assert answer["Location"] == "/workspace/"


def test_a_refused_an_expired_and_a_replaced_code_are_worth_nothing(cast: Cast, worker: User) -> None:
    refused = printed(cast)
    decide(cast, "clerk_2", "no")
    assert use(refused).status_code == 422
    assert Notice.objects.filter(code="reset.refused", user=cast.users["clerk"]).exists()
    replaced = printed(cast)
    decide(cast, "clerk_2")
    expired = printed(cast)
    assert use(replaced).status_code == 422
    decide(cast, "clerk_2")
    Reset.objects.filter(ended_at=None).update(expires_at=clock.now())
    assert use(expired).status_code == 422
    assert jobs.end_resets(clock.now()) == 1 and jobs.end_resets(clock.now()) == 0
    worker.refresh_from_db()
    assert worker.check_password(PASSWORD)


def test_one_that_nobody_decided_leaves_the_desk_when_its_time_is_over(cast: Cast, worker: User) -> None:
    printed(cast)
    assert DeskItem.objects.filter(object_type="reset").exists()
    assert jobs.end_resets(clock.now() + timedelta(days=4)) == 1
    assert not DeskItem.objects.filter(object_type="reset").exists()


def test_whoever_printed_it_can_take_it_back(cast: Cast, worker: User) -> None:
    code = printed(cast)
    decide(cast, "clerk_2")
    resets.refuse_reset(Reset.objects.get(), actor=cast.actor("clerk"), at=clock.now())
    assert use(code).status_code == 422


def test_closing_the_account_ends_it(cast: Cast, worker: User) -> None:
    code = printed(cast)
    decide(cast, "clerk_2")
    as_user(cast, "clerk").post("/workspace/staff/people/grid_worker/close/")
    assert use(code).status_code == 422
