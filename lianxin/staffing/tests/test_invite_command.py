"""`lianxin invite`: how the first administrator of a new city gets in."""

import io

import pytest
from django.core.management import CommandError, call_command

from lianxin.core.clock import now
from lianxin.core.errors import NotAllowed
from lianxin.history.models import Entry
from lianxin.staffing.resets import take_factors_off
from lianxin.staffing.tests.test_factors import browser, log_in, password_of, set_up
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


def test_an_administrator_without_the_phone_gets_in_by_the_server_alone(cast: Cast) -> None:
    password_of(cast, "admin")
    client = browser()
    log_in(client, "admin")
    set_up(client)
    with pytest.raises(NotAllowed):
        take_factors_off(cast.users["admin"], actor=cast.actor("city_officer"), at=now())
    out = io.StringIO()
    call_command("invite", "admin", "--without-factors", stdout=out)
    assert client.get("/workspace/").status_code == 302
    body = {"code": out.getvalue().split()[1], "new_password1": "another-long-one", "new_password2": "another-long-one"}
    assert browser().post("/invited/", body)["Location"] == "/workspace/"
    assert Entry.objects.filter(object_key="user:admin", code="factor.all_taken_off", role="system").exists()
