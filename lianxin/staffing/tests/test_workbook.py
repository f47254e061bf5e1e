"""The workbook of staff: what is there stays, and the rules of the pages hold for its rows."""

from datetime import date, timedelta
from typing import Any

from lianxin.accounts.models import Appointment, Role, User
from lianxin.core.clock import local_day
from lianxin.sheets.registry import Import, Row
from lianxin.staffing import operations
from lianxin.staffing.sheets import save_staff
from tests.cast import Cast


def row(cast: Cast, username: str, number: int = 2, **changes: Any) -> Row:
    """A row of the workbook: an office post in the south; a user who is there keeps the name."""
    there = cast.users.get(username)
    said = {
        "username": username,
        "name": there.name if there else "样例·甲",
        "name_en": there.name_en if there else "",
        "role": "office",
        "scope_kind": "community",
        "scope_code": "south",
        "from_on": date(2026, 1, 1),
    }
    return Row(number, said | changes)


def load(cast: Cast, *rows: Row) -> Import:
    work = Import(cast.actor("admin"), cast.clock())
    save_staff(list(rows), work)
    return work


def faults(work: Import) -> list[tuple[int, str]]:
    return [(error.row, error.column) for error in work.errors]


def posts(cast: Cast, name: str) -> list[tuple[date, date | None]]:
    held = Appointment.objects.filter(user__username=name, scope=cast.south.scope, role=Role.OFFICE)
    return list(held.order_by("from_on").values_list("from_on", "to_on"))


def test_the_same_workbook_does_not_give_an_ended_post_back(cast: Cast) -> None:
    assert load(cast, row(cast, "clerk")).created == 1
    today = local_day(cast.clock())
    for last in (today, today + timedelta(days=30)):
        Appointment.objects.filter(user=cast.users["clerk"], scope=cast.south.scope).update(to_on=last)
        for from_on in (date(2025, 6, 1), date(2026, 1, 1), last, None):
            again = load(cast, row(cast, "clerk", from_on=from_on))
            assert (again.errors, again.created, again.unchanged) == ([], 0, 1)
    assert posts(cast, "clerk") == [(date(2026, 1, 1), today + timedelta(days=30))]


def test_a_row_from_a_later_day_gives_an_ended_post_anew(cast: Cast) -> None:
    load(cast, row(cast, "clerk"))
    Appointment.objects.filter(user=cast.users["clerk"], scope=cast.south.scope).update(to_on=date(2026, 2, 1))
    assert load(cast, row(cast, "clerk", from_on=date(2026, 2, 2))).created == 1
    assert load(cast, row(cast, "clerk", from_on=date(2026, 2, 2))).created == 0
    assert posts(cast, "clerk") == [(date(2026, 1, 1), date(2026, 2, 1)), (date(2026, 2, 2), None)]


def test_a_closed_account_gets_no_post(cast: Cast) -> None:
    operations.deactivate_user(cast.users["clerk_2"], actor=cast.actor("city_officer"), at=cast.clock())
    work = load(cast, row(cast, "clerk_2"), row(cast, "new.person", 3))
    assert faults(work) == [(2, "username")]
    assert "closed" in str(work.errors[0].words)
    assert not posts(cast, "clerk_2") and not User.objects.filter(username="new.person").exists()
