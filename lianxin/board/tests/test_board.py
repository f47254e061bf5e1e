"""The public column over HTTP."""

from datetime import date, timedelta
from typing import Any

from django.test import Client

from lianxin.board.models import Post
from tests.cast import START, Cast


def post(code: str, **changes: Any) -> Post:
    said = {
        "title": f"通知 {code}",
        "title_en": f"Notice {code}",
        "category": "notice",
        "body": "正文第一段。\n\n正文第二段。",
        "published_on": date(2026, 3, 1),
    }
    return Post.objects.create(code=code, **(said | changes))


def test_the_column_is_filtered_by_community_category_and_words(cast: Cast, client: Client) -> None:
    post("a", community=cast.north, category="fees", body="物业费标准")
    post("b", community=cast.south)
    post("c")
    for query, codes in {
        "": {"a", "b", "c"},
        "community=north": {"a"},
        "category=fees": {"a"},
        "category=nothing": {"a", "b", "c"},
        "q=物业费": {"a"},
        "q=通知 b": {"b"},
        "community=north&q=通知 b": set(),
    }.items():
        rows = client.get(f"/board/?{query}").context["page"].rows
        assert {p.code for p in rows} == codes, query


def test_what_was_taken_down_is_gone(cast: Cast, client: Client) -> None:
    post("a", taken_down_at=START)
    assert client.get("/board/a/").status_code == 404
    assert not client.get("/board/").context["page"].rows


def test_a_post_reads_in_paragraphs_and_never_as_markup(cast: Cast, client: Client) -> None:
    post("a", body="<script>alert(1)</script>\n\n第二段", title="<b>粗</b>")
    page = client.get("/board/a/").content.decode()
    assert "<script>alert" not in page and "<b>粗" not in page
    assert "<p>第二段</p>" in page


def test_pages_of_the_column_meet_without_gap_or_double(cast: Cast, client: Client) -> None:
    for i in range(45):
        post(f"p{i}", published_on=date(2026, 3, 1) + timedelta(days=i // 3))
    seen: list[str] = []
    address = "/board/"
    while address:
        page = client.get(address).context["page"]
        seen += [p.code for p in page.rows]
        address = f"/board/?after={page.next}" if page.next else ""
    assert len(seen) == len(set(seen)) == 45


def test_the_column_costs_the_same_for_one_post_and_for_many(
    cast: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    for i in range(25):
        post(f"p{i}", community=cast.north)
    with django_assert_max_num_queries(6):
        client.get("/board/")
