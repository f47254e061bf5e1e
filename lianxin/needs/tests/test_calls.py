"""The list of calls: whose answer is missing."""

from typing import Any

import pytest
from django.test import Client

from lianxin.needs.answers import CallAttempt
from lianxin.needs.models import Commitment, Need
from lianxin.needs.operations import assign_need, deliver_need
from tests.cast import Cast

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
    for _ in range(3):
        delivered(cast)
    client.force_login(cast.users["clerk"])
    client.get("/workspace/calls/")
    with django_assert_max_num_queries(8):
        client.get("/workspace/calls/")
