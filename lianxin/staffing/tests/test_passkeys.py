"""Passkeys over HTTP with a security key in software: making, logging in as second and as only step, removing."""

import base64
import json
from typing import Any

import pytest
from django.test import Client

from lianxin.accounts.models import Passkey, RecoveryCode
from lianxin.history import chain
from lianxin.staffing.tests.soft_key import SoftKey
from lianxin.staffing.tests.test_factors import SECURITY, log_in, password_of, require
from tests.cast import PASSWORD, Cast

MAKE, ADD = SECURITY + "passkeys/ask/", SECURITY + "passkeys/add/"
QUESTION, ENTER = "/login/passkey/question/", "/login/passkey/"


def browser() -> Client:
    client = Client(SERVER_NAME="localhost")
    client.cookies["lx_lang"] = "en"
    return client


def send(client: Client, address: str, said: Any) -> Any:
    return client.post(address, json.dumps(said), content_type="application/json")


def make(client: Client, key: SoftKey, name: str = "my phone") -> Any:
    question = client.post(MAKE, {"name": name, "password": PASSWORD})
    assert question.status_code == 200, question.content.decode()
    return send(client, ADD, key.make(question.json()))


@pytest.fixture
def with_key(cast: Cast) -> tuple[Cast, SoftKey, Client]:
    password_of(cast, "clerk")
    client, key = browser(), SoftKey()
    assert log_in(client, "clerk").status_code == 302
    assert make(client, key).json() == {"next": SECURITY + "codes/"}
    return cast, key, client


def enter(client: Client, key: SoftKey, **query: str) -> Any:
    """Log in with a passkey alone."""
    question = client.post(QUESTION)
    address = ENTER + ("?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else "")
    return send(client, address, key.show(question.json()))


def second(client: Client, key: SoftKey) -> Any:
    """Show a passkey after the password."""
    question = client.post(QUESTION, {"second": "1"})
    return send(client, ENTER + "?second=1", key.show(question.json()))


def test_a_passkey_is_made_with_a_name_and_only_its_public_half_is_kept(with_key: Any) -> None:
    cast, key, client = with_key
    kept = Passkey.objects.get()
    assert (kept.user, kept.name, kept.counter) == (cast.users["clerk"], "my phone", 1)
    raw = base64.b64decode(kept.credential)
    assert key.id in raw and key.private.private_numbers().private_value.to_bytes(32, "big") not in raw
    assert client.get(SECURITY + "codes/").content.decode().count('class="lx-code"') == 10
    assert "my phone" in client.get(SECURITY).content.decode()
    said = [(e.code, e.params) for e in chain.of(cast.users["clerk"])]
    assert said == [("factor.passkey_added", {"passkey": kept.digest[:12]})]


def test_several_passkeys_share_the_recovery_codes(with_key: Any) -> None:
    _cast, _key, client = with_key
    codes = set(RecoveryCode.objects.values_list("digest", flat=True))
    assert make(client, SoftKey(), "the office").json() == {"next": SECURITY}
    assert Passkey.objects.count() == 2
    assert set(RecoveryCode.objects.values_list("digest", flat=True)) == codes


def test_a_passkey_is_the_second_step(with_key: Any) -> None:
    _cast, key, _client = with_key
    client = browser()
    assert log_in(client, "clerk", "/workspace/needs/")["Location"] == "/login/second/"
    assert "data-passkey" in client.get("/login/second/").content.decode()
    assert second(client, key).json() == {"next": "/workspace/needs/"}
    assert client.get("/workspace/needs/").status_code == 200


def test_a_passkey_that_checks_its_holder_is_the_only_step(with_key: Any) -> None:
    _cast, key, _client = with_key
    client = browser()
    assert "passkeys.js" in client.get("/login/").content.decode()
    assert enter(client, key, next="/workspace/staff/").json() == {"next": "/workspace/staff/"}
    assert client.get("/workspace/staff/").status_code == 200
    elsewhere = enter(browser(), key, next="https://evil.example/")
    assert elsewhere.json() == {"next": "/workspace/"}


def test_one_that_does_not_check_its_holder_is_no_only_step(with_key: Any) -> None:
    _cast, key, _client = with_key
    key.verifies = False
    assert enter(browser(), key).status_code == 422
    client = browser()
    log_in(client, "clerk")
    assert second(client, key).status_code == 200


def test_a_counter_that_does_not_grow_is_refused(with_key: Any) -> None:
    _cast, key, _client = with_key
    assert enter(browser(), key).status_code == 200
    key.counter -= 1
    copied = enter(browser(), key)
    assert copied.status_code == 422 and "copied" in copied.json()["words"]
    key.counter += 5
    assert enter(browser(), key).status_code == 200


def test_a_key_without_a_counter_works_again_and_again(cast: Cast) -> None:
    password_of(cast, "clerk")
    client, key = browser(), SoftKey(counts=False)
    log_in(client, "clerk")
    make(client, key)
    for _ in range(2):
        assert enter(browser(), key).status_code == 200


def test_an_answer_is_good_for_one_question_of_the_same_browser(with_key: Any) -> None:
    _cast, key, _client = with_key
    client = browser()
    answer = key.show(client.post(QUESTION).json())
    assert send(browser(), ENTER, answer).status_code == 422
    assert send(client, ENTER, answer).status_code == 200
    assert send(client, ENTER, answer).status_code == 422
    late = key.show(client.post(QUESTION).json())
    client.post(QUESTION)
    assert send(client, ENTER, late).status_code == 422


@pytest.mark.parametrize("wrong", ["signature", "origin", "host", "unknown", "other", "closed", "rubbish", "list"])
def test_what_does_not_fit_opens_nothing(with_key: Any, wrong: str) -> None:
    cast, key, _client = with_key
    client = browser()
    question = client.post(QUESTION).json()
    if wrong == "origin":
        key.origin = "http://localhost.evil.example"
    if wrong == "host":
        question["publicKey"]["rpId"] = "evil.example"
    if wrong == "unknown":
        key = SoftKey()
    answer: Any = key.show(question)
    if wrong == "signature":
        answer["response"]["signature"] = SoftKey().show(question)["response"]["signature"]
    if wrong == "other":
        answer["rawId"] = answer["id"] = "AAAA"
    if wrong == "closed":
        cast.users["clerk"].is_active = False
        cast.users["clerk"].save(update_fields=["is_active"])
    if wrong == "rubbish":
        answer["response"] = {"clientDataJSON": "e30", "authenticatorData": "", "signature": None}
    if wrong == "list":
        answer = [answer]
    refused = send(client, ENTER, answer)
    assert refused.status_code == 422 and refused.json()["words"]
    assert "_auth_user_id" not in client.session


def test_somebody_elses_passkey_is_no_second_step(with_key: Any) -> None:
    cast, key, _client = with_key
    password_of(cast, "admin")
    theirs, own = browser(), SoftKey()
    log_in(theirs, "admin")
    make(theirs, own)
    client = browser()
    log_in(client, "clerk")
    assert second(client, own).status_code == 422
    # Nor does an answer to the open question do for the second step.
    answer = key.show(client.post(QUESTION).json())
    assert send(client, ENTER + "?second=1", answer).status_code == 422


def test_making_one_needs_the_password_a_name_and_an_answer_that_fits(cast: Cast) -> None:
    password_of(cast, "clerk")
    client = browser()
    log_in(client, "clerk")
    assert client.post(MAKE, {"name": "x", "password": "wrong"}).status_code == 422
    assert client.post(MAKE, {"name": "", "password": PASSWORD}).status_code == 422
    assert send(client, ADD, {"id": "x"}).status_code == 422
    key = SoftKey(origin="http://evil.example")
    assert make(client, key).status_code == 422
    assert not Passkey.objects.exists()


def test_a_passkey_of_one_account_is_not_bound_to_another(with_key: Any) -> None:
    cast, key, _client = with_key
    password_of(cast, "admin")
    client = browser()
    log_in(client, "admin")
    assert "already" in make(client, key).json()["words"]


def test_a_passkey_is_removed_with_the_password_and_by_its_holder_alone(with_key: Any) -> None:
    cast, key, client = with_key
    page = f"{SECURITY}passkeys/{Passkey.objects.get().pk}/remove/"
    password_of(cast, "admin")
    other = browser()
    log_in(other, "admin")
    assert other.get(page).status_code == 404
    assert client.get(page).status_code == 200
    assert client.post(page, {"password": "wrong"}).status_code == 422
    assert client.post(page, {"password": PASSWORD}).status_code == 302
    assert not Passkey.objects.exists() and not RecoveryCode.objects.exists()
    assert enter(browser(), key).status_code == 422
    assert log_in(browser(), "clerk")["Location"] == "/workspace/"


def test_where_it_is_required_a_passkey_does_and_the_last_one_stays(cast: Cast) -> None:
    require()
    password_of(cast, "clerk")
    client, key = browser(), SoftKey()
    log_in(client, "clerk")
    make(client, key)
    assert client.get("/workspace/").status_code == 200
    page = f"{SECURITY}passkeys/{Passkey.objects.get().pk}/remove/"
    assert b"The city requires" in client.post(page, {"password": PASSWORD}).content


def test_on_a_bare_number_no_passkey_is_offered(cast: Cast) -> None:
    password_of(cast, "clerk")
    client = Client(SERVER_NAME="127.0.0.1")
    client.cookies["lx_lang"] = "en"
    assert "data-passkey=" not in client.get("/login/").content.decode()
    log_in(client, "clerk")
    assert "https" in client.get(SECURITY + "factor/").content.decode()
    assert client.post(MAKE, {"name": "x", "password": PASSWORD}).status_code == 422
    assert client.post(QUESTION).status_code == 422
