"""Who may give which post to whom, as a table."""

import pytest

from lianxin.accounts.models import ROLE_SCOPE, Role
from lianxin.staffing.queries import home_of, posts_open_to
from lianxin.staffing.rules import fits, may_appoint
from tests.cast import Cast

# post to give → who of the cast may give it
TABLE = [
    (Role.ADMIN, "city", {"city_officer", "admin"}),
    (Role.CITY, "city", {"city_officer", "admin"}),
    (Role.TOWN, "town", {"city_officer", "admin", "town_officer"}),
    (Role.OFFICE, "north", {"city_officer", "admin", "town_officer"}),
    (Role.OFFICE, "south", {"city_officer", "admin", "town_officer"}),
    (Role.GRID_WORKER, "grid_1", {"city_officer", "admin", "town_officer", "clerk"}),
    (Role.GRID_WORKER, "grid_3", {"city_officer", "admin", "town_officer", "south_clerk"}),
    (Role.LIAISON, "water_unit", {"city_officer", "admin"}),
    (Role.LIAISON, "near_unit", {"city_officer", "admin", "town_officer"}),
    (Role.COMPANY, "company", {"city_officer", "admin"}),
    (Role.DEPARTMENT, "housing", {"city_officer", "admin"}),
]
NAMES = ["city_officer", "admin", "town_officer", "clerk", "south_clerk", "grid_worker", "liaison", "fitter"]


@pytest.mark.parametrize(("role", "place", "allowed"), TABLE)
def test_each_post_is_given_by_those_above_it_and_nobody_else(
    cast: Cast, role: str, place: str, allowed: set[str]
) -> None:
    if place == "near_unit":
        cast.things["near_unit"] = cast.school_unit
        cast.school_unit.community = cast.north
        cast.school_unit.save()
    thing = cast.things[place]
    home = home_of(thing) if ROLE_SCOPE[role] == "organisation" else ""
    found = {n for n in NAMES if may_appoint(cast.actor(n), role, thing.scope.path, home)}
    assert found == allowed


def test_a_role_fits_its_own_kind_of_place_only(cast: Cast) -> None:
    assert fits(Role.LIAISON, cast.water_unit.scope, cast.water_unit)
    assert not fits(Role.COMPANY, cast.water_unit.scope, cast.water_unit)
    assert fits(Role.COMPANY, cast.company.scope, cast.company)
    assert not fits(Role.OFFICE, cast.grid_1.scope, None)
    assert not fits(Role.LIAISON, cast.office.scope, cast.office)


def test_an_office_is_offered_the_grids_of_its_own_community(cast: Cast) -> None:
    offered = posts_open_to(cast.actor("clerk"))
    assert [(role, [s.pk for s in scopes]) for role, scopes in offered] == [
        ("grid_worker", [cast.grid_1.pk, cast.grid_2.pk])
    ]


def test_the_city_is_offered_every_role(cast: Cast) -> None:
    assert {role for role, _scopes in posts_open_to(cast.actor("city_officer"))} == set(Role.values)
