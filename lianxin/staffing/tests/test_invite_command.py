"""`lianxin invite`: how the first administrator of a new city gets in."""

import io

import pytest
from django.core.management import CommandError, call_command

from lianxin.history.models import Entry
from tests.cast import Cast


def test_the_code_it_prints_sets_a_password(cast: Cast, client: object) -> None:
    out = io.StringIO()
    call_command("invite", "ADMIN", stdout=out)
    code = out.getvalue().split()[1]
    said = {"code": code, "password": "a-long-sample-password", "again": "a-long-sample-password"}
    page = client.get("/invited/")  # type: ignore[attr-defined]
    names = list(page.context["form"].fields)
    answer = client.post("/invited/", dict(zip(names, said.values(), strict=True)))  # type: ignore[attr-defined]
    assert answer.status_code == 302
    cast.users["admin"].refresh_from_db()
    assert cast.users["admin"].check_password("a-long-sample-password")
    assert Entry.objects.filter(object_key="user:admin", code="user.invited_again", role="system").exists()


def test_an_unknown_user_is_named(cast: Cast) -> None:
    with pytest.raises(CommandError, match="nobody"):
        call_command("invite", "nobody")
