"""A new kind with a veto, a panel and an `after` plugs in without a change to `needs`."""

from collections.abc import Iterator

import pytest

from lianxin.accounts.actors import Actor
from lianxin.core.errors import Refusal
from lianxin.needs.kinds import KINDS, Change, Kind
from lianxin.needs.models import Category, Need
from lianxin.needs.operations import assign_need, deliver_need, record_answer
from lianxin.organisations.models import Organisation
from lianxin.panels import registry as panels
from tests.cast import Cast


class Kettles(Kind):
    """A toy kind: kettles are not confirmed while one is missing."""

    code = "kettle"
    label = "Kettles"
    tile = True

    def __init__(self) -> None:
        self.missing = True
        self.seen: list[str] = []

    def may(self, need: Need, verb: str, actor: Actor, giver: Organisation | None = None) -> Refusal | None:
        if verb == "confirm" and self.missing:
            return Refusal("A kettle is still missing.")
        return None

    def after(self, need: Need, change: Change) -> None:
        self.seen.append(f"{change.verb}: {change.before} → {change.after}")


@pytest.fixture
def kettles() -> Iterator[Kettles]:
    kind = Kettles()
    KINDS.add("kettle", kind)
    panel = panels.add(
        panels.Panel(
            "kettles",
            "need",
            "needs/_message.html",
            lambda need, actor: {"words": "2 kettles"} if need.kind == "kettle" else None,
        )
    )
    yield kind
    panels.remove(panel)
    KINDS.remove("kettle")


def test_a_kind_vetoes_follows_and_shows_a_panel(cast: Cast, kettles: Kettles) -> None:
    category = Category.objects.create(code="kettle", kind="kettle", name="水壶")
    need = cast.ask(kind="kettle", category=category)
    claim = assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    deliver_need(claim, actor=cast.actor("fitter"), at=cast.clock(), note="送到了")
    with pytest.raises(Refusal, match="missing"):
        record_answer(claim, actor=cast.asker(need), at=cast.clock(), solved=True)
    kettles.missing = False
    record_answer(claim, actor=cast.asker(need), at=cast.clock(), solved=True)
    assert kettles.seen == [
        "file:  → filed",
        "assigned: filed → claimed",
        "delivered: claimed → delivered",
        "confirmed: delivered → confirmed",
    ]
    assert panels.for_page("need", need, cast.actor("clerk"))[0]["words"] == "2 kettles"
    assert panels.for_page("need", cast.ask(), cast.actor("clerk")) == []
