"""Making and changing places. Scopes come into being here and nowhere else."""

from collections.abc import Sequence
from typing import TypeVar

from lianxin.accounts.models import Scope, ScopeKind
from lianxin.places.models import City, Community, Compound, Grid, Place, Town

P = TypeVar("P", bound=Place)

SCOPE_OF: dict[type[Place], str] = {
    City: ScopeKind.CITY,
    Town: ScopeKind.TOWN,
    Community: ScopeKind.COMMUNITY,
    Grid: ScopeKind.GRID,
    Compound: ScopeKind.COMPOUND,
}


def with_scope(place: P, parent: Scope | None, kind: str) -> P:
    """Give a new place its scope below `parent`; call before the place is saved. One query."""
    place.scope = Scope.objects.create(
        kind=kind,
        parent=parent,
        path=f"{parent.path if parent else ''}{kind}:{place.code}/",
        name=place.name,
        name_en=place.name_en,
        name_bo=place.name_bo,
    )
    return place


def rename_scopes(places: Sequence[Place]) -> None:
    """Carry changed names of places over to their scopes. One query."""
    scopes = []
    for place in places:
        scope = place.scope
        scope.name, scope.name_en, scope.name_bo = place.name, place.name_en, place.name_bo
        scopes.append(scope)
    Scope.objects.bulk_update(scopes, ["name", "name_en", "name_bo"], batch_size=500)
