"""Second factors over HTTP: setting up, logging in with them, taking off, and what history keeps."""

import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.db import connection
from django.test import Client

from lianxin.accounts import limits, throttle
from lianxin.accounts.actors import PUBLIC, SYSTEM
from lianxin.accounts.models import Authenticator, RecoveryCode, User
from lianxin.core import clock
from lianxin.core.errors import Invalid
from lianxin.core.models import CityValue
from lianxin.history import chain
from lianxin.staffing import factors
from lianxin.staffing.operations import renew_invitation
from lianxin.staffing.tokens import create_token
from tests.cast import PASSWORD, Cast

SECURITY = "/workspace/account/security/"


def browser(**extra: Any) -> Client:
    client = Client(**extra)
    client.cookies["lx_lang"] = "en"
    return client


def password_of(cast: Cast, name: str) -> User:
    user = cast.users[name]
    user.set_password(PASSWORD)
    user.save()
    return user


def log_in(client: Client, name: str, then: str = "") -> Any:
    return client.post("/login/", {"username": name, "password": PASSWORD, "next": then})


def set_up(client: Client) -> tuple[pyotp.TOTP, list[str]]:
    """Set an app up as the logged-in person; the app and the recovery codes."""
    assert client.post(SECURITY + "app/begin/", {"password": PASSWORD})["Location"] == SECURITY + "app/"
    page = client.get(SECURITY + "app/").content.decode()
    assert "data:image/svg+xml" in page
    app = pyotp.TOTP(re.findall(r'lx-code">([A-Z2-7 ]+)<', page)[0].replace(" ", ""))
    answer = client.post(SECURITY + "app/", {"code": app.now()})
    assert answer.status_code == 302, answer.content.decode()
    codes = re.findall(r'lx-code">([0-9A-Z-]{14})<', client.get(SECURITY + "codes/").content.decode())
    return app, codes


def next_code(app: pyotp.TOTP) -> str:
    """A code that was not used yet: that of the next half minute, which counts already."""
    return app.at(clock.now() + timedelta(seconds=30))


@pytest.fixture
def with_app(cast: Cast) -> tuple[Cast, pyotp.TOTP, list[str]]:
    password_of(cast, "clerk")
    client = browser()
    assert log_in(client, "clerk").status_code == 302
    return cast, *set_up(client)


def test_an_app_is_set_up_with_a_picture_and_its_first_code(with_app: Any) -> None:
    cast, app, codes = with_app
    assert len(codes) == len(set(codes)) == 10
    user = cast.users["clerk"]
    assert Authenticator.objects.get(user=user).secret == app.secret
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM accounts_authenticator")
        assert app.secret not in str(cursor.fetchall())
    assert not RecoveryCode.objects.filter(digest__in=codes).exists() and RecoveryCode.objects.count() == 10
    user.refresh_from_db()
    said = str([(e.code, e.params) for e in chain.of(user)])
    assert "factor.app_set_up" in said and app.secret not in said and not any(code in said for code in codes)
    assert list(chain.broken([(user.chain_key, user.history_seq, user.history_head)])) == []


def test_recovery_codes_are_shown_once(cast: Cast) -> None:
    password_of(cast, "clerk")
    client = browser()
    log_in(client, "clerk")
    set_up(client)
    assert "were shown already" in client.get(SECURITY + "codes/").content.decode()


def test_a_wrong_first_code_or_password_sets_nothing_up(cast: Cast) -> None:
    password_of(cast, "clerk")
    client = browser()
    log_in(client, "clerk")
    assert client.post(SECURITY + "app/begin/", {"password": "wrong"}).status_code == 422
    assert client.get(SECURITY + "app/").status_code == 302
    client.post(SECURITY + "app/begin/", {"password": PASSWORD})
    wrong = client.post(SECURITY + "app/", {"code": "000000"})
    assert wrong.status_code == 422 and "clock right" in wrong.content.decode()
    assert not Authenticator.objects.exists()


def test_after_the_password_comes_the_second_step_and_then_the_page_asked_for(with_app: Any) -> None:
    _cast, app, _codes = with_app
    client = browser()
    answer = log_in(client, "clerk", "/workspace/needs/")
    assert answer["Location"] == "/login/second/" and "_auth_user_id" not in client.session
    assert client.get("/workspace/").status_code == 302
    assert client.get("/login/second/").status_code == 200
    done = client.post("/login/second/", {"code": next_code(app)})
    assert done["Location"] == "/workspace/needs/"
    assert client.get("/workspace/needs/").status_code == 200


def test_a_code_works_once(with_app: Any) -> None:
    _cast, app, _codes = with_app
    code = next_code(app)
    for expected in (302, 422):
        client = browser()
        log_in(client, "clerk")
        assert client.post("/login/second/", {"code": code}).status_code == expected
    client = browser()
    log_in(client, "clerk")
    # Nor does one of an earlier half minute than the last that was used.
    assert client.post("/login/second/", {"code": app.at(clock.now())}).status_code == 422


def test_a_recovery_code_works_once_and_leaves_nine(with_app: Any) -> None:
    cast, _app, codes = with_app
    for expected in (302, 422):
        client = browser()
        log_in(client, "clerk")
        answer = client.post("/login/second/", {"code": codes[3].lower().replace("-", " ")})
        assert answer.status_code == expected
    assert RecoveryCode.objects.count() == 9
    assert [e.params for e in chain.of(cast.users["clerk"]) if e.code == "factor.recovery_code_used"] == [{"left": 9}]


def test_somebody_elses_codes_open_nothing(with_app: Any) -> None:
    cast, _app, codes = with_app
    password_of(cast, "admin")
    client = browser()
    log_in(client, "admin")
    set_up(client)
    other = browser()
    log_in(other, "admin")
    assert other.post("/login/second/", {"code": codes[0]}).status_code == 422


def test_there_is_no_second_step_without_the_password_nor_after_ten_minutes(with_app: Any, monkeypatch: Any) -> None:
    _cast, app, _codes = with_app
    assert browser().get("/login/second/")["Location"] == "/login/"
    assert browser().post("/login/second/", {"code": next_code(app)})["Location"] == "/login/"
    client = browser()
    log_in(client, "clerk")
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr("lianxin.accounts.entering.now", lambda: later)
    assert client.get("/login/second/")["Location"] == "/login/"


def test_a_password_changed_meanwhile_ends_the_second_step(with_app: Any) -> None:
    _cast, app, _codes = with_app
    client = browser()
    log_in(client, "clerk")
    user = User.objects.get(username="clerk")
    user.set_password("another-long-password")
    user.save()
    assert client.post("/login/second/", {"code": next_code(app)})["Location"] == "/login/"


def test_five_wrong_codes_close_the_second_step_for_a_quarter_of_an_hour_wherever_they_are_typed(
    with_app: Any,
) -> None:
    cast, app, _codes = with_app
    for i in range(5):
        client = browser(REMOTE_ADDR=f"10.0.0.{i}")
        log_in(client, "clerk")
        assert client.post("/login/second/", {"code": "000000"}).status_code == 422
    client = browser(REMOTE_ADDR="10.0.1.1")
    log_in(client, "clerk")
    locked = client.post("/login/second/", {"code": next_code(app)})
    assert locked.status_code == 429 and 0 < int(locked["Retry-After"]) <= 900
    # No more than 25 in a day, however long one waits.
    window = throttle.SECOND.of(str(cast.users["clerk"].pk))
    for _round in range(4):
        window.clear()
        for _i in range(5):
            assert client.post("/login/second/", {"code": "000000"}).status_code == 422
    window.clear()
    assert int(client.post("/login/second/", {"code": next_code(app)})["Retry-After"]) > 80_000


def test_taking_the_app_off_needs_password_and_code(with_app: Any) -> None:
    cast, app, codes = with_app
    client = browser()
    log_in(client, "clerk")
    client.post("/login/second/", {"code": codes[0]})
    for body in ({"password": "wrong", "code": codes[1]}, {"password": PASSWORD, "code": "000000"}):
        assert client.post(SECURITY + "app/off/", body).status_code == 422
    assert Authenticator.objects.exists()
    done = client.post(SECURITY + "app/off/", {"password": PASSWORD, "code": next_code(app)})
    assert done.status_code == 302
    assert not Authenticator.objects.exists() and not RecoveryCode.objects.exists()
    assert log_in(browser(), "clerk")["Location"] == "/workspace/"
    assert "factor.app_taken_off" in [e.code for e in chain.of(cast.users["clerk"])]


def test_ten_new_codes_make_the_old_ones_worth_nothing(with_app: Any) -> None:
    _cast, _app, codes = with_app
    client = browser()
    log_in(client, "clerk")
    client.post("/login/second/", {"code": codes[0]})
    assert client.post(SECURITY + "codes/renew/", {"password": "wrong"}).status_code == 422
    assert client.post(SECURITY + "codes/renew/", {"password": PASSWORD}).status_code == 302
    new = re.findall(r'lx-code">([0-9A-Z-]{14})<', client.get(SECURITY + "codes/").content.decode())
    assert len(new) == 10 and not set(new) & set(codes)
    with pytest.raises(Invalid, match="not right"):
        factors.use_code(User.objects.get(username="clerk"), actor=PUBLIC, at=clock.now(), code=codes[5])


def test_a_new_factor_ends_the_other_sessions(cast: Cast) -> None:
    password_of(cast, "clerk")
    here, there = browser(), browser()
    log_in(here, "clerk")
    log_in(there, "clerk")
    set_up(here)
    assert here.get(SECURITY).status_code == 200
    assert there.get(SECURITY).status_code == 302


def test_an_unwatched_screen_allows_ten_wrong_passwords(cast: Cast) -> None:
    password_of(cast, "clerk")
    client = browser()
    log_in(client, "clerk")
    for _ in range(10):
        assert b"not your present password" in client.post(SECURITY + "app/begin/", {"password": "no"}).content
    assert b"Please wait" in client.post(SECURITY + "app/begin/", {"password": PASSWORD}).content


def require() -> None:
    steps = [{"from": (clock.now() - timedelta(days=1)).isoformat(), "value": True}]
    CityValue.objects.create(code=limits.SECOND_FACTOR, steps=steps)


def test_where_it_is_required_nothing_opens_before_it_is_set_up(cast: Cast) -> None:
    require()
    password_of(cast, "clerk")
    client = browser()
    log_in(client, "clerk", "/workspace/needs/")
    for page in ("/workspace/", "/workspace/needs/", "/workspace/staff/", SECURITY, "/workspace/account/"):
        assert client.get(page)["Location"] == SECURITY + "factor/", page
    assert client.post("/workspace/account/tokens/", {"name": "x"})["Location"] == SECURITY + "factor/"
    # Nor is the person staff on a public page.
    assert client.get("/").wsgi_request.actor.is_staff is False
    page = client.get(SECURITY + "factor/")
    assert page.status_code == 200 and "Your city asks everybody" in page.content.decode()
    set_up(client)
    assert client.get("/workspace/needs/").status_code == 200


def test_where_it_is_required_the_last_factor_stays(cast: Cast) -> None:
    password_of(cast, "clerk")
    client = browser()
    log_in(client, "clerk")
    app, _codes = set_up(client)
    require()
    kept = client.post(SECURITY + "app/off/", {"password": PASSWORD, "code": next_code(app)})
    assert kept.status_code == 422 and "The city requires" in kept.content.decode()
    assert Authenticator.objects.exists()


def test_whoever_is_logged_in_when_it_becomes_required_is_led_there_within_ten_minutes(
    cast: Cast, monkeypatch: Any
) -> None:
    password_of(cast, "clerk")
    client = browser()
    log_in(client, "clerk")
    require()
    assert client.get("/workspace/").status_code == 200
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr("lianxin.accounts.sessions.now", lambda: later)
    client.get("/workspace/")
    assert client.get("/workspace/")["Location"] == SECURITY + "factor/"


def test_a_token_of_the_api_stays_as_it_is(cast: Cast) -> None:
    require()
    made = create_token(actor=cast.actor("clerk"), at=clock.now(), name="report", scopes=["needs.read"], days=30)
    answer = Client().get("/api/v1/needs", headers={"Authorization": f"Bearer {made.raw}"})
    assert answer.status_code == 200


def test_a_one_time_code_does_not_pass_the_second_step_by(with_app: Any) -> None:
    """The server's own command prints a code for a locked-out administrator: the factor is asked for all the same."""
    cast, app, _codes = with_app
    code = renew_invitation(cast.users["clerk"], actor=SYSTEM, at=clock.now()).code
    client = browser()
    body = {"code": code, "new_password1": "another-long-password", "new_password2": "another-long-password"}
    assert client.post("/invited/", body)["Location"] == "/login/second/"
    assert client.post("/login/second/", {"code": next_code(app)}).status_code == 302
