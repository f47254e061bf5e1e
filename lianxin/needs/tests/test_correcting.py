"""Correcting a need on its page."""

from typing import Any

import pytest

from lianxin.core.errors import Invalid
from lianxin.desk import queue
from lianxin.history import chain
from lianxin.needs import operations
from lianxin.needs.operations import (
    verify_need,
)
from lianxin.needs.tests.test_need_page import fresh, repair, text, url
from lianxin.places.models import Compound
from tests.cast import Cast


def test_whoever_corrects_an_old_version_sees_both(cast: Cast, pages: Any) -> None:
    need = repair(cast, publish_ok=True)
    browser = pages.of("clerk")
    old = fresh(need)
    verify_need(need, actor=cast.actor("clerk_2"), at=cast.clock(), urgency="urgent")
    said = {
        "version": old.version,
        "category": old.category_id,
        "urgency": "long",
        "public_text": "修灯",
        "publish_ok": "on",
    }
    stale = browser.post(url(need, "correct"), said)
    assert stale.status_code == 422
    assert "It now says “urgent”; you wrote “long”" in text(stale)
    assert f'name="version" value="{fresh(need).version}"' in text(stale)
    again = browser.post(url(need, "correct"), said | {"version": fresh(need).version})
    assert again.status_code == 302
    assert (fresh(need).urgency, fresh(need).asker_phone) == ("long", "13800001234")


def test_the_place_is_corrected_and_desk_search_history_and_givers_follow(cast: Cast, pages: Any) -> None:
    need = cast.ask(kind="repair", category=cast.lamp, text="楼道灯坏了", grid=None)
    browser = pages.of("clerk")
    # A company that serves no compound does not come first because none is known.
    assert browser.get(url(need, "assign")).context["form"].fields["giver"].queryset[0] == cast.office
    shown = browser.get(url(need, "correct")).context["form"]
    assert list(shown.fields["grid"].queryset) == [cast.grid_1, cast.grid_2]
    said = {"category": need.category_id, "urgency": need.urgency, "publish_ok": "on"}
    moved = {"grid": cast.grid_2.pk, "compound": cast.compound.pk}
    browser.post(url(need, "correct"), {**said, **moved, "version": need.version})
    need = fresh(need)
    assert (need.grid, need.compound) == (cast.grid_2, cast.compound)
    assert [line.object_id for line in queue.mine(cast.actor("grid_worker_2"))] == [need.pk]
    found = pages.of("grid_worker_2").get("/workspace/needs/", {"q": "楼道灯"})
    assert [row["need"].number for row in found.context["rows"]] == [need.number]
    assert "corrected: compound, grid" in text(browser.get(url(need)))
    assert chain.of(need)[-1].params["fields"] == ["compound", "grid"]
    assert browser.get(url(need, "assign")).context["form"].fields["giver"].queryset[0] == cast.company
    # What is not named stays; an old version shows both.
    stale = browser.post(url(need, "correct"), {**said, "grid": cast.grid_1.pk, "version": need.version - 1})
    assert stale.status_code == 422
    assert "It now says “Grid 2”; you wrote “Grid 1”" in text(stale)
    browser.post(url(need, "correct"), {**said, "grid": cast.grid_1.pk, "version": need.version})
    need = fresh(need)
    assert (need.grid, need.compound) == (cast.grid_1, cast.compound)
    assert not queue.mine(cast.actor("grid_worker_2"))
    assert not pages.of("grid_worker_2").get("/workspace/needs/", {"q": "楼道灯"}).context["rows"]
    far = browser.post(url(need, "correct"), {**said, "grid": cast.grid_3.pk, "version": need.version})
    assert far.status_code == 422
    with pytest.raises(Invalid):
        operations.correct_need(
            need, actor=cast.actor("clerk"), at=cast.clock(), version=need.version, grid=cast.grid_3
        )
    with pytest.raises(Invalid):
        other = Compound(code="other", name="别处", community=cast.south)
        operations.correct_need(need, actor=cast.actor("clerk"), at=cast.clock(), version=need.version, compound=other)
