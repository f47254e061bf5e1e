"""Grids are split and merged: what is open goes along, what has ended stays, and every chain still verifies."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from lianxin.accounts.models import Appointment
from lianxin.core.clock import local_day
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.desk.models import DeskItem
from lianxin.figures import tallies
from lianxin.figures.registry import FIGURES, Area, Count, Period
from lianxin.history.models import Entry
from lianxin.needs.models import Need
from lianxin.needs.operations import assign_need, deliver_need, merge_need
from lianxin.needs.queries import need_for
from lianxin.places.lookup import find_spot
from lianxin.places.models import Grid, Household
from lianxin.places.regridding import merge_grid, split_grid
from lianxin.search import index
from tests.cast import Cast
from tests.test_pipeline_table import confirmed

NAMES = {"name": "9号网格", "name_en": "Grid 9"}


def homes(cast: Cast) -> None:
    """Grid 1: two buildings of three homes; the second is the whole compound."""
    Household.objects.filter(grid=cast.grid_1).delete()
    for building, compound in ((1, None), (2, cast.compound)):
        for flat in (101, 102, 103):
            label = f"{building}号楼{flat}"
            Household.objects.create(grid=cast.grid_1, label=label, head_count=2, compound=compound)


def split(cast: Cast, **changes: Any) -> Grid:
    said = {"code": "grid-9", "values": NAMES, "begins": "2号楼", "key": cast.key()} | changes
    return split_grid(cast.grid_1, actor=cast.actor("city_officer"), at=cast.clock(), **said)


def verify() -> None:
    """Every chain still says what it said; the command fails where one does not."""
    out = StringIO()
    call_command("verify", stdout=out, stderr=out)
    assert "chains verify" in out.getvalue()


def labels(grid: Grid) -> list[str]:
    return sorted(grid.households.values_list("label", flat=True))


def test_a_merged_one_whose_asker_is_to_be_asked_goes_along(cast: Cast) -> None:
    one, into = cast.ask(), cast.ask()
    merge_need(one, actor=cast.actor("clerk"), at=cast.clock(), into=into)
    held = assign_need(into, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.office)
    deliver_need(held, actor=cast.actor("clerk"), at=cast.clock(), note="送到了")
    assert DeskItem.objects.get(object_id=one.pk).scope == cast.grid_1.scope
    merge_grid(cast.grid_1, actor=cast.actor("city_officer"), at=cast.clock(), into=cast.grid_2)
    assert Need.objects.get(pk=one.pk).grid == cast.grid_2
    assert DeskItem.objects.get(object_id=one.pk).scope == cast.grid_2.scope
    verify()


def test_a_split_moves_addresses_open_needs_of_whole_compounds_and_the_worker(cast: Cast) -> None:
    homes(cast)
    inside, elsewhere = cast.ask(compound=cast.compound), cast.ask()
    past = confirmed(cast)
    Need.objects.filter(pk=past.pk).update(compound=cast.compound)
    new = split(cast)
    assert labels(new) == ["2号楼101", "2号楼102", "2号楼103"] and len(labels(cast.grid_1)) == 3
    where = dict(Need.objects.values_list("pk", "grid__code"))
    assert where == {inside.pk: "grid-9", elsewhere.pk: "grid-1", past.pk: "grid-1"}
    assert DeskItem.objects.filter(object_type="need", object_id=inside.pk, scope_id=new.pk).exists()
    assert not DeskItem.objects.filter(object_id=inside.pk, scope_id=cast.grid_1.pk).exists()
    assert Appointment.objects.filter(user=cast.users["grid_worker"], to_on=None).count() == 2
    assert need_for(cast.actor("grid_worker"), inside.number) is not None
    assert Need.objects.get(pk__in=index.matching("need", "课外书", [new.pk])) == inside
    assert Entry.objects.get(code="need.regridded").params == {"to": "grid-9"}
    verify()


def test_merging_back_undoes_a_split(cast: Cast) -> None:
    homes(cast)
    need = cast.ask(compound=cast.compound)
    before = labels(cast.grid_1)
    new = split(cast)
    merge_grid(new, actor=cast.actor("admin"), at=cast.clock(days=1), into=cast.grid_1)
    assert labels(cast.grid_1) == before
    assert Need.objects.get(pk=need.pk).grid == cast.grid_1
    assert [p.scope_id for p in cast.actor("grid_worker").posts] == [cast.grid_1.pk, new.pk], "until the day is over"
    cast.clock(days=1)
    assert [p.scope_id for p in cast.actor("grid_worker").posts] == [cast.grid_1.pk]
    home = Household.objects.get(grid=cast.grid_1, label="2号楼101")
    codes = Entry.objects.filter(object_key=home.chain_key).order_by("seq").values_list("code", flat=True)
    assert list(codes) == ["household.moved", "household.moved_here"]
    verify()


def test_an_address_that_both_have_gets_the_ended_grids_name(cast: Cast) -> None:
    merge_grid(cast.grid_1, actor=cast.actor("city_officer"), at=cast.clock(), into=cast.grid_2)
    assert labels(cast.grid_2) == ["1号楼101", "1号网格 1号楼101"]


def test_a_grid_that_ended_is_offered_nowhere_and_its_poster_leads_on(cast: Cast, client: Client) -> None:
    past = confirmed(cast)
    open_need = cast.ask()
    merge_grid(cast.grid_1, actor=cast.actor("city_officer"), at=cast.clock(), into=cast.grid_2)
    spot = find_spot("grid-1")
    assert spot is not None and spot.grid == cast.grid_2
    with pytest.raises(Invalid):
        cast.ask(grid=Grid.objects.get(pk=cast.grid_1.pk))
    client.force_login(cast.users["clerk"])
    page = client.get("/workspace/file/?kind=repair", headers={"accept-language": "en"}).content.decode()
    assert "Grid 2" in page and "Grid 1" not in page
    assert "grid-1" not in client.get("/ask/wish/").content.decode()
    towns = client.get("/api/v1/places").json()["towns"]
    assert [g["code"] for t in towns for c in t["communities"] for g in c["grids"]] == ["grid-2", "grid-3"]
    assert FIGURES["grids"].compute(Area(), Period(local_day(cast.clock.at), local_day(cast.clock.at))) == Count(2)
    assert Need.objects.get(pk=past.pk).grid == cast.grid_1 and Need.objects.get(pk=open_need.pk).grid == cast.grid_2
    assert need_for(cast.actor("grid_worker_2"), open_need.number) is not None


def test_tallies_do_not_change_when_grids_do(cast: Cast) -> None:
    homes(cast)
    cast.ask(compound=cast.compound)
    confirmed(cast)
    new = split(cast)
    merge_grid(new, actor=cast.actor("city_officer"), at=cast.clock(), into=cast.grid_2)
    assert tallies.compare().wrong == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"begins": "7号楼"}, "begins"),
        ({"begins": ""}, "begins"),
        ({"begins": "", "labels": ["8号楼1"]}, "labels"),
        ({"code": "grid-2"}, "code"),
        ({"begins": "1", "labels": ["2号楼101", "2号楼102", "2号楼103"]}, "begins"),
    ],
)
def test_a_split_that_moves_nothing_everything_or_under_a_taken_code_is_refused(
    cast: Cast, changes: dict[str, Any], field: str
) -> None:
    homes(cast)
    with pytest.raises(Invalid) as refused:
        split(cast, **changes)
    assert refused.value.field == field and Grid.objects.count() == 3 and len(labels(cast.grid_1)) == 6


def test_grids_of_two_communities_and_ended_ones_are_not_merged(cast: Cast) -> None:
    actor = cast.actor("city_officer")
    with pytest.raises(Invalid):
        merge_grid(cast.grid_1, actor=actor, at=cast.clock(), into=cast.grid_3)
    merge_grid(cast.grid_1, actor=actor, at=cast.clock(), into=cast.grid_2)
    with pytest.raises(WrongState):
        merge_grid(cast.grid_2, actor=actor, at=cast.clock(), into=cast.grid_1)


@pytest.mark.parametrize("name", ["clerk", "town_officer", "grid_worker"])
def test_only_the_city_and_administrators_draw_grids(cast: Cast, name: str) -> None:
    homes(cast)
    with pytest.raises(NotAllowed):
        merge_grid(cast.grid_1, actor=cast.actor(name), at=cast.clock(), into=cast.grid_2)


def test_the_page_shows_what_would_move_before_it_moves(cast: Cast, client: Client) -> None:
    homes(cast)
    cast.ask(compound=cast.compound)
    client.force_login(cast.users["city_officer"])
    client.cookies["lx_lang"] = "en"
    said = {"key": "k1", "begins": "2号楼", "code": "grid-9", "name": "9号网格"}
    answer = client.post("/workspace/places/grid/grid-1/split/", said)
    preview = answer.context["preview"]
    assert (preview.households, preview.stay, preview.people) == (3, 3, None)
    assert dict(preview.others) == {"Posts of grid workers": 1, "Open needs": 1}
    assert not Grid.objects.filter(code="grid-9").exists()
    for _twice in range(2):
        assert client.post("/workspace/places/grid/grid-1/split/", said | {"sure": "yes"}).status_code in (302, 422)
    assert len(labels(Grid.objects.get(code="grid-9"))) == 3
    answer = client.post("/workspace/places/grid/grid-9/merge/", {"into": "grid-1"})
    assert answer.context["preview"].households == 3
    assert client.post("/workspace/places/grid/grid-9/merge/", {"into": "grid-1", "sure": "yes"}).status_code == 302
    assert client.get("/workspace/places/grid/grid-9/merge/").status_code == 404


def test_an_old_workbook_does_not_bring_a_moved_address_back(cast: Cast) -> None:
    from lianxin.places.sheets import save_households
    from lianxin.sheets.registry import Import, Row

    homes(cast)
    split(cast)
    row = Row(2, {"grid": "grid-1", "label": "2号楼101", "compound": "", "head_count": 2})
    work = Import(actor=cast.actor("admin"), at=cast.clock())
    save_households([row], work)
    assert "grid-9" in str(work.errors[0])
    assert not cast.grid_1.households.filter(label="2号楼101").exists()
