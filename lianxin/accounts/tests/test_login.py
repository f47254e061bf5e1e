"""Logging in: by name in any case, five wrong tries lock, no page without a post."""

import pytest
from django.core.cache import cache
from django.test import Client

from tests.cast import PASSWORD, Cast


@pytest.fixture(autouse=True)
def _empty_cache(db: None) -> None:
    cache.clear()


def give_password(cast: Cast, name: str) -> None:
    cast.users[name].set_password(PASSWORD)
    cast.users[name].save()


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


def test_five_wrong_tries_lock_the_name_even_for_the_right_password(cast: Cast, client: Client) -> None:
    give_password(cast, "clerk")
    for i in range(5):
        wrong = client.post(
            "/login/",
            {"username": "clerk", "password": "wrong"},
            REMOTE_ADDR=f"10.0.0.{i}",
            HTTP_ACCEPT_LANGUAGE="en",
        )
        assert wrong.status_code == 422
        assert "do not belong together" in wrong.content.decode()
    right = client.post(
        "/login/",
        {"username": "clerk", "password": PASSWORD},
        REMOTE_ADDR="10.0.0.9",
        HTTP_ACCEPT_LANGUAGE="en",
    )
    assert right.status_code == 422
    assert "Please wait 15 minutes" in right.content.decode()


def test_five_wrong_tries_lock_the_address_for_other_names_too(cast: Cast, client: Client) -> None:
    give_password(cast, "clerk")
    for i in range(5):
        client.post("/login/", {"username": f"nobody{i}", "password": "wrong"})
    assert client.post("/login/", {"username": "clerk", "password": PASSWORD}).status_code == 422
    elsewhere = client.post("/login/", {"username": "clerk", "password": PASSWORD}, REMOTE_ADDR="10.1.1.1")
    assert elsewhere.status_code == 302


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
