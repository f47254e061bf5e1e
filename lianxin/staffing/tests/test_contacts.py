"""E-mail address and work telephone: changed with the password, each for one account, never in history."""

import pytest
from django.test import Client

from lianxin.accounts.models import User
from lianxin.history import chain
from lianxin.staffing.tests.test_factors import browser, log_in, password_of
from tests.cast import PASSWORD, Cast

CONTACTS = "/workspace/account/security/contacts/"


@pytest.fixture
def clerk(cast: Cast) -> Client:
    password_of(cast, "clerk")
    client = browser()
    log_in(client, "clerk")
    return client


def said(**changes: str) -> dict[str, str]:
    return {"email": "Clerk@example.org", "phone": "138 0000 0000", "password": PASSWORD} | changes


def test_one_changes_them_with_the_password_and_logs_in_with_them(cast: Cast, clerk: Client) -> None:
    assert clerk.post(CONTACTS, said(password="wrong")).status_code == 422
    assert clerk.post(CONTACTS, said()).status_code == 302
    user = User.objects.get(username="clerk")
    assert (user.email, user.phone) == ("Clerk@example.org", "138 0000 0000")
    for typed in ("13800000000", "clerk@EXAMPLE.org"):
        answer = browser().post("/login/", {"username": typed, "password": PASSWORD})
        assert answer.status_code == 302
    entry = chain.of(user)[-1]
    assert (entry.code, entry.params) == ("user.corrected", {"fields": ["email", "phone"]})
    page = clerk.get("/workspace/account/security/").content.decode()
    assert "138 0000 0000" in page
    # Those who look after the person read the address, not the number.
    chief = browser()
    chief.force_login(cast.users["town_officer"])
    seen = chief.get("/workspace/staff/people/clerk/").content.decode()
    assert "138 0000 0000" not in seen


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"phone": "+86 13900000000"}, "with this number"),
        ({"email": "OTHER@example.org"}, "with this address"),
        ({"phone": "call me"}, "digits only"),
    ],
)
def test_what_belongs_to_another_account_or_is_no_number_is_refused(
    cast: Cast, clerk: Client, changes: dict[str, str], words: str
) -> None:
    password_of(cast, "admin")
    other = browser()
    log_in(other, "admin")
    assert other.post(CONTACTS, said(email="other@example.org", phone="13900000000")).status_code == 302
    refused = clerk.post(CONTACTS, said(**changes))
    assert refused.status_code == 422 and words in refused.content.decode()


def test_they_are_emptied_again(cast: Cast, clerk: Client) -> None:
    clerk.post(CONTACTS, said())
    assert clerk.post(CONTACTS, said(email="", phone="")).status_code == 302
    user = User.objects.get(username="clerk")
    assert (user.email, user.phone, user.phone_digest) == ("", "", "")


def test_an_invitation_brings_them_and_no_user_name_reads_like_a_number(cast: Cast, clerk: Client) -> None:
    body = {
        "key": cast.key(),
        "username": "13700000000",
        "name": "样例",
        "email": "new@example.org",
        "phone": "137 0000 0000",
        "post": f"grid_worker:{cast.grid_2.pk}",
    }
    refused = clerk.post("/workspace/staff/invite/", body)
    assert refused.status_code == 422 and "read like a telephone number" in refused.content.decode()
    assert clerk.post("/workspace/staff/invite/", body | {"username": "newcomer"}).status_code == 302
    user = User.objects.get(username="newcomer")
    assert user.phone == "137 0000 0000" and user.phone_digest
