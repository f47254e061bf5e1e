"""The daily root: what was sealed can't be rewritten, in the database or in a copy, without being named."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from lianxin.accounts.actors import SYSTEM
from lianxin.core.errors import NotAllowed
from lianxin.history import chain, roots
from lianxin.history.models import Entry, Leaf, Root
from lianxin.needs.models import Need
from lianxin.needs.operations import verify_need, withdraw_need
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def need(cast: Cast) -> Need:
    """A need with three entries, sealed on two days."""
    need = cast.ask()
    verify_need(need, actor=cast.actor("clerk"), at=cast.clock())
    assert roots.seal_day(actor=SYSTEM, at=cast.clock(days=1)) > 0
    withdraw_need(need, actor=cast.asker(need), at=cast.clock())
    assert roots.seal_day(actor=SYSTEM, at=cast.clock(days=1)) == 1
    return Need.objects.get(pk=need.pk)


def wrong() -> list[str]:
    """What `lianxin verify` names."""
    said = StringIO()
    try:
        call_command("verify", stdout=StringIO(), stderr=said)
    except CommandError:
        return said.getvalue().splitlines()
    return []


def rewrite(need: Need) -> None:
    """Rewrite the whole chain with another story, hashes and the object's head with it."""
    head = ""
    for entry in Entry.objects.filter(object_key=need.chain_key).order_by("seq"):
        entry.role, entry.previous = "admin", head
        entry.hash = head = chain.entry_hash(entry)
        entry.save()
    Need.objects.filter(pk=need.pk).update(history_head=head)


def test_a_day_is_sealed_once_and_by_the_clock_only(cast: Cast, need: Need) -> None:
    assert Root.objects.count() == 2
    assert roots.seal_day(actor=SYSTEM, at=cast.clock.at) == 0
    with pytest.raises(NotAllowed):
        roots.seal_day(actor=cast.actor("admin"), at=cast.clock(days=3))
    assert wrong() == []


def test_an_entry_whose_transaction_may_not_have_ended_waits_for_the_next_root(cast: Cast) -> None:
    cast.ask()
    assert roots.seal_day(actor=SYSTEM, at=cast.clock.at + timedelta(minutes=5)) == 0
    assert roots.seal_day(actor=SYSTEM, at=cast.clock.at + timedelta(days=1)) == 1


def test_one_changed_byte_names_the_object(need: Need) -> None:
    entry = Entry.objects.get(object_key=need.chain_key, seq=2)
    Entry.objects.filter(pk=entry.pk).update(
        hash="0" + entry.hash[1:] if entry.hash[0] != "0" else "1" + entry.hash[1:]
    )
    assert any(need.chain_key in words for words in wrong())


def test_a_dropped_tail_names_the_object_also_when_its_head_was_set_back(need: Need) -> None:
    Entry.objects.get(object_key=need.chain_key, seq=3).delete()
    assert any(need.chain_key in words for words in wrong())
    second = Entry.objects.get(object_key=need.chain_key, seq=2)
    Need.objects.filter(pk=need.pk).update(history_seq=2, history_head=second.hash)
    assert wrong() == [f"{need.chain_key}: entry 3 is not the one that was sealed on {Root.objects.latest('day').day}"]


def test_a_whole_chain_rewritten_names_the_object(need: Need) -> None:
    rewrite(need)
    assert any(words.startswith(f"{need.chain_key}: entry 2") for words in wrong())


def test_a_chain_rewritten_with_its_seals_names_the_day(need: Need) -> None:
    rewrite(need)
    for leaf in Leaf.objects.filter(object_key=need.chain_key):
        leaf.hash = Entry.objects.get(object_key=need.chain_key, seq=leaf.seq).hash
        leaf.save()
    assert [words[:7] for words in wrong()] == ["root of", "root of"]


def test_roots_rewritten_too_differ_from_the_published_ones(need: Need, tmp_path: Path, client: Client) -> None:
    published = tmp_path / "roots.json"
    published.write_bytes(client.get("/board/roots.json").content)
    call_command("verify", "--roots", str(published), stdout=StringIO())
    Root.objects.filter(day=Root.objects.latest("day").day).update(root="0" * 64)
    with pytest.raises(CommandError):
        call_command("verify", "--roots", str(published), stdout=StringIO(), stderr=StringIO())
    with pytest.raises(CommandError):
        call_command("verify", "--roots", str(tmp_path / "nothing"), stdout=StringIO())


@pytest.mark.django_db(transaction=True)
def test_a_downloaded_copy_verifies_without_the_database(
    need: Need, tmp_path: Path, client: Client, django_assert_num_queries: object
) -> None:
    published = json.loads(client.get("/board/roots.json").content)["roots"]
    lines = list(roots.copy_lines())
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert list(roots.wrong_in_copy(lines, published)) == []
        for number, line in enumerate(lines):
            if f'"{need.chain_key}"' not in line:
                continue
            changed = [*lines]
            changed[number] = line.replace('"seq": ', '"seq": 1')
            assert any(need.chain_key in w or w.startswith("root of") for w in roots.wrong_in_copy(changed, published))
            dropped = lines[:number] + lines[number + 1 :]
            assert list(roots.wrong_in_copy(dropped, published)) != []
        earlier = [json.dumps({"until": published[-2]["day"]}), *lines[1:]]
        assert list(roots.wrong_in_copy(earlier, published[:-1])) == []
        assert list(roots.wrong_in_copy(lines, published[1:])) != [], "a root before it is missing"
    copy = tmp_path / "history.jsonl"
    call_command("history_copy", str(copy), stdout=StringIO())
    path = tmp_path / "roots.json"
    path.write_text(json.dumps({"roots": published}), encoding="utf-8")
    call_command("verify", "--copy", str(copy), "--roots", str(path), stdout=StringIO())
    later = {"day": "2099-01-01", "root": "0" * 64, "previous": published[-1]["root"]}
    path.write_text(json.dumps({"roots": [*published, later]}), encoding="utf-8")
    out = StringIO()
    call_command("verify", "--copy", str(copy), "--roots", str(path), stdout=out)
    assert f"goes up to {published[-1]['day']}; 1 later" in out.getvalue()
    copy.write_text(json.dumps({"until": "2000-01-01"}), encoding="utf-8")
    with pytest.raises(CommandError, match="older than the first root"):
        call_command("verify", "--copy", str(copy), "--roots", str(path), stdout=StringIO(), stderr=StringIO())
    copy.write_text("nothing", encoding="utf-8")
    with pytest.raises(CommandError):
        call_command("verify", "--copy", str(copy), "--roots", str(path), stdout=StringIO(), stderr=StringIO())


def test_the_public_column_shows_the_roots(need: Need, client: Client) -> None:
    page = client.get("/board/roots/").content.decode()
    assert Root.objects.latest("day").root in page
