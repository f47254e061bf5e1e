"""Leaving a need out of the rates: a reason and a second person."""

import io
from datetime import date
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from lianxin.accounts.models import Appointment
from lianxin.core.clock import local_day
from lianxin.core.errors import NotAllowed, WrongState
from lianxin.desk.models import DeskItem
from lianxin.figures.registry import FIGURES, Area, Count, Period, Ratio
from lianxin.history.models import Entry
from lianxin.needs import jobs
from lianxin.needs.answers import Exclusion
from lianxin.needs.models import Need
from lianxin.needs.operations import ask_exclusion, decide_exclusion, erase_on_request, pass_up, take_back_exclusion
from lianxin.notifications.models import Notice
from tests.cast import Cast, as_user
from tests.test_pipeline_table import confirmed

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


def figure(code: str) -> Count | Ratio:
    return FIGURES[code].compute(Area(), YEAR)


def asked(cast: Cast, need: Need | None = None) -> Need:
    need = need or confirmed(cast)
    ask_exclusion(need, actor=cast.actor("clerk"), at=cast.clock(), reason="beyond", words="全城停电")
    return Need.objects.get(pk=need.pk)


def test_an_excluded_need_counts_in_no_rate_and_stands_beside_every_one(cast: Cast) -> None:
    confirmed(cast)
    need = asked(cast)
    assert figure("resolution_rate") == Ratio(2, 2), "it counts until a second person agrees"
    decide_exclusion(need, actor=cast.actor("clerk_2"), at=cast.clock(), approved=True)
    rate = figure("resolution_rate")
    assert rate == Ratio(1, 1) and isinstance(rate, Ratio) and rate.beside and rate.beside.excluded == 1
    assert figure("needs_excluded") == Count(1) and figure("needs_filed") == Count(1)
    take_back_exclusion(need, actor=cast.actor("clerk"), at=cast.clock())
    assert figure("resolution_rate") == Ratio(2, 2) and figure("needs_excluded") == Count(0)


def test_over_http_one_asks_and_another_decides(cast: Cast, client: Client) -> None:
    need = confirmed(cast)
    address = f"/workspace/needs/{need.number}/"
    clerk = as_user(client, cast, "clerk")
    assert clerk.post(f"{address}ask_exclusion/", {"reason": "test"}).status_code == 422, "words are missing"
    assert clerk.post(f"{address}ask_exclusion/", {"reason": "test", "words": "培训用的"}).status_code == 302
    assert "Leave it out of the rates?" not in clerk.get(address).content.decode(), "who asked does not decide"
    assert clerk.post(f"{address}decide_exclusion/", {"approved": "yes"}).status_code in (403, 422)
    second = as_user(client, cast, "clerk_2")
    page = second.get(address).content.decode()
    assert "Leave it out of the rates?" in page and "培训用的" in page
    assert second.post(f"{address}decide_exclusion/", {"approved": "yes"}).status_code == 302
    assert Need.objects.get(pk=need.pk).excluded_at is not None
    assert "left it out of the rates" in second.get(address).content.decode()


def test_a_refused_one_goes_on_counting_and_the_one_who_asked_is_told(cast: Cast) -> None:
    need = asked(cast)
    decide_exclusion(need, actor=cast.actor("town_officer"), at=cast.clock(), approved=False)
    assert figure("resolution_rate") == Ratio(1, 1)
    assert Notice.objects.get(code="need.exclusion_refused").user == cast.users["clerk"]
    assert not DeskItem.objects.filter(object_type="exclusion").exists()


def test_it_waits_at_the_office_where_somebody_else_works_there_and_else_one_level_up(cast: Cast) -> None:
    need = asked(cast)
    assert DeskItem.objects.get(object_type="exclusion").scope_id == cast.north.pk
    take_back_exclusion(need, actor=cast.actor("clerk"), at=cast.clock())
    Appointment.objects.filter(user=cast.users["clerk_2"]).update(to_on=local_day(cast.clock.at).replace(day=1))
    asked(cast, need)
    item = DeskItem.objects.get(object_type="exclusion")
    assert (item.scope_id, item.role) == (cast.town.pk, "town")


@pytest.mark.parametrize("by_itself", [False, True])
def test_it_goes_up_with_the_need_and_the_new_level_decides(cast: Cast, by_itself: bool) -> None:
    need = asked(cast, cast.ask())
    if by_itself:
        assert jobs.escalate(need.response_due_at) == 1
    else:
        pass_up(need, actor=cast.actor("clerk"), at=cast.clock(), note="办不了")
    item = DeskItem.objects.get(object_type="exclusion")
    assert (item.scope_id, item.role) == (cast.town.pk, "town")
    assert Notice.objects.filter(code="need.exclusion_asked", scope=cast.town.pk).count() == 1
    decide_exclusion(need, actor=cast.actor("town_officer"), at=cast.clock(), approved=True)
    assert not DeskItem.objects.filter(object_type="exclusion").exists()


def test_it_stands_on_the_second_persons_desk(cast: Cast, client: Client) -> None:
    need = asked(cast)
    page = as_user(client, cast, "clerk_2").get("/workspace/").content.decode()
    assert need.number in page and "A second person decides" in page


def test_the_one_who_asked_never_decides_not_even_with_a_higher_post(cast: Cast) -> None:
    need = asked(cast)
    Appointment.objects.create(
        user=cast.users["clerk"], scope=cast.town.scope, role="town", from_on=local_day(cast.clock.at)
    )
    with pytest.raises(NotAllowed):
        decide_exclusion(need, actor=cast.actor("clerk"), at=cast.clock(), approved=True)
    assert Need.objects.get(pk=need.pk).excluded_at is None


def test_it_is_asked_once_at_a_time_and_nothing_is_decided_that_was_not_asked(cast: Cast) -> None:
    need = confirmed(cast)
    with pytest.raises(WrongState):
        decide_exclusion(need, actor=cast.actor("clerk_2"), at=cast.clock(), approved=True)
    asked(cast, need)
    with pytest.raises(WrongState):
        asked(cast, need)


@pytest.mark.parametrize("name", ["south_clerk", "grid_worker", "liaison", "admin", "outsider"])
def test_others_do_not_ask(cast: Cast, name: str) -> None:
    with pytest.raises(NotAllowed):
        ask_exclusion(confirmed(cast), actor=cast.actor(name), at=cast.clock(), reason="test", words="x")


def test_history_keeps_the_reasons_code_and_no_words_and_the_words_die_with_the_needs(cast: Cast) -> None:
    need = asked(cast)
    entry = Entry.objects.get(code="need.exclusion_asked")
    assert entry.params == {"reason": "beyond"}
    erase_on_request(need, actor=cast.asker(need), at=cast.clock())
    assert Exclusion.objects.get().words == ""


def test_the_list_is_filtered_exported_and_of_ones_own_place(
    cast: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    one, other = asked(cast), asked(cast)
    decide_exclusion(one, actor=cast.actor("clerk_2"), at=cast.clock(), approved=True)
    clerk = as_user(client, cast, "clerk")
    with django_assert_max_num_queries(8):
        page = clerk.get("/workspace/exclusions/").content.decode()
    assert one.number in page and other.number in page
    page = clerk.get("/workspace/exclusions/?state=approved&reason=beyond").content.decode()
    assert one.number in page and other.number not in page
    book = clerk.get("/workspace/exclusions/?state=asked&format=xlsx").content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[1:]] == [other.number]
    assert one.number not in as_user(client, cast, "south_clerk").get("/workspace/exclusions/").content.decode()


def test_the_records_behind_the_figures_leave_it_out_too(cast: Cast, client: Client) -> None:
    kept, need = confirmed(cast), asked(cast)
    decide_exclusion(need, actor=cast.actor("clerk_2"), at=cast.clock(), approved=True)
    clerk = as_user(client, cast, "clerk")
    days = "from=2026-01-01&to=2026-12-31"
    page = clerk.get(f"/workspace/needs/?status=all&by=answered&{days}").content.decode()
    assert kept.number in page and need.number not in page
    page = clerk.get(f"/workspace/needs/?status=all&by=filed&excluded=yes&{days}").content.decode()
    assert need.number in page and kept.number not in page
