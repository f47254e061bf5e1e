"""Pages in English, so that tests read what is written in the code."""

import pytest
from django.test import Client

from tests.cast import Cast


class Pages:
    """A browser in which each of the cast logs in by name."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast

    def of(self, name: str) -> Client:
        client = Client(headers={"Accept-Language": "en"})
        client.force_login(self.cast.users[name])
        return client


@pytest.fixture
def pages(cast: Cast) -> Pages:
    """`pages.of("clerk")` is the clerk's browser."""
    return Pages(cast)
