"""Writing and verifying chains. `record` is called by operations only, on an object they have locked."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Protocol

from lianxin.accounts.actors import Actor
from lianxin.history.models import Entry


class HasChain(Protocol):
    """An object with a chain (history.models.Chained, accounts.User)."""

    history_seq: int
    history_head: str

    @property
    def chain_key(self) -> str: ...


def entry_hash(entry: Entry) -> str:
    """SHA-256 over everything the entry says and the hash before it, as 64 hex digits."""
    said = [
        entry.object_key,
        entry.seq,
        entry.code,
        entry.params,
        entry.actor_id,
        entry.role,
        entry.at.astimezone(UTC).isoformat(timespec="seconds"),
        entry.imported,
        entry.previous,
    ]
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def prepare(thing: HasChain, code: str, *, actor: Actor, at: datetime, imported: bool = False, **params: Any) -> Entry:
    """The next entry of `thing`'s chain, unsaved; moves `thing`'s head, which the caller saves."""
    entry = Entry(
        object_key=thing.chain_key,
        seq=thing.history_seq + 1,
        code=code,
        params=params,
        actor_id=actor.user_id,
        role=actor.label(),
        at=at,
        imported=imported,
        previous=thing.history_head,
    )
    entry.hash = entry_hash(entry)
    thing.history_seq = entry.seq
    thing.history_head = entry.hash
    return entry


def record(thing: HasChain, code: str, *, actor: Actor, at: datetime, **params: Any) -> Entry:
    """Write the next entry of `thing`'s chain; the caller saves `thing` (history_seq, history_head) after.

    `params` hold codes, numbers, ids, dates and digests; never a name, phone number or a resident's words.
    """
    entry = prepare(thing, code, actor=actor, at=at, **params)
    entry.save(force_insert=True)
    return entry


def write(entries: Iterable[Entry]) -> None:
    """Write prepared entries in bulk."""
    Entry.objects.bulk_create(entries, batch_size=2_000)


def of(thing: HasChain) -> list[Entry]:
    """The chain of `thing`, oldest first, with its actors. One query."""
    return list(Entry.objects.filter(object_key=thing.chain_key).select_related("actor").order_by("seq"))


def broken(heads: Iterable[tuple[str, int, str]]) -> Iterator[str]:
    """Names what is wrong with each chain of `heads` (key, seq, head hash as the object holds them).

    A changed entry, a missing one, a dropped tail or a rewritten chain gives one sentence naming the object.
    """
    expected = {key: (seq, head) for key, seq, head in heads}
    state: dict[str, tuple[int, str]] = {}
    bad: set[str] = set()
    rows = Entry.objects.filter(object_key__in=expected) if len(expected) < 500 else Entry.objects.all()
    for entry in rows.order_by("object_key", "seq").iterator(chunk_size=5_000):
        key = entry.object_key
        if key in bad or (key not in expected and len(expected) < 500):
            continue
        seq, head = state.get(key, (0, ""))
        if entry.seq != seq + 1 or entry.previous != head:
            bad.add(key)
            yield f"{key}: entry {entry.seq} does not follow entry {seq}"
        elif entry.hash != entry_hash(entry):
            bad.add(key)
            yield f"{key}: entry {entry.seq} was changed"
        state[key] = (entry.seq, entry.hash)
    for key, (seq, head) in expected.items():
        if key not in bad and state.get(key, (0, "")) != (seq, head):
            yield f"{key}: the chain ends at entry {state.get(key, (0, ''))[0]}, the object says {seq}"
