"""The daily root over all chains: what was sealed on a day can't be rewritten later without a difference.

Each day the chains that grew since the day before are sealed: one Leaf for each (its length and head). The day's root
is SHA-256 over the root before it, the day, and the leaves in the order of their keys. Roots are published; whoever
keeps a copy of them can show later that the history is still the one of that day.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Max, OuterRef, Q, Subquery

from lianxin.accounts.actors import Actor, require_clock
from lianxin.core.clock import local_day
from lianxin.core.operation import operation
from lianxin.history.chain import entry_hash
from lianxin.history.models import Entry, Leaf, Root

# Entries younger than this wait for the next root: their transaction may not have ended.
SETTLES_AFTER = timedelta(minutes=10)

Sealed = tuple[str, int, str]


def root_of(previous: str, day: date, leaves: Iterable[Sealed]) -> tuple[str, int]:
    """The root over `leaves` (key, length, head; in the order of keys) after `previous`, and how many there were."""
    sha, count = hashlib.sha256(f"{previous}\n{day.isoformat()}\n".encode()), 0
    for key, seq, head in leaves:
        sha.update(f"{key} {seq} {head}\n".encode())
        count += 1
    return sha.hexdigest(), count


@operation
def seal_day(*, actor: Actor, at: datetime) -> int:
    """Seal what grew since the last root, once a day of the city; how many chains. 0 when today's root is there.

    Raises NotAllowed for anybody but the clock.
    """
    require_clock(actor)
    day = local_day(at)
    last = Root.objects.select_for_update().order_by("-day").first()
    if last is not None and last.day >= day:
        return 0
    since = last.up_to if last else 0
    settled = Entry.objects.filter(pk__gt=since, at__lte=at - SETTLES_AFTER)
    # An entry that is older by its time may have been written later (a workbook of the past): never go back.
    up_to = settled.aggregate(top=Max("pk"))["top"] or since
    grown = Entry.objects.filter(pk__gt=since, pk__lte=up_to).values("object_key").annotate(top=Max("seq"))
    tops = {row["object_key"]: row["top"] for row in grown.iterator(chunk_size=5_000)}
    root = Root.objects.create(day=day, at=at, previous=last.root if last else "", up_to=up_to, root="", chains=0)
    leaves = []
    heads = Entry.objects.filter(pk__gt=since, pk__lte=up_to).values_list("object_key", "seq", "hash")
    for key, seq, head in heads.iterator(chunk_size=5_000):
        if tops[key] == seq:
            leaves.append(Leaf(root=root, object_key=key, seq=seq, hash=head))
    leaves.sort(key=lambda leaf: leaf.object_key.encode())
    Leaf.objects.bulk_create(leaves, batch_size=2_000)
    sealed = ((leaf.object_key, leaf.seq, leaf.hash) for leaf in leaves)
    root.root, root.chains = root_of(root.previous, day, sealed)
    root.save()
    return root.chains


def published() -> list[dict[str, Any]]:
    """Every root as it is published, oldest first."""
    rows = Root.objects.order_by("day").values("day", "root", "previous", "chains")
    return [row | {"day": row["day"].isoformat()} for row in rows]


def wrong_roots(known: list[dict[str, Any]] | None = None) -> Iterator[str]:
    """What does not fit: a root that is not over its leaves, a sealed chain that changed or lost its end.

    `known`: roots as somebody downloaded them (`published`); one that differs or is gone is named by its day.
    """
    before = ""
    for root in Root.objects.order_by("day"):
        leaves = sorted(
            Leaf.objects.filter(root=root).values_list("object_key", "seq", "hash"), key=lambda leaf: leaf[0].encode()
        )
        again, count = root_of(root.previous, root.day, leaves)
        if root.previous != before or again != root.root or count != root.chains:
            yield f"root of {root.day}: it is not the one over its {root.chains} chains"
        before = root.root
    there = Entry.objects.filter(object_key=OuterRef("object_key"), seq=OuterRef("seq")).values("hash")[:1]
    changed = Leaf.objects.annotate(there=Subquery(there)).filter(Q(there=None) | ~Q(there=F("hash")))
    for leaf in changed.select_related("root").order_by("object_key", "seq").iterator():
        yield f"{leaf.object_key}: entry {leaf.seq} is not the one that was sealed on {leaf.root.day}"
    if known is not None:
        roots = {row["day"]: row["root"] for row in published()}
        for row in known:
            if roots.get(row["day"]) != row["root"]:
                yield f"root of {row['day']}: it is not the one that was published"


def copy_lines() -> Iterator[str]:
    """The whole history as lines of JSON, for a copy that can be checked without the database. No personal value.

    The first line says up to which day's root it goes. Call it where one moment is seen (`core.backup.snapshot`).
    """
    until = Root.objects.aggregate(last=Max("day"))["last"]
    yield json.dumps({"until": until.isoformat() if until else ""})
    for entry in Entry.objects.order_by("object_key", "seq").iterator(chunk_size=5_000):
        said = {
            "key": entry.object_key,
            "seq": entry.seq,
            "code": entry.code,
            "params": entry.params,
            "actor": entry.actor_id,
            "role": entry.role,
            "at": entry.at.isoformat(),
            "imported": entry.imported,
            "previous": entry.previous,
            "hash": entry.hash,
        }
        yield json.dumps({"entry": said}, ensure_ascii=False)
    for leaf in Leaf.objects.select_related("root").order_by("root__day", "pk").iterator(chunk_size=5_000):
        said = {"day": leaf.root.day.isoformat(), "key": leaf.object_key, "seq": leaf.seq, "hash": leaf.hash}
        yield json.dumps({"leaf": said}, ensure_ascii=False)


def copy_until(first: str) -> str:
    """The last day whose root a copy holds, by its first line. Raises ValueError for a line that is not one."""
    said = json.loads(first)
    if not isinstance(said, dict) or not isinstance(said.get("until"), str):
        raise ValueError("not the first line of a copy")
    return str(said["until"])


def wrong_in_copy(lines: Iterable[str], roots: list[dict[str, Any]]) -> Iterator[str]:
    """What does not fit in a copy (`copy_lines`) against published roots, as far as it goes; asks no database.

    Raises ValueError for lines that are not such a copy.
    """
    lines = iter(lines)
    until = copy_until(next(lines, ""))
    roots = [root for root in roots if root["day"] <= until]
    hashes: dict[tuple[str, int], str] = {}
    leaves: dict[str, list[Sealed]] = {}
    key, seq, head = "", 0, ""
    for line in lines:
        said = json.loads(line)
        if "leaf" in said:
            leaf = said["leaf"]
            leaves.setdefault(leaf["day"], []).append((leaf["key"], leaf["seq"], leaf["hash"]))
            continue
        row = said["entry"]
        entry = Entry(
            object_key=row["key"],
            seq=row["seq"],
            code=row["code"],
            params=row["params"],
            actor_id=row["actor"],
            role=row["role"],
            at=datetime.fromisoformat(row["at"]),
            imported=row["imported"],
            previous=row["previous"],
        )
        if entry.object_key != key:
            key, seq, head = entry.object_key, 0, ""
        if entry.seq != seq + 1 or entry.previous != head:
            yield f"{key}: entry {entry.seq} does not follow entry {seq}"
        elif row["hash"] != entry_hash(entry):
            yield f"{key}: entry {entry.seq} was changed"
        seq, head = entry.seq, row["hash"]
        hashes[key, seq] = head
    before = ""
    for root in roots:
        sealed = sorted(leaves.get(root["day"], []), key=lambda leaf: leaf[0].encode())
        if root["previous"] != before or root_of(before, date.fromisoformat(root["day"]), sealed)[0] != root["root"]:
            yield f"root of {root['day']}: it is not the one over its chains"
        before = root["root"]
        for name, length, sealed_head in sealed:
            if hashes.get((name, length)) != sealed_head:
                yield f"{name}: entry {length} is not the one that was sealed on {root['day']}"
