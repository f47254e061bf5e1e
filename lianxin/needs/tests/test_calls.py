"""The list of calls: whose answer is missing."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from lianxin.accounts.models import Appointment, Role
from lianxin.desk import queue
from lianxin.desk.models import DeskItem
from lianxin.desk.queue import Waiting
from lianxin.needs import jobs
from lianxin.needs.answers import CallAttempt
from lianxin.needs.models import Commitment, Need
from lianxin.needs.operations import Asked, assign_need, deliver_need, handle_on_the_spot, pass_up, record_attempt
from lianxin.needs.rules import refusal
from lianxin.personal.models import Look
from tests.cast import START, Cast

pytestmark = pytest.mark.django_db


def delivered(cast: Cast) -> Need:
    need = cast.ask(kind="repair", category=cast.lamp, text="楼道灯不亮")
    assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    deliver_need(Commitment.objects.get(need=need), actor=cast.actor("fitter"), at=cast.clock(), note="换好了")
    return need


def test_whoever_has_to_ask_finds_the_call_and_notes_an_attempt_in_the_row(cast: Cast, client: Client) -> None:
    need = delivered(cast)
    client.force_login(cast.users["clerk"])
    assert need.number in client.get("/workspace/calls/").content.decode()
    answer = client.post(f"/workspace/needs/{need.number}/attempt/", {"back": "calls"})
    assert answer["Location"] == "/workspace/calls/"
    assert CallAttempt.objects.filter(need=need).count() == 1
    page = client.get("/workspace/calls/?tried=yes").content.decode()
    assert "tried today" in page
    assert need.number not in client.get("/workspace/calls/?tried=no").content.decode()
    assert client.get("/workspace/calls/?format=xlsx").status_code == 200


def test_another_community_has_nobody_to_call(cast: Cast, client: Client) -> None:
    delivered(cast)
    client.force_login(cast.users["south_clerk"])
    assert "Nobody to call" in client.get("/workspace/calls/").content.decode()


def test_the_list_stays_within_its_queries(cast: Cast, client: Client, django_assert_max_num_queries: Any) -> None:
    client.force_login(cast.users["clerk"])
    counts = []
    for several in (1, 6):
        for _ in range(several):
            delivered(cast)
        with django_assert_max_num_queries(9) as queries:
            client.get("/workspace/calls/")
        counts.append(len(queries.captured_queries))
    assert counts[0] == counts[1]


def test_the_number_is_shown_in_one_tap_which_is_kept(cast: Cast, client: Client) -> None:
    asked = cast.ask(kind="repair", category=cast.lamp, text="楼道灯不亮", phone="13800001234")
    assign_need(asked, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    deliver_need(Commitment.objects.get(need=asked), actor=cast.actor("fitter"), at=cast.clock(), note="换好了")
    client.force_login(cast.users["clerk"])
    page = client.get("/workspace/calls/").content.decode()
    assert "138****34" in page
    assert "13800001234" not in page
    answer = client.post(f"/workspace/needs/{asked.number}/look/", {"purpose": "call", "back": "calls"})
    assert answer["Location"] == "/workspace/calls/"
    assert Look.objects.get().purpose == "call"
    assert "tel:13800001234" in client.get("/workspace/calls/").content.decode()
    client.force_login(cast.users["clerk_2"])
    assert "13800001234" not in client.get("/workspace/calls/").content.decode()


def test_who_left_no_number_is_visited(cast: Cast, client: Client) -> None:
    delivered(cast)
    client.force_login(cast.users["clerk"])
    assert "please visit" in client.get("/workspace/calls/").content.decode()


def test_one_does_not_ask_about_ones_own_work(cast: Cast, client: Client) -> None:
    asked = Asked(
        kind="repair",
        category=cast.lamp,
        community=cast.north,
        grid=cast.grid_1,
        text="单元门关不上",
        phone="13800001234",
    )
    filed = handle_on_the_spot(asked, actor=cast.actor("grid_worker"), at=cast.clock(), key="k", note="修好了")
    # However it comes onto her desk: an office's own line, or one of before.
    queue.replace("need", filed.need_id, [Waiting(cast.grid_1.pk, Role.GRID_WORKER, "ask_asker", cast.clock())])
    client.force_login(cast.users["grid_worker"])
    page = client.get("/workspace/calls/").content.decode()
    assert filed.number in page
    assert "somebody else asks" in page
    assert "Not reached" not in page
    queue.replace("need", filed.need_id, [Waiting(cast.town.pk, Role.TOWN, "ask_asker", cast.clock())])
    page = client.get(f"/workspace/needs/{filed.number}/").content.decode()
    assert "You had a part in it: Sample Town asks the asker." in page
    assert "Not reached today" not in page
    client.force_login(cast.users["town_officer"])
    assert "Reached" in client.get("/workspace/calls/").content.decode()
    page = client.get(f"/workspace/needs/{filed.number}/").content.decode()
    assert "You had a part in it" not in page
    assert "Not reached today" in page


def asked_by(need: Need) -> list[tuple[str, str]]:
    found = DeskItem.objects.filter(object_type="need", object_id=need.pk, verb="ask_asker")
    return list(found.values_list("scope__kind", "role"))


def may_record(cast: Cast, need: Need, who: str) -> bool:
    commitment = Commitment.objects.select_related("giver__scope").get(need=need)
    return refusal(cast.actor(who), Need.objects.get(pk=need.pk), "confirm", commitment) is None


def on_the_spot(cast: Cast, who: str) -> Need:
    asked = Asked("repair", cast.lamp, cast.north, text="楼道灯不亮", grid=cast.grid_1)
    filed = handle_on_the_spot(asked, actor=cast.actor(who), at=cast.clock(), key=cast.key(), note="换好了")
    return Need.objects.get(pk=filed.need_id)


def done_by(cast: Cast, giver: str, assigns: str, delivers: str, *up: str, **changes: Any) -> Need:
    """A need that was passed up and that an office then did itself."""
    need = cast.ask(kind="repair", category=cast.lamp, text="楼道灯不亮", **changes)
    for level in up:
        pass_up(need, actor=cast.actor(level), at=cast.clock(), note="办不了")
    held = assign_need(need, actor=cast.actor(assigns), at=cast.clock(), giver=getattr(cast, giver))
    deliver_need(held, actor=cast.actor(delivers), at=cast.clock(), note="换好了")
    return need


def test_the_town_asks_where_the_only_grid_worker_did_it(cast: Cast) -> None:
    need = on_the_spot(cast, "grid_worker")
    assert asked_by(need) == [("town", "town")]
    assert may_record(cast, need, "town_officer") and not may_record(cast, need, "grid_worker")


def test_a_second_grid_worker_asks_what_the_first_one_did(cast: Cast) -> None:
    Appointment.objects.create(
        user=cast.users["grid_worker_2"], scope=cast.grid_1.scope, role=Role.GRID_WORKER, from_on=START.date()
    )
    need = on_the_spot(cast, "grid_worker")
    assert asked_by(need) == [("grid", "grid_worker")]
    assert may_record(cast, need, "grid_worker_2")


def test_a_grid_without_a_worker_asks_nobody(cast: Cast) -> None:
    Appointment.objects.filter(user=cast.users["grid_worker"]).update(to_on=START.date() - timedelta(days=1))
    assert asked_by(on_the_spot(cast, "clerk")) == [("town", "town")]


def test_the_grid_worker_asks_what_the_office_did(cast: Cast) -> None:
    need = on_the_spot(cast, "clerk")
    assert asked_by(need) == [("grid", "grid_worker")]
    assert may_record(cast, need, "grid_worker")


@pytest.mark.parametrize(
    ("giver", "assigns", "delivers", "up", "asks"),
    [
        ("office", "clerk", "clerk", (), "town_officer"),
        ("office", "town_officer", "clerk", ("clerk",), "town_officer"),
        ("town_office", "town_officer", "town_officer", ("clerk",), "city_officer"),
        ("town_office", "city_officer", "town_officer", ("clerk", "town_officer"), "city_officer"),
        ("office", "city_officer", "clerk", ("clerk", "town_officer"), "city_officer"),
        ("city_office", "city_officer", "city_officer", ("clerk", "town_officer"), "city_officer_2"),
    ],
)
def test_without_a_grid_the_level_above_the_office_that_did_it_asks(
    cast: Cast, giver: str, assigns: str, delivers: str, up: tuple[str, ...], asks: str
) -> None:
    need = done_by(cast, giver, assigns, delivers, *up, grid=None)
    level = "town" if asks == "town_officer" else "city"
    assert asked_by(need) == [(level, level)]
    assert may_record(cast, need, asks) and not may_record(cast, need, delivers)


def test_what_the_only_officer_of_the_city_did_the_town_asks_about(cast: Cast) -> None:
    Appointment.objects.filter(user=cast.users["city_officer_2"]).update(to_on=START.date() - timedelta(days=1))
    need = done_by(cast, "city_office", "city_officer", "city_officer", "clerk", "town_officer", grid=None)
    assert asked_by(need) == [("town", "town")]
    assert may_record(cast, need, "town_officer") and not may_record(cast, need, "city_officer")
    held = need.commitments.get()
    for _day in range(2):
        record_attempt(held, actor=cast.actor("town_officer"), at=cast.clock(days=1))
    assert jobs.close_silent(cast.clock(days=15)) == 1
