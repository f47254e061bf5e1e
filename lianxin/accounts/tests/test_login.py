"""Logging in: by name, telephone or e-mail, in any case; guessing is throttled, no page without a post."""

import re

import pytest
from django.core.cache import cache
from django.test import Client

from lianxin.accounts.devices import family
from lianxin.accounts.names import find_user, normal_name, normal_phone, phone_digest, phone_fault
from lianxin.core.models import Tries
from tests.cast import PASSWORD, Cast

LOGIN = "/login/"


@pytest.fixture(autouse=True)
def _empty_cache(db: None) -> None:
    cache.clear()


def give_password(cast: Cast, name: str) -> None:
    cast.users[name].set_password(PASSWORD)
    cast.users[name].save()


def log_in(client: Client, name: str, password: str = PASSWORD, address: str = "10.0.0.1") -> int:
    client.cookies["lx_lang"] = "en"
    return client.post(LOGIN, {"username": name, "password": password}, REMOTE_ADDR=address).status_code


def test_a_clerk_logs_in_with_the_name_in_any_case_and_returns_to_the_page_asked_for(
    cast: Cast, client: Client
) -> None:
    give_password(cast, "clerk")
    response = client.get("/workspace/needs/")
    assert response.status_code == 302
    assert response["Location"] == "/login/?next=/workspace/needs/"
    page = client.get(response["Location"])
    assert page.status_code == 200
    done = client.post("/login/", {"username": "CLERK", "password": PASSWORD, "next": "/workspace/needs/"})
    assert done["Location"] == "/workspace/needs/"
    assert client.get("/workspace/needs/").status_code == 200


@pytest.mark.parametrize(
    "typed",
    ["Clerk@Example.org", " clerk@example.org ", "0973-872 1234", "+86 09738721234", "０９７３8721234", "ＣＬＥＲＫ"],
)
def test_e_mail_and_telephone_open_the_same_account_however_they_are_written(
    cast: Cast, client: Client, typed: str
) -> None:
    user = cast.users["clerk"]
    user.email, user.phone, user.phone_digest = "clerk@example.org", "09738721234", phone_digest("09738721234")
    give_password(cast, "clerk")
    assert log_in(client, typed) == 302
    assert client.session["_auth_user_id"] == str(user.pk)


def test_the_telephone_is_encrypted_and_found_by_a_keyed_digest_alone(cast: Cast) -> None:
    from django.db import connection

    user = cast.users["clerk"]
    user.phone, user.phone_digest = "13800000000", phone_digest("13800000000")
    user.save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone, phone_digest FROM accounts_user WHERE id = %s", [user.pk])
        assert "13800000000" not in str(cursor.fetchone())
    assert find_user("+86 138 0000 0000") == user
    assert find_user("13800000001") is None and find_user("") is None and find_user("a\x00b") is None


@pytest.mark.parametrize(
    ("typed", "digits"),
    [("138 0000 0000", "13800000000"), ("0086-13800000000", "13800000000"), ("123", ""), ("clerk", ""), ("1" * 20, "")],
)
def test_what_reads_like_a_telephone_number(typed: str, digits: str) -> None:
    assert normal_phone(typed) == digits


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("139000012", "missing"),
        ("1390000123", "missing"),
        ("+86 139-0000-0123 4", "many"),
        ("１３９ ００００ ０１２", "missing"),
        ("13900001234", ""),
        ("0086 139 0000 1234", ""),
        ("8722123", ""),
        ("0973-8722123", ""),
        ("(0973) 872 2123", ""),
        ("+1 415 555 0123 45", ""),
        ("12345", ""),
        ("13900001234转8", ""),
        ("", ""),
    ],
)
def test_a_mobile_number_with_a_digit_too_few_or_too_many_is_told(typed: str, said: str) -> None:
    assert (said in phone_fault(typed)) if said else phone_fault(typed) == ""


def test_spellings_that_a_database_could_take_for_one_name_count_together() -> None:
    assert {normal_name(t) for t in ("clerkſ", "CLERKS", " clerks", "ｃｌｅｒｋｓ")} == {"clerks"}
    assert normal_name("clerı") == normal_name("CLERI")


def test_a_user_name_goes_before_an_address_that_reads_the_same(cast: Cast) -> None:
    cast.users["admin"].email = "clerk"
    cast.users["admin"].save()
    assert find_user("clerk") == cast.users["clerk"]


def test_whether_a_name_exists_is_not_told(cast: Cast) -> None:
    give_password(cast, "clerk")
    pages = []
    for name in ("clerk", "stranger"):
        client = Client()
        client.cookies["lx_lang"] = "en"
        page = client.post(LOGIN, {"username": name, "password": "wrong"}, REMOTE_ADDR="10.0.0.1")
        assert page.status_code == 422
        text = page.content.decode().replace(name, "x")
        assert "do not belong together" in text
        pages.append(re.sub(r'csrfmiddlewaretoken" value="[^"]*"', "", text))
    assert pages[0] == pages[1]


@pytest.mark.parametrize("name", ["clerk", "nobody"])
def test_an_unknown_name_is_hashed_like_a_wrong_password(
    cast: Cast, client: Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_password(cast, "clerk")
    from django.contrib.auth.hashers import Argon2PasswordHasher

    hashed: list[str] = []
    was = Argon2PasswordHasher.encode
    monkeypatch.setattr(Argon2PasswordHasher, "encode", lambda s, p, salt: hashed.append("e") or was(s, p, salt))
    checked = Argon2PasswordHasher.verify
    monkeypatch.setattr(Argon2PasswordHasher, "verify", lambda s, p, e: hashed.append("v") or checked(s, p, e))
    log_in(client, name, "wrong")
    assert len(hashed) == 1


def test_five_wrong_tries_lock_the_name_even_for_the_right_password(cast: Cast, client: Client) -> None:
    give_password(cast, "clerk")
    for i in range(5):
        assert log_in(client, "clerk", "wrong", f"10.0.0.{i}") == 422
    client.cookies["lx_lang"] = "en"
    right = client.post(LOGIN, {"username": "clerk", "password": PASSWORD}, REMOTE_ADDR="10.0.0.9")
    assert right.status_code == 429 and 0 < int(right["Retry-After"]) <= 900
    assert "Please wait 15 minutes" in right.content.decode()


def test_a_device_where_one_logged_in_before_gets_in_while_others_guess_and_counts_its_own(cast: Cast) -> None:
    give_password(cast, "clerk")
    own, elsewhere = Client(), Client()
    assert log_in(own, "clerk") == 302
    own.post("/logout/")
    for i in range(10):
        log_in(elsewhere, "clerk", "wrong", f"10.0.1.{i}")
    assert log_in(elsewhere, "clerk", PASSWORD, "10.0.2.1") == 429
    assert log_in(own, "clerk") == 302
    own.post("/logout/")
    assert [log_in(own, "clerk", "wrong") for _ in range(11)] == [422] * 10 + [429]
    assert log_in(own, "clerk") == 429


def test_a_device_cookie_is_worth_nothing_for_another_name_or_when_it_was_made_up(cast: Cast) -> None:
    give_password(cast, "clerk")
    give_password(cast, "admin")
    own = Client()
    assert log_in(own, "clerk") == 302
    for i in range(5):
        log_in(Client(), "admin", "wrong", f"10.0.1.{i}")
    assert log_in(own, "admin") == 429
    liar = Client()
    liar.cookies["lx_device"] = own.cookies["lx_device"].value[:-3] + "abc"
    assert log_in(liar, "admin") == 429


def test_thirty_wrong_tries_lock_the_address_for_other_names_too(cast: Cast) -> None:
    give_password(cast, "clerk")
    for i in range(30):
        assert log_in(Client(), f"nobody{i}", "wrong") == 422
    assert log_in(Client(), "clerk") == 429
    assert log_in(Client(), "clerk", address="10.1.1.1") == 302


def test_all_addresses_of_one_ipv6_connection_count_together(cast: Cast) -> None:
    for i in range(30):
        assert log_in(Client(), f"nobody{i}", "wrong", f"2001:db8:1:2:{i:x}::1") == 422
    assert log_in(Client(), "one-more", "wrong", "2001:db8:1:2:ffff::9") == 429
    assert log_in(Client(), "one-more", "wrong", "2001:db8:1:3::1") == 422


def test_a_right_password_is_not_counted(cast: Cast, client: Client) -> None:
    give_password(cast, "clerk")
    for _ in range(7):
        assert log_in(Client(), "clerk") == 302
    assert sum(Tries.objects.values_list("number", flat=True)) == 0


def test_an_inactive_user_and_one_whose_post_has_ended_get_no_page(cast: Cast, client: Client) -> None:
    user = cast.users["clerk"]
    client.force_login(user)
    appointment = user.appointments.get()
    appointment.from_on = appointment.to_on = appointment.from_on.replace(year=2025)
    appointment.save()
    assert client.get("/workspace/").status_code == 403
    user.is_active = False
    user.save()
    assert client.get("/workspace/").status_code == 302


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120 Safari/537.36 Edg/120", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit Chrome/120 Mobile Safari MicroMessenger/8", "WeChat, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17 like Mac OS X) Version/17 Safari/604.1", "Safari, iOS"),
        ("curl/8", ""),
    ],
)
def test_a_browser_is_named_by_its_family_alone(agent: str, said: str) -> None:
    assert family(agent) == said
