"""Fixtures for every test."""

import pytest

from tests import cast as casting


@pytest.fixture
def cast(db: None) -> casting.Cast:
    """A small city with its people."""
    return casting.build()
