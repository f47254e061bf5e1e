"""Fixtures for every test."""

from typing import Any

import pytest
from django.conf import settings
from django.utils import translation

from lianxin.core.management.commands.translations import compile_catalogue
from lianxin.core.rates import COUNTER
from tests import cast as casting

# Begun first, longest first, so that no worker waits at the end for another one.
LONG = (
    *("test_pipeline_walk.py", "test_api_fuzz.py", "test_permissions.py", "test_backup.py", "test_guessing.py"),
    *("test_holding.py", "test_cursors.py", "test_two_cities.py", "test_eighteen_wishes.py", "test_bombs.py"),
    *("test_search.py", "test_races.py"),
)
# What these test is not the database's, or they ask both themselves: one of the two is enough (tests/run.sh).
EITHER = (
    *("test_permissions.py", "test_guessing.py", "test_cursors.py", "test_bombs.py", "test_search.py", "test_docs.py"),
    *("test_translations.py", "test_login.py", "test_factors.py", "test_new_keys.py", "test_slips.py", "test_pdf.py"),
    *("test_api_tokens.py", "test_api_tags.py", "test_public.py", "test_desk.py"),
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sorts the files that take long to the front, and marks what either database answers for."""
    for item in items:
        if item.path.name in EITHER:
            item.add_marker("either")
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.fixture(scope="session", autouse=True)
def _compiled_catalogue() -> None:
    """Chinese pages are Chinese in a fresh checkout too."""
    compile_catalogue(only_when_old=True)


@pytest.fixture(autouse=True)
def _calls_are_counted_anew() -> None:
    """A process remembers who called the API in this minute; the tests' callers have the same keys."""
    COUNTER.forget()


@pytest.fixture
def cast(db: None) -> casting.Cast:
    """A small city with its people."""
    return casting.build()


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    """Pages are rendered without collecting static files first."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(autouse=True)
def one_language() -> None:
    """Each test begins in the default language, whatever a request of the one before chose."""
    translation.activate(settings.LANGUAGE_CODE)
