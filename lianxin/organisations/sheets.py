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


def save_organisations(rows: list[Row], work: Import) -> None:
    """Units, departments, companies, committees, stations, offices."""
    city = City.objects.select_related("scope").first()
    towns = {t.code: t for t in Town.objects.select_related("scope")}
    communities = {c.code: c for c in Community.objects.select_related("scope")}
    wanted = []
    for row in rows:
        community = work.look_up(row, "community", communities)
        if row["kind"] == OrganisationKind.COMMUNITY_OFFICE and community is None:
            work.error(row, "community", _("A community office names its community."))
        values = {name: row[name] for name in ("kind", "level", "name", "name_en", "phone", "active")}
        wanted.append((row["code"], values | {"community": community}))
    if work.errors or city is None:
        return
    existing = {o.code: o for o in Organisation.objects.select_related("scope", "community")}
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
