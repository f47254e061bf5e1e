"""Grids drawn anew (优化网格设置): one is split, or ends in another one; the past stays where it was.

A household's history is kept under its grid and label. One that moves closes the chain there ("moved") and goes on
under its new key ("moved here"); back again, the old chain goes on where it was closed.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.core.once import once
from lianxin.core.operation import operation
from lianxin.core.registry import Registry
from lianxin.history import chain
from lianxin.history.models import Entry
from lianxin.places.models import Grid, Household
from lianxin.places.operations import add_place
from lianxin.places.queries import SMALLEST_SUM
from lianxin.places.rules import may_edit

CHUNK = 500


@dataclass(frozen=True)
class Regrid:
    """What moves out of `old`: everything, or of what lies in compounds only that which lies in `compounds`."""

    old: Grid
    whole: bool
    compounds: frozenset[int] = frozenset()


class Move(Protocol):
    """Moves what an area keeps in `regrid.old` into `new`; how many things."""

    def __call__(self, regrid: Regrid, new: Grid, *, actor: Actor, at: datetime) -> int: ...


@dataclass(frozen=True)
class Mover:
    """What a higher area keeps in a grid and moves with it: how it is called, how many it is, how it is moved."""

    label: str | Promise
    count: Callable[[Regrid, datetime], int]
    move: Move


MOVERS: Registry[Mover] = Registry("mover of what lies in a grid")


@dataclass(frozen=True)
class Preview:
    """What would move: households, their people (None for fewer than five households), and what areas say."""

    households: int
    stay: int
    people: int | None
    others: list[tuple[str, int]]


def choose(grid: Grid, begins: str, labels: Iterable[str]) -> list[Household]:
    """The households of `grid` whose label begins with `begins` or is one of `labels`.

    Raises Invalid for a label that is not there, and when none or all would move.
    """
    homes = list(grid.households.select_related("grid", "compound").order_by("label", "pk"))
    wanted = {label.strip() for label in labels} - {""}
    unknown = sorted(wanted - {home.label for home in homes})
    if unknown:
        raise Invalid(_("Not in this grid: %(labels)s") % {"labels": ", ".join(unknown[:5])}, field="labels")
    begins = begins.strip()
    found = [home for home in homes if home.label in wanted or (begins and home.label.startswith(begins))]
    if not found:
        raise Invalid(_("Say which addresses move."), field="begins")
    if len(found) == len(homes):
        raise Invalid(_("All addresses would move; rename the grid instead."), field="begins")
    return found


def preview_split(grid: Grid, homes: Sequence[Household], at: datetime) -> Preview:
    """What a split would move."""
    return _preview(_part(grid, homes), homes, grid.households.count(), at)


def preview_merge(grid: Grid, at: datetime) -> Preview:
    """What would go into another grid with all that lies in this one."""
    homes = list(grid.households.all())
    return _preview(Regrid(grid, whole=True), homes, len(homes), at)


def _preview(regrid: Regrid, homes: Sequence[Household], of: int, at: datetime) -> Preview:
    people = sum(home.head_count for home in homes) if len(homes) >= SMALLEST_SUM else None
    others = [(str(mover.label), mover.count(regrid, at)) for mover in MOVERS]
    return Preview(len(homes), of - len(homes), people, others)


def _part(grid: Grid, homes: Sequence[Household]) -> Regrid:
    """Compounds of which no household stays move with what lies in them."""
    moving = {home.pk for home in homes}
    stay = set(grid.households.exclude(pk__in=moving).values_list("compound_id", flat=True))
    return Regrid(grid, whole=False, compounds=frozenset({h.compound_id for h in homes if h.compound_id} - stay))


def _lock(*grids: Grid) -> dict[int, Grid]:
    rows = Grid.objects.select_for_update(of=("self",)).select_related("scope", "community__scope")
    return {grid.pk: grid for grid in rows.filter(pk__in=[g.pk for g in grids]).order_by("pk")}


def _require(actor: Actor, *grids: Grid) -> None:
    if not may_edit(actor):
        raise NotAllowed(_("Only the city or an administrator can change places."))
    if any(grid.ended_at for grid in grids):
        raise WrongState(_("This grid has ended already."))


@operation
def split_grid(
    grid: Grid,
    *,
    actor: Actor,
    at: datetime,
    key: str,
    code: str,
    values: dict[str, Any],
    begins: str = "",
    labels: Sequence[str] = (),
) -> Grid:
    """A new grid out of a part of `grid`: the households that `choose` finds, and what MOVERS move with them.

    Raises NotAllowed for anybody but the city and administrators, Invalid for a code that is taken or a choice that
    moves nothing or everything, WrongState for a grid that has ended.
    """
    grid = _lock(grid)[grid.pk]
    _require(actor, grid)

    def run() -> dict[str, str]:
        homes = choose(grid, begins, labels)
        regrid = _part(grid, homes)
        new = add_place(
            Grid, actor=actor, at=at, key=f"{key}:grid"[-64:], parent=grid.community, code=code, values=values
        )
        _move_households(homes, new, actor=actor, at=at)
        chain.record(grid, "grid.split", actor=actor, at=at, to=new.code, households=len(homes))
        grid.save(update_fields=["history_seq", "history_head"])
        for mover in MOVERS:
            mover.move(regrid, new, actor=actor, at=at)
        return {"number": new.code}

    body = {"grid": grid.pk, "code": code, "begins": begins, "labels": list(labels), **values}
    answer, _again = once(operation="split_grid", key=key, body=body, at=at, run=run)
    return Grid.objects.get(code=answer["number"])


@operation
def merge_grid(grid: Grid, *, actor: Actor, at: datetime, into: Grid) -> Grid:
    """`grid` ends in `into`, with all its households and what MOVERS move; its past needs keep it.

    An address that both have gets the ended grid's name before it. Raises NotAllowed for anybody but the city and
    administrators, Invalid for another community's grid or the same one, WrongState when either has ended.
    """
    locked = _lock(grid, into)
    grid, into = locked[grid.pk], locked[into.pk]
    _require(actor, grid, into)
    if grid.pk == into.pk or grid.community_id != into.community_id:
        raise Invalid(_("Choose another grid of the same community."), field="into")
    homes = list(grid.households.select_related("grid").order_by("pk"))
    _move_households(homes, into, actor=actor, at=at)
    grid.ended_at, grid.merged_into = at, into
    chain.record(grid, "grid.ended", actor=actor, at=at, into=into.code, households=len(homes))
    grid.save(update_fields=["ended_at", "merged_into", "history_seq", "history_head"])
    chain.record(into, "grid.absorbed", actor=actor, at=at, grid=grid.code, households=len(homes))
    into.save(update_fields=["history_seq", "history_head"])
    for mover in MOVERS:
        mover.move(Regrid(grid, whole=True), into, actor=actor, at=at)
    return into


def _move_households(homes: Sequence[Household], new: Grid, *, actor: Actor, at: datetime) -> None:
    taken = set(new.households.values_list("label", flat=True))
    entries = []
    for home in homes:
        old = home.grid
        entries.append(chain.prepare(home, "household.moved", actor=actor, at=at, to=new.code))
        home.grid = new
        if home.label in taken:
            home.label = _free_label(f"{old.name} {home.label}", taken)
        taken.add(home.label)
    last = _last_entries([home.chain_key for home in homes])
    for home, left in zip(homes, list(entries), strict=True):
        before = last.get(home.chain_key)
        home.history_seq, home.history_head = (before.seq, before.hash) if before else (0, "")
        came_from = left.object_key.split(":")[1]
        entries.append(chain.prepare(home, "household.moved_here", actor=actor, at=at, grid=came_from))
    chain.write(entries)
    Household.objects.bulk_update(homes, ["grid", "label", "history_seq", "history_head"], batch_size=CHUNK)


def _free_label(label: str, taken: set[str]) -> str:
    found, number = label[:80], 2
    while found in taken:
        end = f" ({number})"
        found, number = label[: 80 - len(end)] + end, number + 1
    return found


def _last_entries(keys: Sequence[str]) -> dict[str, Entry]:
    """The last entry of each chain that there is under these keys. A query for each five hundred."""
    found: dict[str, Entry] = {}
    for start in range(0, len(keys), CHUNK):
        for entry in Entry.objects.filter(object_key__in=keys[start : start + CHUNK]).order_by("seq"):
            found[entry.object_key] = entry
    return found


def moved_away(keys: Sequence[str]) -> dict[str, str]:
    """Of these keys, those under which a household was that has moved; the code of the grid it went to."""
    return {key: entry.params["to"] for key, entry in _last_entries(keys).items() if entry.code == "household.moved"}
