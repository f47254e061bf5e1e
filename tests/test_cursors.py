"""Made-up places to read on from: every list begins at its first page, or says what it wants."""

import base64
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from lianxin.core.clock import now
from lianxin.core.paging import COUNT_CAP, by_key, decode, encode
from lianxin.needs.tests.api_caller import Caller
from lianxin.notifications.models import Notice
from tests.cast import Cast
from tests.test_permissions import PAGES, ROLES, pages


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


MADE_UP = {
    "deep": cursor("[" * 3_000),
    "deep in a list": cursor('["x", ' + "[" * 3_000),
    "half a sign": cursor('["\\ud800", 1]'),
    "NUL": cursor('["\\u0000", 1]'),
    "no number at all": cursor("[1e400, 1]"),
    "a number of 4,000 digits": cursor(f"[{'9' * 4_000}, 1]"),
    "a number of 5,000 digits": cursor(f"[{'9' * 5_000}, 1]"),
    "after the last day": cursor('["9999-12-31T23:59:59-14:00", 1]'),
    "before the first day": cursor('["0001-01-01T00:00:00+14:00", 1]'),
    "a thing": cursor("[{}, 1]"),
    "nothing": cursor("[null, true]"),
    "a count of words": cursor('["x", 1, "many"]'),
    "a count beyond counting": cursor('["x", 1, 1e400]'),
    "a count that nobody counts to": cursor(f"[{'9' * 30}, 1, {'9' * 30}]"),
    "too much": cursor('["x", 1, 2, 3]'),
    "no text": "gP8",
    "no cursor": "é",
}


@pytest.mark.parametrize("role", ["public", "grid_worker", "office", "admin", "liaison"])
def test_no_list_fails_on_a_cursor_that_somebody_made_up(cast: Cast, role: str) -> None:
    client = Client(raise_request_exception=False)
    if user := ROLES[role]:
        client.force_login(cast.users[user])
    failed, lists = [], 0
    for name, pattern in pages():
        address = "/" + str(pattern.pattern).rstrip("$") if not pattern.pattern.converters else ""
        if not address or role not in PAGES[name].split():
            continue
        answer = client.get(address)
        if answer.status_code != 200 or not answer.context or "page" not in answer.context:
            continue
        lists += 1
        for sort in {"", *re.findall(r"[?&;]sort=-?(\w+)", answer.content.decode())}:
            for what, text in MADE_UP.items():
                for way in ("after", "before"):
                    if client.get(address, {way: text, "sort": sort}).status_code >= 500:
                        failed.append(f"{address} {way} {what}, sorted by {sort or 'itself'}")
    assert failed == []
    assert lists >= 3


def test_a_cursor_of_ours_is_read_however_long_its_words() -> None:
    assert decode(encode(["安" * 200, 7])) == ["安" * 200, 7]
    assert [decode(text) for what, text in MADE_UP.items() if "deep" in what or what == "half a sign"] == [None] * 3


@pytest.mark.django_db
def test_only_the_first_page_counts(cast: Cast, django_assert_num_queries: Any) -> None:
    at = now()
    Notice.objects.bulk_create(
        Notice(code="x", url="/", user=cast.users["clerk"], at=at + timedelta(minutes=n)) for n in range(COUNT_CAP + 5)
    )
    rows = Notice.objects.all()
    asked: dict[str, Any] = {"field": "at", "descending": True, "size": 50, "counted": True}
    with django_assert_num_queries(2):
        first = by_key(rows, **asked)
    with django_assert_num_queries(1):
        second = by_key(rows, after=first.next, **asked)
    with django_assert_num_queries(1):
        back = by_key(rows, before=second.previous, **asked)
    assert [page.count_text for page in (first, second, back)] == ["1,000+"] * 3
    with django_assert_num_queries(1):
        assert by_key(rows.filter(pk=first.rows[0].pk), **asked).count_text == "1"
    assert by_key(rows, field="at", descending=True, size=50).count is None
    assert [decode(cursor(f'["x", 1, {count}]')) for count in (-1, COUNT_CAP + 2)] == [None, None]


def test_the_api_takes_every_cursor_that_it_gives(cast: Cast) -> None:
    longest = encode(["𠮷" * 120, 2**63 - 1])
    answer = Caller(cast, "clerk").get("/organisations", after=longest)
    assert (answer.status_code, answer.json()["next"]) == (200, "")
