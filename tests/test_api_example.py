"""The example of the guide runs as it stands, as a program of its own, against a server that listens."""

import subprocess
import sys
from typing import Any

import pytest

from lianxin.needs.models import Need
from lianxin.needs.tests.api_caller import token_of
from lianxin.settings import PACKAGE
from tests.cast import build

EXAMPLE = PACKAGE.parent / "examples" / "api" / "file_and_follow.py"


@pytest.mark.parametrize("who", ["", "clerk"])
@pytest.mark.django_db(transaction=True)
def test_the_example_files_follows_and_withdraws(live_server: Any, who: str) -> None:
    cast = build()
    token = [token_of(cast, who)] if who else []
    command = [sys.executable, "-I", str(EXAMPLE), live_server.url, "north", *token]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    number = Need.objects.get().number
    said = done.stdout.splitlines()
    assert said[:2] == [f"Filed {number} and sent twice: one need", said[1]]
    assert said[1].startswith("It is filed and I may ") and "withdraw" in said[1]
    assert said[2:5] == ["Asked again: nothing new", said[3], "It is withdrawn"]
    assert said[3].startswith("Refused: stale - now version ")
    assert said[5:] == (["Needs I see: 1"] if who else [])


def test_the_guide_shows_how_to_run_it() -> None:
    guide = (PACKAGE.parent / "docs" / "api.md").read_text(encoding="utf-8")
    assert "python examples/api/file_and_follow.py http://127.0.0.1:8000 longwu-street" in guide
