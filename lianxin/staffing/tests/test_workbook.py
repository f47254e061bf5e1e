"""The workbook of staff: what is there stays, and the rules of the pages hold for its rows."""

from datetime import date, timedelta
from typing import Any

import pytest

from lianxin.accounts.models import Appointment, Role, User
from lianxin.core.clock import local_day
from lianxin.places.regridding import merge_grid
from lianxin.sheets.registry import Import, Row
from lianxin.staffing import operations
from lianxin.staffing.sheets import save_roster, save_staff
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


@pytest.mark.parametrize("name", ["ab", "样例", "-new", "new person", "13800000000", "0973-000-0000"])
def test_a_user_name_that_no_page_would_take_is_refused(cast: Cast, name: str) -> None:
    assert faults(load(cast, row(cast, name))) == [(2, "username")]
    assert not User.objects.filter(name="样例·甲").exists()


def test_new_user_names_are_kept_in_small_letters_and_found_again(cast: Cast) -> None:
    first = load(cast, row(cast, "New.Person"), row(cast, "new.person", 3))
    assert (first.errors, first.created) == ([], 1)
    again = load(cast, row(cast, "New.Person"), row(cast, "NEW.person", 3, scope_code="north"))
    assert (again.errors, again.created, again.unchanged) == ([], 1, 1)
    assert list(User.objects.filter(name="样例·甲").values_list("username", flat=True)) == ["new.person"]
    shift = {"from_at": cast.clock(), "to_at": cast.clock(hours=9)}
    work = Import(cast.actor("admin"), cast.clock())
    save_roster([row(cast, "New.Person", **shift)], work)
    assert (work.errors, work.created) == ([], 1)


def test_an_old_user_name_is_found_as_it_is_and_nobody_gets_one_that_reads_the_same(cast: Cast) -> None:
    for number, old in enumerate(("13800000000", "Old.Name", "样例")):
        User.objects.create(username=old, name="样例·甲", password="!", created_at=cast.clock())
        assert load(cast, row(cast, old)).errors == [], number
    assert [posts(cast, old) for old in ("13800000000", "Old.Name", "样例")] == [[(date(2026, 1, 1), None)]] * 3
    taken = load(cast, row(cast, "old.name"))
    assert faults(taken) == [(2, "username")] and "taken" in str(taken.errors[0].words)


def test_a_role_belongs_to_its_kind_of_place_and_organisation(cast: Cast) -> None:
    at_company = {"scope_kind": "organisation", "scope_code": "company"}
    work = load(
        cast,
        row(cast, "new.person", 2, role="liaison", **at_company),
        row(cast, "new.person", 3, role="office", **at_company),
        row(cast, "new.person", 4, role="company", **at_company),
        row(cast, "new.person", 5, role="liaison", scope_kind="organisation", scope_code="office"),
    )
    assert faults(work) == [(2, "role"), (3, "scope_kind"), (5, "role")]
    assert not User.objects.filter(username="new.person").exists()


def test_ended_grids_and_inactive_organisations_get_nobody_new(cast: Cast) -> None:
    merge_grid(cast.grid_1, actor=cast.actor("city_officer"), at=cast.clock(), into=cast.grid_2)
    cast.water_unit.active = False
    cast.water_unit.save()
    grid = {"role": "grid_worker", "scope_kind": "grid", "scope_code": "grid-1"}
    unit = {"role": "liaison", "scope_kind": "organisation", "scope_code": "water-unit"}
    work = load(cast, row(cast, "clerk", 2, **grid), row(cast, "clerk", 3, **unit))
    assert faults(work) == [(2, "scope_code"), (3, "scope_code")]
    assert not Appointment.objects.filter(user=cast.users["clerk"]).exclude(scope=cast.north.scope).exists()
    there = load(cast, row(cast, "grid_worker", 2, **grid), row(cast, "liaison", 3, **unit))
    assert (there.errors, there.created, there.unchanged) == ([], 0, 2)
