"""Whoever is called at night opens the request, and does what can't wait, as long as the shift runs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lianxin.accounts.models import Appointment, Role
from lianxin.core.errors import Invalid, NotAllowed
from lianxin.needs import rules
from lianxin.needs.models import Need
from lianxin.needs.operations import answer_asker, assign_need, look_at_contact, verify_need
from lianxin.notifications.models import Notice
from lianxin.staffing.duty import put_on_duty
from tests.cast import Cast, fresh

pytestmark = pytest.mark.django_db

PHONE = "0973-000-0009"
NIGHT = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)  # 20:00 in the city


@pytest.fixture(autouse=True)
def _the_wall_clock_is_the_story_s(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.clock.at = NIGHT
    monkeypatch.setattr("lianxin.staffing.duty.now", lambda: cast.clock.at)


def on_duty(cast: Cast, who: str, place: str = "north", by: str = "clerk") -> None:
    times = {"from_at": NIGHT - timedelta(hours=2), "to_at": NIGHT + timedelta(hours=12)}
    scope, user = getattr(cast, place).scope, cast.users[who]
    put_on_duty(scope, actor=cast.actor(by), at=cast.clock(), user=user, **times)


def cold(cast: Cast, **changes: Any) -> Need:
    asked = {"kind": "repair", "category": cast.heating, "text": "暖气不热", "phone": PHONE} | changes
    return fresh(cast.ask(**asked))


def sees(cast: Cast, who: str, need: Need) -> bool:
    return Need.objects.visible_to(cast.actor(who)).filter(pk=need.pk).exists()


def test_the_one_who_is_called_opens_the_page_sees_the_number_and_answers(cast: Cast, pages: Any) -> None:
    on_duty(cast, "grid_worker_2")
    need = cold(cast)  # in the other one's grid
    notice = Notice.objects.get(code="need.on_duty")
    assert notice.user_id == cast.users["grid_worker_2"].pk
    browser = pages.of("grid_worker_2")
    page = browser.get(notice.url)
    assert page.status_code == 200
    assert "暖气不热" in page.content.decode() and PHONE not in page.content.decode()
    look_at_contact(need, actor=cast.actor("grid_worker_2"), at=cast.clock(), purpose="call")
    worker = cast.actor("grid_worker_2")
    verify_need(need, actor=worker, at=cast.clock())
    answer_asker(need, actor=worker, at=cast.clock(), text="马上派人来")
    assert browser.get(f"{notice.url}assign/").status_code == 200
    assign_need(need, actor=worker, at=cast.clock(), giver=cast.company)
    assert fresh(need).responded_at is not None
    assert need.number in browser.get("/workspace/needs/?hands=others").content.decode()


def test_looking_at_the_number_asks_for_a_purpose(cast: Cast, pages: Any) -> None:
    on_duty(cast, "grid_worker_2")
    need = cold(cast)
    browser = pages.of("grid_worker_2")
    url = f"/workspace/needs/{need.number}/"
    assert "Say what you need it for" in browser.post(f"{url}look/", {}, follow=True).content.decode()
    assert PHONE in browser.post(f"{url}look/", {"purpose": "call"}, follow=True).content.decode()


@pytest.mark.parametrize("verb", ["decline", "merge", "publish", "correct", "withdraw", "ask_exclusion"])
def test_what_can_wait_is_the_office_s(cast: Cast, verb: str) -> None:
    on_duty(cast, "grid_worker_2")
    assert isinstance(rules.refusal(cast.actor("grid_worker_2"), cold(cast), verb), NotAllowed)


def test_it_ends_with_the_shift_and_with_the_request(cast: Cast) -> None:
    on_duty(cast, "grid_worker_2")
    need = cold(cast)
    assert sees(cast, "grid_worker_2", need)
    Need.objects.filter(pk=need.pk).update(ended_at=cast.clock(), status="withdrawn")
    assert not sees(cast, "grid_worker_2", need)
    Need.objects.filter(pk=need.pk).update(ended_at=None, status="filed")
    cast.clock(hours=12)
    assert not sees(cast, "grid_worker_2", need)
    assert not rules.on_call(cast.actor("grid_worker_2"), fresh(need))


def test_what_another_level_or_another_community_has_in_hand_stays_closed(cast: Cast) -> None:
    on_duty(cast, "grid_worker_2")
    elsewhere = cold(cast, community=cast.south, grid=cast.grid_3)
    higher = cold(cast)
    Need.objects.filter(pk=higher.pk).update(handler=cast.town.pk)
    assert not sees(cast, "grid_worker_2", elsewhere)
    assert not sees(cast, "grid_worker_2", higher)
    on_duty(cast, "grid_worker_2", "town", by="town_officer")
    assert sees(cast, "grid_worker_2", higher)


def test_a_hidden_complaint_and_a_walled_need_stay_closed(cast: Cast, pages: Any) -> None:
    on_duty(cast, "grid_worker_2")
    about = {"kind": "complaint", "category": cast.fees, "text": "收费不清楚", "publish_ok": False}
    hidden = cold(cast, subject_kind="company", subject=cast.company, **about)
    walled = cold(cast)
    Need.objects.filter(pk=walled.pk).update(walled=True)
    for need in (hidden, walled):
        need = fresh(need)
        assert need.handler_id == cast.north.pk
        assert pages.of("grid_worker_2").get(f"/workspace/needs/{need.number}/").status_code == 404
        assert rules.refusal(cast.actor("grid_worker_2"), need, "verify") is not None
        with pytest.raises(NotAllowed):
            look_at_contact(need, actor=cast.actor("grid_worker_2"), at=cast.clock(), purpose="call")


@pytest.mark.parametrize("who", ["liaison", "fitter", "admin"])
def test_units_companies_and_administrators_are_not_on_duty_for_a_place(cast: Cast, who: str) -> None:
    with pytest.raises(Invalid):
        on_duty(cast, who, "city", by="city_officer")


def test_who_is_on_duty_costs_no_query(cast: Cast, pages: Any, django_assert_max_num_queries: Any) -> None:
    on_duty(cast, "grid_worker_2")
    needs = [cold(cast) for _ in range(5)]
    browser = pages.of("grid_worker_2")
    for url, most in (("/workspace/needs/", 8), (f"/workspace/needs/{needs[0].number}/", 12), ("/workspace/", 6)):
        browser.get(url)
        with django_assert_max_num_queries(most):
            page = browser.get(url)
        assert page.status_code == 200
    listed = browser.get("/workspace/needs/").content.decode()
    assert all(need.number in listed for need in needs)


def test_a_city_officer_with_a_second_post_still_sees_every_place(cast: Cast) -> None:
    need = cold(cast)
    for role, scope in ((Role.GRID_WORKER, cast.grid_3), (Role.LIAISON, cast.school_unit)):
        user = cast.users["city_officer"]
        Appointment.objects.create(user=user, role=role, scope=scope.scope, from_on=NIGHT.date())
    on_duty(cast, "city_officer", "south", by="city_officer")
    assert sees(cast, "city_officer", need)


def test_the_one_who_is_called_files_for_a_caller_from_anywhere_in_the_place(cast: Cast, pages: Any) -> None:
    asked: dict[str, Any] = {"kind": "repair", "category": cast.heating, "text": "暖气不热", "grid": cast.grid_2}
    worker = cast.actor("grid_worker")
    with pytest.raises(NotAllowed):
        cast.file(worker, **asked)
    browser, form = pages.of("grid_worker"), "/workspace/file/?kind=repair"
    spot = "/workspace/on-the-spot/?kind=repair"
    assert "Grid 2" not in browser.get(form).content.decode()
    on_duty(cast, "grid_worker")
    assert "Grid 2" in browser.get(form).content.decode()
    done_at_once = browser.get(spot).content.decode()
    assert "Grid 1" in done_at_once and "Grid 2" not in done_at_once
    assert cast.ask(cast.actor("grid_worker"), **asked).filed_by == cast.users["grid_worker"]
    cast.ask(cast.actor("grid_worker"), **(asked | {"grid": None}))
    with pytest.raises(NotAllowed):
        cast.file(cast.actor("grid_worker"), **(asked | {"community": cast.south, "grid": cast.grid_3}))
    cast.clock(days=1)
    with pytest.raises(NotAllowed):
        cast.file(cast.actor("grid_worker"), **asked)
