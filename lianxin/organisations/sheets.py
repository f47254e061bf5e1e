"""The workbooks of organisations, and of which company serves which compound."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from lianxin.accounts.models import Scope, ScopeKind
from lianxin.history.bulk import by_codes, upsert
from lianxin.organisations.models import Level, Organisation, OrganisationKind, Serves
from lianxin.places.models import City, Community, Compound, Town
from lianxin.places.operations import rename_scopes
from lianxin.places.sheets import CODE, NAMES, PHONE, new_scopes
from lianxin.sheets.registry import Column, Import, Row, Sheet, register


def parent_scope(body: Organisation, city: City, towns: dict[str, Town]) -> Scope:
    """An office's scope lies below the place it runs, every other organisation's below the city."""
    if body.kind == OrganisationKind.COMMUNITY_OFFICE and body.community:
        return body.community.scope
    if body.kind == OrganisationKind.TOWN_OFFICE:
        town = towns.get(body.code.removesuffix("-office")) or next(iter(towns.values()))
        return town.scope
    return city.scope


def _leaves_its_place(there: Organisation | None, community: Community | None) -> bool:
    """Would a community office that is there get another community? Its scope lies below the one it has."""
    if there is None or community is None or there.kind != OrganisationKind.COMMUNITY_OFFICE:
        return False
    return there.community != community


def save_organisations(rows: list[Row], work: Import) -> None:
    """Units, departments, companies, committees, stations, offices.

    What is there keeps its kind, and a community office its community: on these its scope and its posts hang.
    """
    city = City.objects.select_related("scope").first()
    towns = {t.code: t for t in Town.objects.select_related("scope")}
    communities = {c.code: c for c in Community.objects.select_related("scope")}
    existing = {o.code: o for o in Organisation.objects.select_related("scope", "community")}
    wanted = []
    for row in rows:
        community = work.look_up(row, "community", communities)
        there = existing.get(row["code"])
        if there is not None and row["kind"] and row["kind"] != there.kind:
            work.error(row, "kind", _("The kind of an organisation can't be changed."))
        elif _leaves_its_place(there, community):
            work.error(row, "community", _("A community office can't be moved to another community."))
        if row["kind"] == OrganisationKind.COMMUNITY_OFFICE and community is None:
            work.error(row, "community", _("A community office names its community."))
        values = {name: row[name] for name in ("kind", "level", "name", "name_en", "phone", "active")}
        wanted.append((row["code"], values | {"community": community}))
    if work.errors or city is None:
        return
    upsert(
        wanted,
        existing,
        work=work,
        make=lambda code, values: Organisation(code=code, **values),
        code="organisation",
        before_create=lambda bodies: new_scopes(bodies, lambda b: parent_scope(b, city, towns), ScopeKind.ORGANISATION),
    )
    rename_scopes([o for o in existing.values() if (o.scope.name, o.scope.name_en) != (o.name, o.name_en)])


def save_pairs(
    rows: list[Row],
    work: Import,
    model: type[Any],
    first: dict[str, Any],
    second: dict[str, Any],
    names: tuple[str, str],
) -> None:
    """Rows that only say that two things belong together."""
    a, b = names
    pairs = [(work.look_up(row, a, first), work.look_up(row, b, second)) for row in rows]
    if work.errors:
        return
    there = set(model.objects.values_list(f"{a}_id", f"{b}_id"))
    new = [model(**{a: x, b: y}) for x, y in pairs if (x.pk, y.pk) not in there]
    model.objects.bulk_create(new, batch_size=1_000)
    work.created += len(new)
    work.unchanged += len(pairs) - len(new)


def save_serves(rows: list[Row], work: Import) -> None:
    """Which property company serves which compound."""
    save_pairs(
        rows,
        work,
        Serves,
        by_codes(Organisation, [r["organisation"] for r in rows]),
        by_codes(Compound, [r["compound"] for r in rows]),
        ("organisation", "compound"),
    )


register(
    Sheet(
        "organisations",
        _("Organisations"),
        (
            CODE,
            Column("kind", _("Kind"), "choice", required=True, choices=tuple(OrganisationKind.values)),
            Column("level", _("Level"), "choice", choices=tuple(Level.values)),
            Column("community", _("Community"), "code"),
            *NAMES,
            PHONE,
            Column("active", _("Active"), "yes_no", required=True),
        ),
        ("code",),
        save_organisations,
        {
            "code": "river-street-office",
            "kind": "community_office",
            "community": "river-street",
            "name": "河街社区居委会",
            "name_en": "River Street Community Office",
            "active": "yes",
        },
        80,
    )
)
register(
    Sheet(
        "serves",
        _("Which company serves which compound"),
        (
            Column("organisation", _("Organisation"), "code", required=True),
            Column("compound", _("Compound"), "code", required=True),
        ),
        ("organisation", "compound"),
        save_serves,
        {"organisation": "sample-property", "compound": "garden"},
        100,
    )
)
