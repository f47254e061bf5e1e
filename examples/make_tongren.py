"""Write the sample city Tongren as the workbooks a city would fill: `python examples/make_tongren.py`."""

from collections import Counter
from pathlib import Path
from typing import Any

from tongren_data import places
from tongren_data.book import write
from tongren_data.categories import category_rows
from tongren_data.check import check
from tongren_data.need import COLUMNS
from tongren_data.needs import Needs
from tongren_data.notices import notice_rows
from tongren_data.organisations import MEMBERS, Ties, organisation_rows
from tongren_data.people import Names, helper_rows, staff_rows

FOLDER = Path(__file__).parent / "tongren"


def main() -> None:
    """Write the workbooks, read everything back, assert the sums that are given."""
    FOLDER.mkdir(exist_ok=True)
    tree = places.build()
    ties = Ties()
    write_places(tree)
    write_organisations(ties)
    write_people(tree, ties)
    write_needs(tree, ties)
    print(summary(check(FOLDER)))


def write_places(tree: places.Places) -> None:
    """01 to 06: the place tree."""
    write(FOLDER, "01-city.xlsx", ("code", "name", "name_en", "name_bo", "prefix", "timezone"), places.city_rows())
    write(FOLDER, "02-towns.xlsx", ("code", "name", "name_en", "name_bo", "phone"), places.town_rows())
    columns: tuple[str, ...] = (
        "code",
        "town",
        "name",
        "name_en",
        "name_bo",
        "phone",
        "low_income_households",
        "migrants",
    )
    write(FOLDER, "03-communities.xlsx", columns, places.community_rows())
    columns = ("code", "community", "name", "name_en", "address", "no_manager", "no_property_service", "no_security")
    write(FOLDER, "04-compounds.xlsx", columns, places.compound_rows())
    write(FOLDER, "05-grids.xlsx", ("code", "community", "name", "name_en"), places.grid_rows(tree))
    write(FOLDER, "06-households.xlsx", ("grid", "label", "compound", "head_count"), tree.households)


def write_organisations(ties: Ties) -> None:
    """07 to 11: categories, organisations and what ties them to communities and compounds."""
    columns: tuple[str, ...] = ("code", "kind", "name", "name_en", "around_the_clock", "urgency")
    write(FOLDER, "07-categories.xlsx", columns, category_rows())
    columns = ("code", "kind", "level", "community", "name", "name_en", "phone", "active")
    write(FOLDER, "08-organisations.xlsx", columns, organisation_rows())
    write(FOLDER, "09-alliances.xlsx", ("community", "organisation"), ties.membership_rows())
    write(FOLDER, "10-serves.xlsx", ("organisation", "compound"), ties.serves)
    columns = ("organisation", "community", "kind", "members", "handed_in_on", "accepted_on")
    write(FOLDER, "11-registrations.xlsx", columns, ties.registration_rows())


def write_people(tree: places.Places, ties: Ties) -> None:
    """12 and 13: helpers and staff."""
    names = Names()
    columns: tuple[str, ...] = ("code", "organisation", "name", "name_en", "yearly_duty", "can_do")
    write(FOLDER, "12-helpers.xlsx", columns, helper_rows(ties, names))
    columns = ("username", "name", "name_en", "role", "scope_kind", "scope_code", "from_on")
    write(FOLDER, "13-staff.xlsx", columns, staff_rows(tree, names))


def write_needs(tree: places.Places, ties: Ties) -> None:
    """14 to 16: batches of wishes, needs, notices."""
    needs = Needs(tree, ties)
    write(FOLDER, "14-batches.xlsx", ("number", "organisation", "community", "handed_in_at"), needs.batch_rows)
    write(FOLDER, "15-needs.xlsx", COLUMNS, needs.rows())
    columns: tuple[str, ...] = (
        "code",
        "community",
        "compound",
        "category",
        "title",
        "title_en",
        "body",
        "published_on",
    )
    write(FOLDER, "16-notices.xlsx", columns, notice_rows())


def summary(sheets: dict[str, list[dict[str, Any]]]) -> str:
    """Assert the figures that are given for the city (DOMAIN, section 1) and say them in one line."""
    households, needs = sheets["households"], sheets["needs"]
    street = [row for row in households if row["grid"].startswith(f"{places.LONGWU_STREET}-g")]
    kinds = Counter(row["kind"] for row in sheets["registrations"])
    people = round(sum(row["head_count"] for row in households))
    members = round(sum(row["members"] for row in sheets["registrations"]))
    granted = Counter(row["batch"] for row in needs if row["batch"] and row["solved"] == "yes")
    wholly = {b: {row["giver"] for row in needs if row["batch"] == b} for b, n in granted.items() if n == 18}
    assert (len(sheets["communities"]), len(sheets["grids"]), len(sheets["compounds"])) == (8, 109, 40)
    assert (len(households), people) == (places.HOUSEHOLDS, places.PEOPLE)
    assert (len(street), sum(row["head_count"] for row in street)) == (1_286, 3_756)
    assert (kinds["branch"], kinds["two_new"], members) == (49, 16, MEMBERS)
    assert sum(row["role"] == "grid_worker" for row in sheets["staff"]) == places.GRIDS
    assert sorted(map(len, wholly.values())) == [1], "one batch of 18 wishes, all granted by one unit"
    running = sum(not row["ended_at"] for row in needs)
    assert 150 <= running <= 250 and 5_800 <= len(needs) <= 6_200
    return (
        f"Tongren: 8 communities, 109 grids, {len(households):,} households, {people:,} people; "
        f"49 + 16 organisations with {members:,} members; {len(needs):,} needs, {running} of them open; "
        f"{len(sheets['notices'])} notices"
    )


if __name__ == "__main__":
    main()
