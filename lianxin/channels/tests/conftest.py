"""The outside on loopback, and a city that is set up to reach it."""

from collections.abc import Iterator
from typing import Any

import pytest

from lianxin.channels.tests import outside


@pytest.fixture(autouse=True)
def _a_run_takes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits by the minute count from the story's times, however slow the machine."""
    monkeypatch.setattr("lianxin.channels.jobs.monotonic", lambda: 0.0)


@pytest.fixture
def services(settings: Any) -> Iterator[outside.Services]:
    """A server in the place of WeCom, DingTalk and Feishu, and of SMS gateways."""
    with outside.services() as kept:
        settings.NOTICES_RELAY = kept.url
        settings.BASE_URL = "https://lianxin.example"
        yield kept


@pytest.fixture
def mail(settings: Any) -> Iterator[outside.MailServer]:
    """A mail server."""
    settings.BASE_URL = "https://lianxin.example"
    with outside.mail_server() as kept:
        yield kept
