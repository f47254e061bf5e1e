"""Addresses of many things of one sort, for lists: Django's `reverse` costs as much as a row."""

from functools import cache
from urllib.parse import quote

from django.urls import reverse


@cache
def _around(page: str) -> tuple[str, str]:
    before, after = reverse(page, args=["KEY"]).rsplit("KEY", 1)
    return before, after


def address(page: str, key: str) -> str:
    """What `reverse(page, args=[key])` says, for a page whose address holds one key."""
    before, after = _around(page)
    return f"{before}{quote(key)}{after}"
