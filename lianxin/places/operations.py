"""Making and changing places. Scopes come into being here and nowhere else."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Scope, ScopeKind
from lianxin.core.edits import require_version
from lianxin.core.errors import Invalid, NotAllowed
from lianxin.core.once import once
from lianxin.core.operation import operation
from lianxin.history import chain
from lianxin.places.models import City, Community, Compound, Grid, Place, Town
from lianxin.places.rules import may_edit

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


NAMES = ("name", "name_en", "name_bo")
FIELDS: dict[type[Place], tuple[str, ...]] = {
    Town: (*NAMES, "phone"),
    Community: (*NAMES, "phone", "low_income_households", "migrants"),
    Grid: NAMES,
    Compound: (*NAMES, "address", "no_manager", "no_property_service", "no_security"),
}
PARENT: dict[type[Place], str] = {Community: "town", Grid: "community", Compound: "community"}
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_PHONE = re.compile(r"[0-9+() -]{3,30}")


def _clean(model: type[Place], values: dict[str, Any]) -> dict[str, Any]:
    """The values that this kind of place has, texts trimmed. Raises Invalid for an empty name or a bad number."""
    kept = {k: v.strip() if isinstance(v, str) else v for k, v in values.items() if k in FIELDS[model]}
    if "name" in kept and not kept["name"]:
        raise Invalid(_("Say the name."), field="name")
    if kept.get("phone") and not _PHONE.fullmatch(kept["phone"]):
        raise Invalid(_("A telephone number has digits, spaces and hyphens."), field="phone")
    return kept


def _require_editor(actor: Actor) -> None:
    if not may_edit(actor):
        raise NotAllowed(_("Only the city or an administrator can change places."))


@operation
def add_place(
    model: type[P], *, actor: Actor, at: datetime, key: str, parent: Place, code: str, values: dict[str, Any]
) -> P:
    """A new community of a town, or a new grid or compound of a community.

    Raises NotAllowed for anybody but the city and administrators, Invalid for a code that is taken or malformed.
    """
    _require_editor(actor)
    code = code.strip().lower()

    def run() -> dict[str, str]:
        kept = _clean(model, values)
        if not _CODE.fullmatch(code):
            raise Invalid(_("A code has small letters, digits and hyphens only."), field="code")
        if model._default_manager.filter(code=code).exists():
            raise Invalid(_("This code is taken."), field="code")
        place = model(code=code, **{PARENT[model]: parent}, **kept)
        with_scope(place, parent.scope, SCOPE_OF[model])
        entry = chain.prepare(place, f"{model._meta.model_name}.added", actor=actor, at=at)
        place.save(force_insert=True)
        entry.save(force_insert=True)
        return {"number": code}

    body = {"kind": model.__name__, "parent": parent.pk, "code": code, **values}
    answer, _again = once(operation="add_place", key=key, body=body, at=at, run=run)
    return model._default_manager.get(code=answer["number"])


@operation
def correct_place(place: P, *, actor: Actor, at: datetime, version: int, values: dict[str, Any]) -> P:
    """Change a place's names, telephone and counts; `version` is the history_seq that the form was opened with.

    Raises NotAllowed for anybody but the city and administrators, Stale when it was changed meanwhile.
    """
    model = type(place)
    place = model._default_manager.select_for_update(of=("self",)).select_related("scope").get(pk=place.pk)
    _require_editor(actor)
    kept = _clean(model, values)
    now_there = {name: getattr(place, name) for name in kept}
    require_version(place.history_seq, version, theirs=now_there, mine=kept)
    changed = sorted(name for name in kept if kept[name] != now_there[name])
    if not changed:
        return place
    for name in changed:
        setattr(place, name, kept[name])
    chain.record(place, f"{model._meta.model_name}.corrected", actor=actor, at=at, fields=changed)
    place.save(update_fields=[*changed, "history_seq", "history_head"])
    if set(changed) & set(NAMES):
        rename_scopes([place])
    return place
