"""The chain shows a changed entry, a missing one, a dropped tail and a rewritten chain, by the object's name."""

from collections.abc import Callable

import pytest

from lianxin.history import chain
from lianxin.history.models import Entry
from lianxin.needs.models import Need
from lianxin.needs.operations import verify_need, withdraw_need
from tests.cast import Cast


def change_a_parameter(entries: list[Entry]) -> None:
    Entry.objects.filter(pk=entries[1].pk).update(params={"urgency": "long"})


def change_the_actor(entries: list[Entry]) -> None:
    Entry.objects.filter(pk=entries[0].pk).update(role="city")


def drop_one(entries: list[Entry]) -> None:
    Entry.objects.filter(pk=entries[1].pk).delete()


def drop_the_tail(entries: list[Entry]) -> None:
    Entry.objects.filter(pk=entries[-1].pk).delete()


def rewrite_everything(entries: list[Entry]) -> None:
    previous = ""
    for entry in entries:
        entry.params, entry.previous = {"new": True}, previous
        entry.hash = previous = chain.entry_hash(entry)
        entry.save()


@pytest.mark.parametrize("tamper", [change_a_parameter, change_the_actor, drop_one, drop_the_tail, rewrite_everything])
def test_tampering_names_the_object(cast: Cast, tamper: Callable[[list[Entry]], None]) -> None:
    need, other = cast.ask(), cast.ask()
    verify_need(need, actor=cast.actor("clerk"), at=cast.clock())
    withdraw_need(need, actor=cast.asker(need), at=cast.clock())
    heads = [(n.chain_key, n.history_seq, n.history_head) for n in Need.objects.all()]
    assert list(chain.broken(heads)) == []
    tamper(chain.of(need))
    found = list(chain.broken(heads))
    assert len(found) == 1
    assert found[0].startswith(f"{need.chain_key}:")
    assert other.number not in found[0]


def test_history_holds_no_personal_value(cast: Cast) -> None:
    cast.ask(text="我家暖气不热", phone="0973-000-0009", name="样例·王九")
    said = str(list(Entry.objects.values_list("params", flat=True)))
    assert "暖气" not in said and "0973" not in said and "王九" not in said
