"""One's own account: name, language, password, tokens."""

import re

import pytest
from django.test import Client

from lianxin.accounts.models import ApiToken, User
from lianxin.core.clock import now
from lianxin.core.crypto import keyed_digest
from lianxin.core.errors import NotAllowed, WrongState
from lianxin.staffing import tokens
from tests.cast import PASSWORD, Cast

NEW = "another-long-password"
ASKED = {"name": "monthly report", "scopes": ["needs.read", "figures.read"], "days": "90"}


def made(cast: Cast, who: str, days: int = 30) -> ApiToken:
    wanted = {"name": "mine", "scopes": ["needs.read"], "days": days}
    return tokens.create_token(actor=cast.actor(who), at=now(), **wanted).token


def as_user(client: Client, cast: Cast, name: str) -> Client:
    user = cast.users[name]
    user.set_password(PASSWORD)
    user.save()
    client.force_login(user)
    client.cookies["lx_lang"] = "en"
    return client


def test_the_page_shows_my_posts(cast: Cast, client: Client) -> None:
    page = as_user(client, cast, "grid_worker").get("/workspace/account/").content.decode()
    assert "Grid worker" in page and "Grid 1" in page


def test_strangers_are_sent_to_the_log_in_page(client: Client, db: None) -> None:
    response = client.get("/workspace/account/")
    assert response.status_code == 302 and response["Location"].startswith("/login/")


def test_name_and_language_are_saved(cast: Cast, client: Client) -> None:
    body = {"name": "样例·改名", "name_en": "Sample", "language": "zh-hans"}
    response = as_user(client, cast, "clerk").post("/workspace/account/names/", body)
    assert response.status_code == 302 and response.cookies["lx_lang"].value == "zh-hans"
    assert User.objects.get(username="clerk").name == "样例·改名"


def test_a_new_password_keeps_this_session_and_ends_the_others(cast: Cast, client: Client) -> None:
    as_user(client, cast, "clerk")
    other = Client()
    other.force_login(cast.users["clerk"])
    body = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert client.post("/workspace/account/password/", body).status_code == 302
    assert client.get("/workspace/account/").status_code == 200
    assert other.get("/workspace/account/").status_code == 302


@pytest.mark.parametrize(
    ("old", "first", "second", "words"),
    [
        ("wrong", NEW, NEW, "not your present password"),
        (PASSWORD, NEW, "different", "not the same"),
        (PASSWORD, "short", "short", "too short"),
    ],
)
def test_a_password_that_will_not_do_is_refused_with_the_reason(
    cast: Cast, client: Client, old: str, first: str, second: str, words: str
) -> None:
    body = {"old_password": old, "new_password1": first, "new_password2": second}
    response = as_user(client, cast, "clerk").post("/workspace/account/password/", body)
    assert response.status_code == 422 and words in response.content.decode()


def test_a_token_is_shown_once_and_only_its_digest_is_kept(cast: Cast, client: Client) -> None:
    as_user(client, cast, "clerk").post("/workspace/account/tokens/", ASKED)
    page = client.get("/workspace/account/").content.decode()
    raw = re.findall(r'lx-code">(lx_[^<]+)<', page)[0]
    token = ApiToken.objects.get()
    assert token.digest == keyed_digest("token", raw) and raw.endswith(token.tail)
    assert (token.expires_at - token.created_at).days == 90 and token.scopes == ["figures.read", "needs.read"]
    assert raw not in client.get("/workspace/account/").content.decode()
    assert client.post(f"/workspace/account/tokens/{token.pk}/revoke/").status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_somebody_elses_token_is_out_of_reach(cast: Cast, client: Client) -> None:
    token = made(cast, "clerk_2")
    assert as_user(client, cast, "clerk").post(f"/workspace/account/tokens/{token.pk}/revoke/").status_code == 404
    with pytest.raises(NotAllowed):
        tokens.revoke_token(token, actor=cast.actor("clerk"), at=now())


def test_ten_tokens_are_enough(cast: Cast) -> None:
    for _turn in range(10):
        made(cast, "clerk")
    with pytest.raises(WrongState):
        made(cast, "clerk")
