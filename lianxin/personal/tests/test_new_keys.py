"""Another key: everything goes on while the old ones are named, and after `lianxin reencrypt` without them."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from lianxin.accounts.actors import SYSTEM
from lianxin.accounts.models import ApiToken, Invitation, User
from lianxin.accounts.names import find_user
from lianxin.core.errors import NotAllowed
from lianxin.core.models import SentForm
from lianxin.needs.models import Need
from lianxin.needs.queries import need_by_code
from lianxin.personal import new_keys
from lianxin.staffing.operations import renew_invitation
from lianxin.staffing.tests.test_factors import browser, log_in, password_of, set_up
from lianxin.staffing.tokens import create_token
from tests.cast import PASSWORD, Cast

CONTACTS = "/workspace/account/security/contacts/"
OLD, NEW, OTHER = "the old one", "the new one", "a third one"


@pytest.fixture
def keys(settings: Any) -> Callable[..., None]:
    """Sets the server's keys; the city begins with the old ones."""

    def set_keys(*, field: str = f"field {OLD}", secret: str = OLD, before: tuple[str, ...] = ()) -> None:
        settings.FIELD_KEY, settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = field, secret, list(before)

    set_keys()
    return set_keys


def reencrypt() -> str:
    out = io.StringIO()
    call_command("reencrypt", stdout=out)
    return out.getvalue()


def with_contact(cast: Cast) -> tuple[Need, str]:
    """A need with a contact, and its tracking code."""
    filed = cast.file(name="样例居民", phone="13712345678", place_detail="二楼东户")
    assert filed.code
    return Need.objects.get(pk=filed.need_id), filed.code


def contact(need: Need) -> tuple[str, str, str]:
    found = Need.objects.get(pk=need.pk)
    return found.asker_name, found.asker_phone, found.place_detail


def stored(table: str, column: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} ORDER BY 1")
        return [row[0] for row in cursor.fetchall()]


def phone_of(cast: Cast, name: str, phone: str) -> Client:
    password_of(cast, name)
    client = browser()
    log_in(client, name)
    said = {"email": "", "phone": phone, "password": PASSWORD}
    assert client.post(CONTACTS, said).status_code == 302
    return client


def test_contacts_can_be_read_with_both_keys_and_then_with_the_new_one_alone(
    cast: Cast, keys: Callable[..., None]
) -> None:
    need, _code = with_contact(cast)
    before = contact(need)
    head = need.history_head
    keys(field=f"field {NEW},field {OLD}")
    assert contact(need) == before
    said = reencrypt()
    assert "needs.need: renewed 3, as they should be 0, unreadable 0" in said
    assert "core.sentform: renewed 1," in said
    keys(field=f"field {NEW}")
    assert contact(need) == before == ("样例居民", "13712345678", "二楼东户")
    assert SentForm.objects.get().answer.startswith("{")
    need.refresh_from_db()
    assert need.history_head == head
    keys(field=f"field {OLD}")
    assert contact(need) == ("", "", "")


def test_every_encrypted_column_of_every_table_is_seen_to() -> None:
    found = {f"{m._meta.label_lower}.{f.name}" for m in new_keys.tables() for f in new_keys.encrypted(m)}
    assert found == {
        *("needs.need.asker_name", "needs.need.asker_phone", "needs.need.place_detail"),
        *("accounts.user.phone", "accounts.authenticator.secret", "core.sentform.answer"),
        *("channels.channel.address", "channels.choice.phone"),
        *("webhooks.webhook.secret", "webhooks.webhook.old_secret"),
    }


def test_it_goes_in_batches_and_goes_on_where_it_was_stopped(
    cast: Cast, keys: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = [with_contact(cast)[0] for _ in range(5)]
    keys(field=f"field {NEW},field {OLD}")
    monkeypatch.setattr(new_keys, "BATCH", 2)
    first = new_keys.encrypt_anew(Need, actor=SYSTEM, at=cast.clock())
    assert first == new_keys.Batch(last=needs[1].pk, renewed=6)
    before = stored("needs_need", "asker_phone")
    said = reencrypt()
    assert "needs.need: renewed 9, as they should be 6, unreadable 0" in said
    assert len(set(before) & set(stored("needs_need", "asker_phone"))) == 2
    after = stored("needs_need", "asker_phone")
    assert "needs.need: renewed 0, as they should be 15, unreadable 0" in reencrypt()
    assert stored("needs_need", "asker_phone") == after


def test_what_somebody_else_changes_at_the_same_moment_stays(
    cast: Cast, keys: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    need, _code = with_contact(cast)
    keys(field=f"field {NEW},field {OLD}")
    real = new_keys.renewed

    def slow(token: str) -> str | None:
        Need.objects.filter(pk=need.pk).update(asker_phone="13799999999")
        return real(token)

    monkeypatch.setattr(new_keys, "renewed", slow)
    new_keys.encrypt_anew(Need, actor=SYSTEM, at=cast.clock())
    assert contact(need) == ("样例居民", "13799999999", "二楼东户")


def test_what_no_key_fits_is_counted_left_alone_and_said(cast: Cast, keys: Callable[..., None]) -> None:
    need, _code = with_contact(cast)
    before = stored("needs_need", "asker_phone")
    keys(field=f"field {NEW}")
    with pytest.raises(CommandError, match="4 values can't be read"):
        reencrypt()
    assert stored("needs_need", "asker_phone") == before
    keys()
    assert contact(need)[1] == "13712345678"


def test_codes_and_tokens_of_before_work_as_long_as_the_old_secret_key_is_named(
    cast: Cast, keys: Callable[..., None]
) -> None:
    need, code = with_contact(cast)
    clerk = phone_of(cast, "clerk", "138 0000 0000")
    _app, recovery = set_up(clerk)
    password_of(cast, "south_clerk")
    away = browser()
    log_in(away, "south_clerk")
    made = create_token(actor=cast.actor("clerk"), at=cast.clock(), name="x", scopes=["needs.read"], days=365)
    ApiToken.objects.update(expires_at="2099-01-01T00:00:00Z")
    invited = renew_invitation(cast.users["liaison"], actor=SYSTEM, at=cast.clock())
    Invitation.objects.update(expires_at="2099-01-01T00:00:00Z")
    headers = {"Authorization": f"Bearer {made.raw}"}

    keys(secret=NEW, before=(OTHER, OLD))
    assert need_by_code(code) == need
    assert clerk.get("/workspace/").status_code == 200  # the session goes on
    assert Client().get("/api/v1/needs", headers=headers).status_code == 200
    other = browser()
    assert log_in(other, "13800000000")["Location"] == "/login/second/"
    assert other.post("/login/second/", {"code": recovery[0]}).status_code == 302
    assert other.get("/workspace/").status_code == 200
    chosen = {"code": invited.code, "new_password1": PASSWORD, "new_password2": PASSWORD}
    assert Client().post("/invited/", chosen).status_code == 302
    taken = phone_of(cast, "admin", "").post(CONTACTS, {"email": "", "phone": "13800000000", "password": PASSWORD})
    assert taken.status_code == 422  # still the clerk's, under a digest of before

    keys(secret=NEW)
    assert need_by_code(code) is None
    assert away.get("/workspace/").status_code == 302  # the clerk's session was signed anew meanwhile
    assert Client().get("/api/v1/needs", headers=headers).status_code == 401


def test_telephones_to_log_in_with_are_found_without_the_old_secret_key_afterwards(
    cast: Cast, keys: Callable[..., None]
) -> None:
    phone_of(cast, "clerk", "138 0000 0000")
    phone_of(cast, "admin", "137 0000 0000")
    before = stored("accounts_user", "phone_digest")
    keys(field=f"field {NEW},field {OLD}", secret=NEW, before=(OLD,))
    assert find_user("13800000000") == cast.users["clerk"]
    said = reencrypt()
    assert "digests of telephones: renewed 2, as they should be 0, of two accounts 0" in said
    keys(field=f"field {NEW}", secret=NEW)
    assert find_user("13800000000") == cast.users["clerk"] and find_user("13700000000") == cast.users["admin"]
    assert set(before) & set(stored("accounts_user", "phone_digest")) == {""}
    assert "digests of telephones: renewed 0, as they should be 2, of two accounts 0" in reencrypt()


def test_a_telephone_that_cannot_be_read_keeps_its_digest(cast: Cast, keys: Callable[..., None]) -> None:
    phone_of(cast, "clerk", "138 0000 0000")
    before = User.objects.get(username="clerk").phone_digest
    keys(field=f"field {NEW}", secret=NEW, before=(OLD,))
    with pytest.raises(CommandError):
        reencrypt()
    assert User.objects.get(username="clerk").phone_digest == before
    assert find_user("13800000000") == cast.users["clerk"]


def test_a_form_and_a_call_that_are_sent_again_after_the_change_are_done_once(
    cast: Cast, keys: Callable[..., None]
) -> None:
    body = {"kind": "wish", "category": "books", "community": "north", "text": "想要几本课外书"}
    headers = {"Idempotency-Key": "one-key"}
    send = lambda: Client().post("/api/v1/needs", body, "application/json", headers=headers)  # noqa: E731
    first = send()
    assert first.status_code == 201, first.content
    keys(field=f"field {NEW},field {OLD}", secret=NEW, before=(OLD,))
    again = send()
    assert again.json()["number"] == first.json()["number"] and Need.objects.count() == 1
    assert again.json()["code"] == first.json()["code"]


def test_a_city_that_had_no_field_key_of_its_own_goes_on_with_the_secret_keys(
    cast: Cast, keys: Callable[..., None]
) -> None:
    keys(field=OLD)
    need, _code = with_contact(cast)
    keys(field=f"{NEW},{OLD}", secret=NEW, before=(OLD,))  # as settings.py puts them together
    reencrypt()
    keys(field=NEW, secret=NEW)
    assert contact(need)[1] == "13712345678"


def test_only_the_servers_command_does_it(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        new_keys.encrypt_anew(Need, actor=cast.actor("admin"), at=cast.clock())
    with pytest.raises(NotAllowed):
        new_keys.digest_phones_anew(actor=cast.actor("admin"), at=cast.clock())


def test_settings_put_old_keys_behind_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    import subprocess
    import sys

    read = "from lianxin import settings as s; print(s.SECRET_KEY_FALLBACKS, s.FIELD_KEY)"
    for name, value in (("SECRET_KEY", "c"), ("OLD_SECRET_KEYS", "b,a"), ("FIELD_KEY", "")):
        monkeypatch.setenv(f"LIANXIN_{name}", value)
    found = subprocess.run([sys.executable, "-c", read], capture_output=True, text=True, check=True).stdout
    assert re.sub(r"\s", "", found) == "['b','a']c,b,a"
