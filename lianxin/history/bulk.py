"""Saving a list of rows as objects with history: new ones made, changed ones changed, the rest left alone."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from django.db.models import Model, Q

from lianxin.history import chain
from lianxin.history.models import Entry


class Work(Protocol):
    """An import under way (sheets.registry.Import)."""

    actor: Any
    at: Any
    created: int
    changed: int
    unchanged: int


def upsert(
    wanted: Sequence[tuple[Any, dict[str, Any]]],
    existing: dict[Any, Any],
    *,
    work: Work,
    make: Callable[[Any, dict[str, Any]], Any],
    code: str,
    before_create: Callable[[list[Any]], None] = lambda things: None,
    personal: tuple[str, ...] = (),
) -> None:
    """Bring `existing` (objects by natural key) to what `wanted` says (key, values), with one entry each.

    `make` builds an unsaved object; `before_create` may complete new ones (scopes) before they are saved in bulk.
    History says which fields changed; the values of `personal` fields are left out of it.
    """
    new: list[Any] = []
    changed: list[Any] = []
    fields: set[str] = set()
    entries: list[Entry] = []
    for key, values in wanted:
        thing = existing.get(key)
        if thing is None:
            new.append(make(key, values))
            continue
        different = [name for name, value in values.items() if getattr(thing, name) != value]
        if not different:
            work.unchanged += 1
            continue
        for name in different:
            setattr(thing, name, values[name])
        fields.update(different)
        changed.append(thing)
        entries.append(
            chain.prepare(thing, f"{code}.corrected", actor=work.actor, at=work.at, fields=sorted(different))
        )
    if new:
        before_create(new)
        entries.extend(
            chain.prepare(thing, f"{code}.imported", actor=work.actor, at=work.at, imported=True) for thing in new
        )
        type(new[0])._default_manager.bulk_create(new, batch_size=2_000)
    if changed:
        fields |= {"history_seq", "history_head"}
        type(changed[0])._default_manager.bulk_update(changed, sorted(fields), batch_size=500)
    chain.write(entries)
    work.created += len(new)
    work.changed += len(changed)


def by_codes(model: type[Model], codes: Sequence[str], *, field: str = "code") -> dict[str, Any]:
    """Objects of `model` by code, for resolving references. One query."""
    rows = model._default_manager.filter(Q(**{f"{field}__in": set(filter(None, codes))}))
    return {getattr(thing, field): thing for thing in rows}
