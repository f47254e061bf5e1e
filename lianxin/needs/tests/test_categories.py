"""Categories over HTTP."""

import pytest
from django.test import Client

from lianxin.core.clock import now
from lianxin.core.errors import NotAllowed
from lianxin.history import chain
from lianxin.needs.models import Category
from lianxin.needs.operations.categories import correct_category, switch_category
from tests.cast import Cast, as_user


def test_the_list_narrows_and_goes_out(cast: Cast, client: Client) -> None:
    page = as_user(client, cast, "admin").get("/workspace/categories/").content.decode()
    assert "Heating" in page and "Books" in page
    narrowed = client.get("/workspace/categories/", {"kind": "repair", "sort": "-name"}).content.decode()
    assert "Heating" in narrowed and "Books" not in narrowed
    assert "No category is found" in client.get("/workspace/categories/", {"active": "off"}).content.decode()
    assert client.get("/workspace/categories/", {"format": "xlsx"})["Content-Disposition"].endswith('categories.xlsx"')


def test_a_category_is_added_once(cast: Cast, client: Client) -> None:
    body = {"key": cast.key(), "kind": "repair", "code": "sewer", "name": "下水道", "urgency": "urgent"}
    as_user(client, cast, "city_officer")
    assert client.post("/workspace/categories/add/", body).status_code == 302
    assert client.post("/workspace/categories/add/", body).status_code == 302
    category = Category.objects.get(code="sewer")
    assert [e.code for e in chain.of(category)] == ["category.added"]
    taken = client.post("/workspace/categories/add/", body | {"key": cast.key()})
    assert taken.status_code == 422 and b"This code is taken" in taken.content


def test_a_stale_correction_shows_both(cast: Cast, client: Client) -> None:
    url, body = "/workspace/categories/lamp/edit/", {"version": "1", "name": "路灯", "urgency": "urgent"}
    as_user(client, cast, "city_officer")
    assert client.post(url, body).status_code == 302
    stale = client.post(url, body | {"name": "楼道灯"})
    page = stale.content.decode()
    assert stale.status_code == 422 and "路灯" in page and "楼道灯" in page and 'name="version" value="2"' in page
    assert client.post(url, body | {"name": "楼道灯", "version": "2"}).status_code == 302
    assert Category.objects.get(code="lamp").version == 3


def test_a_category_is_switched_off_but_never_the_last_of_its_kind(cast: Cast, client: Client) -> None:
    as_user(client, cast, "admin")
    assert client.post("/workspace/categories/lamp/switch/", {"active": "off"}).status_code == 302
    assert not Category.objects.get(code="lamp").active
    client.post("/workspace/categories/heating/switch/", {"active": "off"})
    assert Category.objects.get(code="heating").active
    assert b"last category of its kind" in client.get("/workspace/categories/").content
    client.post("/workspace/categories/lamp/switch/", {"active": "on"})
    assert Category.objects.get(code="lamp").active


@pytest.mark.parametrize("name", ["grid_worker", "clerk", "town_officer", "liaison"])
def test_others_cannot_change_categories(cast: Cast, client: Client, name: str) -> None:
    as_user(client, cast, name)
    for url in ("/workspace/categories/", "/workspace/categories/add/", "/workspace/categories/lamp/edit/"):
        assert client.get(url).status_code == 403
    with pytest.raises(NotAllowed):
        correct_category(cast.lamp, actor=cast.actor(name), at=now(), version=1, values={"name": "x"})
    with pytest.raises(NotAllowed):
        switch_category(cast.lamp, actor=cast.actor(name), at=now(), active=False)
