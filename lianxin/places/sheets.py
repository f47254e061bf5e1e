"""The workbooks of places: city, towns, communities, compounds, grids, households."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from lianxin.accounts.models import Scope
from lianxin.core.models import CityValue
from lianxin.core.values import VALUES, value_in
from lianxin.history.bulk import by_codes, upsert
from lianxin.places.calendar import CALENDAR, in_order
from lianxin.places.models import City, Community, Compound, Grid, Household, Place, Town
from lianxin.places.operations import SCOPE_OF, rename_scopes
from lianxin.places.regridding import moved_away
from lianxin.rulebook.operations import set_value
from lianxin.sheets.registry import Column, Import, Row, Sheet, register

CODE = Column("code", _("Code that never changes"), "code", required=True)
NAMES = (
    Column("name", _("Name"), required=True, most=120),
    Column("name_en", _("Name in English"), most=160),
)
NAME_BO = Column("name_bo", _("Name in Tibetan"), most=160)
PHONE = Column("phone", _("Telephone"), most=30)


def new_scopes(places: list[Any], parent: Callable[[Any], Scope | None], kind: str) -> None:
    """Scopes for places that are about to be saved. One query."""
    scopes = [
        Scope(
            kind=kind,
            parent=parent(place),
            path=f"{above.path if (above := parent(place)) else ''}{kind}:{place.code}/",
            name=place.name,
            name_en=place.name_en,
            name_bo=place.name_bo,
        )
        for place in places
    ]
    for place, scope in zip(places, Scope.objects.bulk_create(scopes), strict=True):
        place.scope = scope


def save_places(
    rows: list[Row],
    work: Import,
    model: type[Place],
    fields: tuple[str, ...],
    parents: dict[str, Any],
    parent_field: str,
) -> None:
    """Save places of one kind below parents that are named by code in the column `parent_field`.

    A place that is there stays below its parent: its scope, and all that lies in it, would be left behind.
    """
    existing = {
        p.code: p for p in model._default_manager.select_related("scope", *([parent_field] if parent_field else []))
    }
    wanted = []
    for row in rows:
        values = {name: row[name] for name in fields}
        if parent_field:
            parent = values[parent_field] = work.look_up(row, parent_field, parents)
            there = existing.get(row["code"])
            if parent is not None and there is not None and getattr(there, parent_field) != parent:
                work.error(row, parent_field, _("A place can't be moved to another one by workbook."))
        wanted.append((row["code"], values))
    if work.errors:
        return
    upsert(
        wanted,
        existing,
        work=work,
        make=lambda code, values: model(code=code, **values),
        code=str(model._meta.model_name),
        before_create=lambda places: new_scopes(
            places, lambda p: getattr(p, parent_field).scope if parent_field else None, SCOPE_OF[model]
        ),
    )
    rename_scopes([p for p in existing.values() if p.scope.name != p.name or p.scope.name_en != p.name_en])


def _scoped(model: type[Place]) -> dict[str, Any]:
    return {p.code: p for p in model._default_manager.select_related("scope")}


def save_city(rows: list[Row], work: Import) -> None:
    """The one row of the city."""
    others = City.objects.exclude(code__in=[r["code"] for r in rows])
    if len(rows) != 1 or others.exists():
        work.error(rows[0] if rows else Row(1, {}), "code", _("A city has exactly one row."))
        return
    save_places(rows, work, City, ("name", "name_en", "name_bo", "prefix", "timezone"), {}, "")


def save_towns(rows: list[Row], work: Import) -> None:
    """Towns of the one city."""
    city = City.objects.select_related("scope").first()
    if city is None:
        work.error(rows[0], "code", _("Import the city first."))
        return
    for row in rows:
        row.values["city"] = city.code
    save_places(rows, work, Town, ("name", "name_en", "name_bo", "phone"), {city.code: city}, "city")


def save_communities(rows: list[Row], work: Import) -> None:
    """Communities below towns."""
    fields = ("name", "name_en", "name_bo", "phone", "low_income_households", "migrants")
    save_places(rows, work, Community, fields, _scoped(Town), "town")


def save_compounds(rows: list[Row], work: Import) -> None:
    """Compounds inside communities."""
    fields = ("name", "name_en", "address", "no_manager", "no_property_service", "no_security")
    save_places(rows, work, Compound, fields, _scoped(Community), "community")


def save_grids(rows: list[Row], work: Import) -> None:
    """Grids inside communities."""
    save_places(rows, work, Grid, ("name", "name_en"), _scoped(Community), "community")


def save_households(rows: list[Row], work: Import) -> None:
    """Households: address label, grid, compound, head count."""
    grids = by_codes(Grid, [r["grid"] for r in rows])
    compounds = by_codes(Compound, [r["compound"] for r in rows])
    wanted = []
    for row in rows:
        grid = work.look_up(row, "grid", grids)
        compound = work.look_up(row, "compound", compounds)
        if grid and compound and compound.community_id != grid.community_id:
            work.error(row, "compound", _("Grid and compound lie in different communities."))
        if grid and grid.ended_at:
            work.error(row, "grid", _("This grid has ended; choose the one that took it in."))
        wanted.append(((grid, row["label"]), {"compound": compound, "head_count": row["head_count"]}))
    if work.errors:
        return
    existing = {
        (h.grid, h.label): h
        for h in Household.objects.filter(grid__in=grids.values()).select_related("grid", "compound")
    }
    _refuse_moved(rows, {(grid.code, label) for grid, label in existing}, work)
    if work.errors:
        return
    upsert(
        wanted,
        existing,
        work=work,
        make=lambda key, values: Household(grid=key[0], label=key[1], **values),
        code="household",
    )


def _refuse_moved(rows: list[Row], there: set[tuple[str, str]], work: Import) -> None:
    """An old workbook does not bring an address back that has moved to another grid since."""
    new = {f"household:{row['grid']}:{row['label']}": row for row in rows if (row["grid"], row["label"]) not in there}
    for key, grid in moved_away(list(new)).items():
        work.error(new[key], "label", _("This address was moved to the grid %(grid)s.") % {"grid": grid})


def _zero(rows: list[Row], *codes: str) -> list[Row]:
    """Empty numbers as 0."""
    for row in rows:
        for code in codes:
            row.values[code] = row.values.get(code) or 0
    return rows


register(
    Sheet(
        "city",
        _("City"),
        (
            CODE,
            *NAMES,
            NAME_BO,
            Column("prefix", _("Letters before numbers"), required=True, most=4),
            Column("timezone", _("Time zone"), required=True, most=40),
        ),
        ("code",),
        save_city,
        {
            "code": "sample",
            "name": "样例市",
            "name_en": "Sample City",
            "prefix": "SC",
            "timezone": "Asia/Shanghai",
        },
        10,
    )
)
register(
    Sheet(
        "towns",
        _("Towns"),
        (CODE, *NAMES, NAME_BO, PHONE),
        ("code",),
        save_towns,
        {"code": "east", "name": "东镇", "name_en": "East Town", "phone": "0973-000-0000"},
        20,
    )
)
register(
    Sheet(
        "communities",
        _("Communities"),
        (
            CODE,
            Column("town", _("Town"), "code", required=True),
            *NAMES,
            NAME_BO,
            PHONE,
            Column("low_income_households", _("Low-income households"), "int", most=100_000),
            Column("migrants", _("Migrants"), "int", most=1_000_000),
        ),
        ("code",),
        lambda rows, work: save_communities(_zero(rows, "low_income_households", "migrants"), work),
        {
            "code": "river-street",
            "town": "east",
            "name": "河街社区",
            "name_en": "River Street",
            "phone": "0973-000-0001",
        },
        30,
    )
)
register(
    Sheet(
        "compounds",
        _("Compounds"),
        (
            CODE,
            Column("community", _("Community"), "code", required=True),
            *NAMES,
            Column("address", _("Address"), most=160),
            Column("no_manager", _("No managing unit"), "yes_no"),
            Column("no_property_service", _("No property service"), "yes_no"),
            Column("no_security", _("No security"), "yes_no"),
        ),
        ("code",),
        save_compounds,
        {
            "code": "garden",
            "community": "river-street",
            "name": "花园小区",
            "name_en": "Garden",
            "no_manager": "no",
        },
        40,
    )
)
register(
    Sheet(
        "grids",
        _("Grids"),
        (CODE, Column("community", _("Community"), "code", required=True), *NAMES),
        ("code",),
        save_grids,
        {"code": "river-street-01", "community": "river-street", "name": "1号网格", "name_en": "Grid 1"},
        50,
    )
)
register(
    Sheet(
        "households",
        _("Households"),
        (
            Column("grid", _("Grid"), "code", required=True),
            Column("label", _("Address label"), required=True, most=80),
            Column("compound", _("Compound"), "code"),
            Column("head_count", _("Head count"), "int", required=True, most=99),
        ),
        ("grid", "label"),
        save_households,
        {"grid": "river-street-01", "label": "3号楼2单元501", "compound": "garden", "head_count": 3},
        60,
    )
)


def save_calendar(rows: list[Row], work: Import) -> None:
    """Holidays and weekend days that are worked; days that are not in the workbook stay as they are.

    They are written into the calendar of now and into each that is planned for later: no plan is lost.
    """
    of = VALUES[CALENDAR]
    kept = CityValue.objects.filter(code=CALENDAR).first() or CityValue(code=CALENDAR)
    later = [step for step in kept.steps if datetime.fromisoformat(step["from"]) > work.at]
    begins = [work.at, *(datetime.fromisoformat(step["from"]) for step in later)]
    calendars = [{day[0]: day for day in value_in(kept.steps, of, at)} for at in begins]
    touched = len(begins)
    for row in rows:
        if row["day"] is None:
            continue
        new = (row["day"], row["worked"], row["name"])
        differ = [n for n, days in enumerate(calendars) if days.get(row["day"]) != new]
        if row["day"] not in calendars[0]:
            work.created += 1
        elif differ:
            work.changed += 1
        else:
            work.unchanged += 1
        touched = min([touched, *differ])
        for days in calendars:
            days[row["day"]] = new
    if work.errors:
        return
    # Setting the first that changes drops what was planned after it, so that each of these is set again.
    version = kept.version
    for at, days in list(zip(begins, calendars, strict=True))[touched:]:
        said = in_order(days.values())
        version = set_value(CALENDAR, said, actor=work.actor, at=work.at, version=version, from_at=at).version


register(
    Sheet(
        "calendar",
        _("Working calendar"),
        (
            Column("day", _("Day"), "date", required=True),
            Column("worked", _("Worked"), "yes_no", required=True),
            Column("name", _("Name"), most=60),
        ),
        ("day",),
        save_calendar,
        {"day": "2026-10-01", "worked": "no", "name": "国庆节"},
        65,
    )
)
