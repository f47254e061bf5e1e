"""The place tree over HTTP: counts, corrections, new places."""

import io

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from lianxin.core.clock import now
from lianxin.core.errors import NotAllowed
from lianxin.history import chain
from lianxin.places.models import Community, Compound, Grid, Household
from lianxin.places.operations import add_place, correct_place
from tests.cast import Cast, as_user


def form_of(community: Community, **changes: object) -> dict[str, object]:
    return {
        "version": community.history_seq,
        "name": community.name,
        "name_en": community.name_en,
        "name_bo": "",
        "phone": community.phone,
        "low_income_households": 0,
        "migrants": 0,
    } | changes


def test_head_counts_of_fewer_than_five_households_are_not_told(cast: Cast, client: Client) -> None:
    page = as_user(client, cast, "clerk").get("/workspace/places/north/").content.decode()
    assert "told from five households on" in page
    for n in range(10, 14):
        Household.objects.create(grid=cast.grid_1, label=f"2号楼{n}", head_count=7)
    page = client.get("/workspace/places/north/").content.decode()
    assert "<strong>34</strong>" in page  # 3 + 3 + 4 × 7 people in six households
    assert "<span>31</span>" in page  # five of them in grid 1
    assert "<span>3</span>" not in page


def test_the_tree_counts_and_goes_out_as_a_workbook(
    cast: Cast, client: Client, django_assert_max_num_queries: object
) -> None:
    as_user(client, cast, "grid_worker")
    with django_assert_max_num_queries(11):  # type: ignore[operator]
        page = client.get("/workspace/places/").content.decode()
    assert "Sample Town" in page and "North" in page and "South" in page
    narrowed = client.get("/workspace/places/", {"q": "south"}).content.decode()
    assert "/workspace/places/south/" in narrowed and "/workspace/places/north/" not in narrowed
    book = client.get("/workspace/places/", {"format": "xlsx", "sort": "-grids"}).content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert [r[0] for r in rows[1:]] == ["north", "south"]


@pytest.mark.parametrize("name", ["liaison", "fitter", "housing_officer"])
def test_givers_do_not_see_the_places(cast: Cast, client: Client, name: str) -> None:
    assert as_user(client, cast, name).get("/workspace/places/").status_code == 403


def test_the_city_corrects_a_name_and_its_posts_read_the_new_one(cast: Cast, client: Client) -> None:
    body = form_of(cast.north, name="北苑社区")
    response = as_user(client, cast, "city_officer").post("/workspace/places/community/north/edit/", body)
    assert response.status_code == 302
    north = Community.objects.select_related("scope").get(code="north")
    assert north.name == north.scope.name == "北苑社区"
    last = chain.of(north)[-1]
    assert (last.code, last.params) == ("community.corrected", {"fields": ["name"]})


def test_a_stale_correction_shows_both_and_can_be_sent_again(cast: Cast, client: Client) -> None:
    body = form_of(cast.north, name="我的社区")
    correct_place(
        cast.north, actor=cast.actor("admin"), at=now(), version=cast.north.history_seq, values={"name": "他的社区"}
    )
    response = as_user(client, cast, "city_officer").post("/workspace/places/community/north/edit/", body)
    page = response.content.decode()
    assert response.status_code == 422 and "我的社区" in page and "他的社区" in page
    fresh = Community.objects.get(code="north")
    assert f'name="version" value="{fresh.history_seq}"' in page
    again = client.post("/workspace/places/community/north/edit/", body | {"version": fresh.history_seq})
    assert again.status_code == 302
    assert Community.objects.get(code="north").name == "我的社区"


def test_a_bad_telephone_number_is_refused_beside_its_field(cast: Cast, client: Client) -> None:
    response = as_user(client, cast, "admin").post(
        "/workspace/places/community/north/edit/", form_of(cast.north, phone="call me")
    )
    assert response.status_code == 422 and b"id_phone_error" in response.content


@pytest.mark.parametrize("name", ["grid_worker", "clerk", "town_officer"])
def test_others_cannot_change_places(cast: Cast, client: Client, name: str) -> None:
    as_user(client, cast, name)
    assert client.get("/workspace/places/community/north/edit/").status_code == 403
    assert client.get("/workspace/places/add/grid/").status_code == 403
    with pytest.raises(NotAllowed):
        correct_place(cast.north, actor=cast.actor(name), at=now(), version=0, values={"name": "x"})


def test_a_new_grid_gets_its_scope_and_is_made_once(cast: Cast, client: Client) -> None:
    body = {"key": cast.key(), "parent": "north", "code": "grid-9", "name": "9号网格", "name_en": "", "name_bo": ""}
    as_user(client, cast, "city_officer")
    assert client.post("/workspace/places/add/grid/", body)["Location"] == "/workspace/places/north/"
    assert client.post("/workspace/places/add/grid/", body).status_code == 302
    grid = Grid.objects.select_related("scope").get(code="grid-9")
    assert grid.scope.path == f"{cast.north.scope.path}grid:grid-9/"
    assert [e.code for e in chain.of(grid)] == ["grid.added"]
    other = client.post("/workspace/places/add/grid/", body | {"code": "grid-10"})
    assert other.status_code == 422 and b"already sent as grid-9" in other.content


def test_a_taken_code_is_refused(cast: Cast, client: Client) -> None:
    body = {"key": cast.key(), "parent": "north", "code": "garden", "name": "花园小区"}
    response = as_user(client, cast, "admin").post("/workspace/places/add/compound/", body)
    assert response.status_code == 422 and b"This code is taken" in response.content
    assert Compound.objects.count() == 1


def test_a_new_community_lies_in_its_town(cast: Cast) -> None:
    made = add_place(
        Community,
        actor=cast.actor("city_officer"),
        at=now(),
        key=cast.key(),
        parent=cast.town,
        code="west",
        values={"name": "西社区"},
    )
    assert made.town == cast.town and made.scope.path == f"{cast.town.scope.path}community:west/"


def test_unknown_places_are_not_found(cast: Cast, client: Client) -> None:
    as_user(client, cast, "city_officer")
    for url in ("/workspace/places/nowhere/", "/workspace/places/planet/north/edit/", "/workspace/places/add/town/"):
        assert client.get(url).status_code == 404
