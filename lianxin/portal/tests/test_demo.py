"""The demo's accounts never exist outside demo mode; the sample city moves by whole weeks."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from lianxin.accounts.models import Role
from lianxin.portal import demo


def test_outside_demo_mode_there_is_no_page_and_no_list(db: None, client: Client) -> None:
    assert client.get("/demo/").status_code == 404
    with pytest.raises(CommandError):
        call_command("demo_accounts")


def test_every_role_has_its_accounts() -> None:
    assert set(demo.STORY_POSTS) == set(Role.values)


@pytest.mark.parametrize("days", range(-8, 30, 3))
def test_the_sample_city_ends_today_or_up_to_six_days_before(days: int) -> None:
    today = demo.SAMPLE_ENDS_ON + timedelta(days=days)
    shift = demo.weeks_to(today)
    assert shift.days % 7 == 0
    assert timedelta(0) <= today - (demo.SAMPLE_ENDS_ON + shift) < timedelta(days=7)


def test_days_and_moments_move_and_other_text_stays() -> None:
    week = timedelta(weeks=1)
    assert demo._moved("2026-10-25", week) == "2026-11-01"
    assert demo._moved("2026-12-31 23:59", week) == "2027-01-07 23:59"
    assert demo._moved("3号楼2单元", week) == "3号楼2单元"
    assert date(2026, 10, 25) == demo.SAMPLE_ENDS_ON
