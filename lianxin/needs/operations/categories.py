"""What needs are about: the city's own list."""

import re
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role
from lianxin.core.edits import require_version
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.core.once import once
from lianxin.core.operation import operation
from lianxin.history import chain
from lianxin.needs.kinds import KINDS
from lianxin.needs.models import Category
from lianxin.needs.states import Urgency

EDITORS = (Role.CITY, Role.ADMIN)
FIELDS = ("name", "name_en", "urgency", "around_the_clock")
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def _require_editor(actor: Actor) -> None:
    if not actor.has(*EDITORS):
        raise NotAllowed(_("Only the city or an administrator can change categories."))


def _clean(values: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v.strip() if isinstance(v, str) else v for k, v in values.items() if k in FIELDS}
    if "name" in kept and not kept["name"]:
        raise Invalid(_("Say the name."), field="name")
    if "urgency" in kept and kept["urgency"] not in Urgency.values:
        raise Invalid(_("Choose how soon."), field="urgency")
    return kept


def _lock(category: Category) -> Category:
    return Category.objects.select_for_update().get(pk=category.pk)


@operation
def add_category(*, actor: Actor, at: datetime, key: str, kind: str, code: str, values: dict[str, Any]) -> Category:
    """A new category of a kind of need.

    Raises NotAllowed for anybody but the city and administrators, Invalid for a code that is taken or malformed.
    """
    _require_editor(actor)
    code = code.strip().lower()

    def run() -> dict[str, str]:
        kept = _clean(values)
        if kind not in KINDS:
            raise Invalid(_("Choose a kind."), field="kind")
        if not _CODE.fullmatch(code):
            raise Invalid(_("A code has small letters, digits and hyphens only."), field="code")
        if Category.objects.filter(code=code).exists():
            raise Invalid(_("This code is taken."), field="code")
        category = Category(code=code, kind=kind, **kept)
        entry = chain.prepare(category, "category.added", actor=actor, at=at, kind=kind)
        category.save(force_insert=True)
        entry.save(force_insert=True)
        return {"number": code}

    body = {"kind": kind, "code": code, **values}
    answer, _again = once(operation="add_category", key=key, body=body, at=at, run=run)
    return Category.objects.get(code=answer["number"])


@operation
def correct_category(
    category: Category, *, actor: Actor, at: datetime, version: int, values: dict[str, Any]
) -> Category:
    """Change a category's names and clocks; needs filed before keep theirs.

    Raises NotAllowed for anybody but the city and administrators, Stale when it was changed meanwhile.
    """
    category = _lock(category)
    _require_editor(actor)
    kept = _clean(values)
    there = {name: getattr(category, name) for name in kept}
    require_version(category.version, version, theirs=there, mine=kept)
    changed = sorted(name for name in kept if kept[name] != there[name])
    if not changed:
        return category
    for name in changed:
        setattr(category, name, kept[name])
    category.version += 1
    chain.record(category, "category.corrected", actor=actor, at=at, fields=changed)
    category.save()
    return category


@operation
def switch_category(category: Category, *, actor: Actor, at: datetime, active: bool) -> Category:
    """Offer a category to new needs, or no longer; the needs that have it keep it.

    Raises NotAllowed, and WrongState for the last active category of its kind.
    """
    category = _lock(category)
    _require_editor(actor)
    if category.active == active:
        return category
    others = Category.objects.filter(kind=category.kind, active=True).exclude(pk=category.pk)
    if not active and not others.exists():
        raise WrongState(_("This is the last category of its kind; add another one first."))
    category.active = active
    category.version += 1
    code = "category.switched_on" if active else "category.switched_off"
    chain.record(category, code, actor=actor, at=at)
    category.save()
    return category
