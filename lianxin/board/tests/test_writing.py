"""Writing on the public column, and posters, over HTTP."""

import pytest
from django.conf import settings
from django.test import Client

from lianxin.board.models import Post
from lianxin.board.operations import correct_post, publish_post
from lianxin.core.clock import now
from lianxin.core.errors import NotAllowed, WrongState
from lianxin.core.qr import qr_uri
from lianxin.history import chain
from tests.cast import Cast, as_user
from tests.papers import sizes, words


def said(cast: Cast, **changes: str) -> dict[str, str]:
    words = {"key": cast.key(), "community": "north", "category": "fees", "title": "收费标准", "body": "每平方米1元。"}
    return words | changes


def test_an_office_publishes_corrects_and_takes_down(cast: Cast, client: Client) -> None:
    body = said(cast)
    as_user(client, cast, "clerk")
    assert client.post("/workspace/board/new/", body).status_code == 302
    assert client.post("/workspace/board/new/", body).status_code == 302
    post = Post.objects.get()
    url = f"/workspace/board/{post.code}/"
    assert "收费标准" in Client().get(f"/board/{post.code}/").content.decode()
    edit = {"version": "1", "category": "fees", "title": "新标准", "body": "每平方米2元。"}
    assert client.post(url, edit).status_code == 302
    stale = client.post(url, edit | {"title": "另一标准"})
    page = stale.content.decode()
    assert stale.status_code == 422 and "新标准" in page and "另一标准" in page and 'value="2"' in page
    assert client.post(url + "take-down/").status_code == 302
    assert Client().get(f"/board/{post.code}/").status_code == 404
    assert client.post(url + "take-down/").status_code == 409
    assert [e.code for e in chain.of(post)] == ["post.published", "post.corrected", "post.taken_down"]
    post.refresh_from_db()
    with pytest.raises(WrongState):
        correct_post(post, actor=cast.actor("clerk"), at=now(), version=post.version, values=edit)


def test_the_list_holds_ones_own_communities(cast: Cast, client: Client) -> None:
    for community, title in ((cast.north, "甲"), (cast.south, "乙"), (None, "丙")):
        publish_post(
            actor=cast.actor("city_officer"),
            at=now(),
            key=cast.key(),
            community=community,
            values={"category": "notice", "title": title, "body": "正文"},
        )
    office = as_user(client, cast, "clerk").get("/workspace/board/").content.decode()
    assert "甲" in office and "乙" not in office and "丙" not in office
    foreign = Post.objects.get(title="乙")
    assert client.get(f"/workspace/board/{foreign.code}/").status_code == 404
    city = as_user(client, cast, "city_officer").get("/workspace/board/", {"community": "-"}).content.decode()
    assert "丙" in city and "甲" not in city
    assert client.get("/workspace/board/", {"format": "xlsx"}).status_code == 200
    assert "No notice is found" in client.get("/workspace/board/", {"state": "down"}).content.decode()


def test_city_wide_notices_are_the_citys(cast: Cast, client: Client) -> None:
    assert as_user(client, cast, "clerk").post("/workspace/board/new/", said(cast, community="")).status_code == 422
    assert client.post("/workspace/board/new/", said(cast, community="south")).status_code == 422
    for name in ("clerk", "town_officer", "grid_worker", "admin"):
        with pytest.raises(NotAllowed):
            publish_post(
                actor=cast.actor(name),
                at=now(),
                key=cast.key(),
                community=None,
                values={"category": "notice", "title": "题", "body": "文"},
            )
    assert (
        as_user(client, cast, "city_officer").post("/workspace/board/new/", said(cast, community="")).status_code == 302
    )


def test_a_name_is_pointed_out_but_not_refused(cast: Cast, client: Client) -> None:
    body = said(cast, body="感谢居民张样例，帮了大忙。")
    page = as_user(client, cast, "clerk").post("/workspace/board/new/", body, follow=True).content.decode()
    assert "looks like a person" in page and Post.objects.count() == 1


@pytest.mark.parametrize("name", ["grid_worker", "liaison", "fitter", "housing_officer", "admin"])
def test_others_do_not_write(cast: Cast, client: Client, name: str) -> None:
    assert as_user(client, cast, name).get("/workspace/board/").status_code == 403


def test_posters_carry_the_place_of_each_grid(cast: Cast, client: Client) -> None:
    as_user(client, cast, "grid_worker")
    assert "North" in client.get("/workspace/posters/").content.decode()
    page = client.get("/workspace/posters/print/", {"community": "north", "which": "grids"}).content.decode()
    assert page.count('lx-poster"') == 2 and "0973-000-0001" in page
    for code in ("grid-1", "grid-2"):
        assert qr_uri(f"{settings.BASE_URL}/q/{code}/").replace("&", "&amp;").replace("'", "&#x27;") in page
    assert client.get("/workspace/posters/print/", {"community": "south", "which": "grids"}).status_code == 422


def test_the_posters_address_leads_to_asking(cast: Cast, client: Client) -> None:
    assert client.get("/q/grid-1/")["Location"].startswith("/ask/")


@pytest.mark.pdf
def test_posters_and_notices_are_drawn_on_a4_for_staff_and_notices_for_nobody_else(cast: Cast, client: Client) -> None:
    client.force_login(cast.users["clerk"])
    paper = client.get("/workspace/posters/print/", {"community": "north", "which": "grids", "format": "pdf"})
    assert sizes(paper.content) == [(210, 297)] * 2
    assert "Grid 1" in words(paper.content) and "0973-000-0001" in words(paper.content)
    values = {"category": "notice", "title": "停水通知", "title_en": "", "body": "周三上午停水。\n请提前备水。"}
    post = publish_post(actor=cast.actor("clerk"), at=now(), key="post", community=cast.north, values=values)
    address = f"/board/{post.code}/"
    notice = client.get(address, {"format": "pdf"})
    assert sizes(notice.content) == [(210, 297)]
    assert "停水通知" in words(notice.content) and address in words(notice.content)
    client.logout()
    assert client.get(address, {"format": "pdf"})["Content-Type"].startswith("text/html")
    assert "data:image/svg+xml" in client.get(address).content.decode()
