"""The hotline's workbook comes in, the reply goes out; nothing is typed twice."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from openpyxl import Workbook, load_workbook

from lianxin.accounts.actors import PUBLIC
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.core.workbooks import workbook
from lianxin.needs.hotline import read_cases
from lianxin.needs.models import Commitment, Need
from lianxin.needs.operations import (
    Asked,
    assign_need,
    decline_need,
    deliver_need,
    file_need,
    record_answer,
    reply_to_hotline,
    take_hotline_cases,
)
from lianxin.rulebook.operations import set_value
from tests.cast import Cast

pytestmark = pytest.mark.django_db
HEADING = ["工单编号", "诉求内容", "办理时限", "社区", "联系电话", "诉求类别", "被诉单位"]
CASE = ["HL-1", "楼道灯不亮", "2026-03-04 12:00", "北社区", "13800000000", "", ""]


def book(*rows: list[Any], heading: list[str] | None = None) -> bytes:
    return workbook(heading or HEADING, rows)


def take(cast: Cast, *rows: list[Any], by: str = "clerk") -> Any:
    found, errors = read_cases(book(*rows))
    assert errors == []
    return take_hotline_cases(found, actor=cast.actor(by), at=cast.clock())


def test_a_case_becomes_a_need_with_its_number_and_due_time(cast: Cast) -> None:
    taken = take(cast, CASE)
    need = Need.objects.get(number=taken.filed[0])
    assert (need.channel, need.outside_number, need.asker_phone) == ("hotline", "HL-1", "13800000000")
    assert need.outside_due_at is not None
    assert need.solution_due_at == need.outside_due_at


def test_taking_a_workbook_in_twice_files_nothing_twice(cast: Cast) -> None:
    take(cast, CASE)
    again = take(cast, CASE, ["HL-2", *CASE[1:]])
    assert (len(again.filed), again.known, Need.objects.count()) == (1, 1, 2)


def test_an_error_in_one_row_saves_none(cast: Cast) -> None:
    taken = take(cast, CASE, ["HL-2", "收费太高", "", "北社区", "", cast.fees.name, "没有这家"])
    assert [(e.row, e.column) for e in taken.errors] == [(3, "company")]
    assert not Need.objects.exists()


def test_an_office_can_take_in_cases_of_its_own_community_only(cast: Cast) -> None:
    taken = take(cast, [*CASE[:3], "南社区", *CASE[4:]])
    assert [e.row for e in taken.errors] == [2]
    assert not Need.objects.exists()
    with pytest.raises(NotAllowed):
        take(cast, CASE, by="liaison")


def test_without_a_community_it_is_the_offices_own(cast: Cast) -> None:
    taken = take(cast, [*CASE[:3], "", *CASE[4:]])
    assert Need.objects.get(number=taken.filed[0]).community == cast.north


def test_the_city_sets_other_headings(cast: Cast) -> None:
    at = cast.clock()
    code = "needs.hotline_heading_number"
    set_value(code, "案件号", actor=cast.actor("admin"), at=at, version=0, from_at=at)
    rows, errors = read_cases(book(CASE, heading=["案件号", *HEADING[1:]]))
    assert (rows[0]["number"], errors) == ("HL-1", [])
    _rows, errors = read_cases(book(CASE))
    assert [str(e.column) for e in errors] == ["案件号"]


def test_cells_are_checked_by_row_and_heading(cast: Cast) -> None:
    _rows, errors = read_cases(book(["HL-1", "", "morgen", *CASE[3:]], CASE))
    assert [(e.row, e.column) for e in errors] == [(2, "诉求内容"), (2, "办理时限"), (3, "工单编号")]


def done(cast: Cast) -> Need:
    need = Need.objects.get(number=take(cast, CASE).filed[0])
    assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    held = Commitment.objects.get(need=need)
    deliver_need(held, actor=cast.actor("fitter"), at=cast.clock(), note="换了灯泡")
    record_answer(held, actor=cast.actor("clerk"), at=cast.clock(), solved=True, satisfaction="satisfied")
    return Need.objects.get(pk=need.pk)


def test_the_reply_is_written_from_the_record_and_goes_out_once(cast: Cast, client: Client) -> None:
    need = done(cast)
    client.force_login(cast.users["clerk"])
    page = client.get("/workspace/hotline/").content.decode()
    assert "换了灯泡" in page
    assert "已解决，满意" in page or "解决，满意" in page
    sheet = load_workbook(io.BytesIO(client.get("/workspace/hotline/?format=xlsx").content)).active
    assert [row[0].value for row in sheet.iter_rows()] == ["工单编号", "HL-1"]
    assert client.post("/workspace/hotline/replied/", {"number": need.number}).status_code == 302
    assert Need.objects.get(pk=need.pk).outside_replied_at is not None
    assert "HL-1" not in client.get("/workspace/hotline/").content.decode()
    assert "HL-1" in client.get("/workspace/hotline/?state=replied").content.decode()
    assert reply_to_hotline([need], actor=cast.actor("clerk"), at=cast.clock()) == 0


def test_what_is_done_a_second_time_is_replied_to_a_second_time(cast: Cast, client: Client) -> None:
    need = Need.objects.get(number=take(cast, CASE).filed[0])
    held = assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    for solved in (False, True):
        deliver_need(held, actor=cast.actor("fitter"), at=cast.clock(), note="换了灯泡")
        assert reply_to_hotline([need], actor=cast.actor("clerk"), at=cast.clock()) == 1
        record_answer(held, actor=cast.asker(need), at=cast.clock(), solved=solved)
    assert Need.objects.get(pk=need.pk).outside_replied_at is not None


def test_what_the_town_has_in_hand_is_not_for_the_office_to_reply_to(cast: Cast, client: Client) -> None:
    mine = done(cast)
    about_unit = ["HL-2", "态度不好", "", "北社区", "", cast.fees.name, "样例water_unit"]
    theirs = Need.objects.get(number=take(cast, about_unit).filed[0])
    decline_need(theirs, actor=cast.actor("town_officer"), at=cast.clock(), reason="not_possible", words="办不了的")
    lists: dict[str, Any] = {}
    for name in ("clerk", "town_officer"):
        client.force_login(cast.users[name])
        lists[name] = client.get("/workspace/hotline/").content.decode()
    assert mine.number in lists["clerk"] and theirs.number not in lists["clerk"]
    assert theirs.number in lists["town_officer"] and mine.number in lists["town_officer"]
    client.force_login(cast.users["clerk"])
    every = client.get("/workspace/hotline/?state=all").content.decode()
    assert theirs.number in every and f'value="{theirs.number}"' not in every and "办不了的" not in every
    sheet = load_workbook(io.BytesIO(client.get("/workspace/hotline/?state=all&format=xlsx").content)).active
    assert {row[0].value: bool(row[3].value) for row in sheet.iter_rows(min_row=2)} == {"HL-1": True, "HL-2": False}


def test_cases_without_a_due_time_are_paged_and_a_heading_that_the_city_left_empty_breaks_nothing(
    cast: Cast, client: Client
) -> None:
    take(cast, *[[f"HL-{n}", "楼道灯不亮", "", "北社区", "", "", ""] for n in range(60)])
    client.force_login(cast.users["clerk"])
    found, address = set(), "/workspace/hotline/?state=open"
    for _page in range(2):
        page = client.get(address)
        found |= {need.outside_number for need in page.context["page"].rows}
        address = f"/workspace/hotline/?state=open&after={page.context['page'].next}"
    assert found == {f"HL-{n}" for n in range(60)}
    at = cast.clock()
    set_value("needs.hotline_heading_number", "", actor=cast.actor("city_officer"), at=at, version=0, from_at=at)
    assert client.get("/workspace/hotline/?state=all&format=xlsx").status_code == 200


def test_nobody_can_use_a_number_up_before_the_workbook_comes(cast: Cast) -> None:
    """A form's key is chosen by whoever sends it; a case's is not one that anybody else can make."""
    asked = Asked(kind="repair", category=cast.lamp, community=cast.north, text="别的事")
    file_need(asked, actor=PUBLIC, at=cast.clock(), key="hotline:HL-1")
    taken = take(cast, CASE)
    assert taken.errors == [] and len(taken.filed) == 1


def test_only_a_hotline_case_that_is_done_is_replied_to(cast: Cast) -> None:
    need = Need.objects.get(number=take(cast, CASE).filed[0])
    with pytest.raises(WrongState):
        reply_to_hotline([need], actor=cast.actor("clerk"), at=cast.clock())


def test_the_page_takes_a_workbook_in_and_says_what_is_wrong(cast: Cast, client: Client) -> None:
    client.force_login(cast.users["clerk"])

    def send(data: bytes) -> Any:
        return client.post("/workspace/hotline/take/", {"workbook": SimpleUploadedFile("a.xlsx", data)})

    assert "not an Excel workbook" in send(b"nothing").content.decode()
    wrong = send(book(["HL-1", "", *CASE[2:]]))
    assert wrong.status_code == 422
    assert "Nothing was saved" in wrong.content.decode()
    assert send(book(CASE)).status_code == 302
    assert "HL-1" in client.get("/workspace/hotline/?state=open").content.decode()
    empty = Workbook()
    data = io.BytesIO()
    empty.save(data)
    assert send(data.getvalue()).status_code == 422


def test_the_list_stays_within_its_queries(cast: Cast, client: Client, django_assert_max_num_queries: Any) -> None:
    take(cast, CASE, ["HL-2", *CASE[1:]], ["HL-3", *CASE[1:]])
    client.force_login(cast.users["clerk"])
    client.get("/workspace/hotline/?state=all")
    with django_assert_max_num_queries(8):
        client.get("/workspace/hotline/?state=all")


@pytest.mark.parametrize(
    ("about", "kind", "handler"),
    [
        ("社区居委会", "office", "town"),
        ("样例office", "office", "town"),
        ("网格员", "grid_worker", "town"),
        ("The grid worker", "grid_worker", "town"),
        ("样例company", "company", "north"),
        ("样例water_unit", "unit", "town"),
    ],
)
def test_a_complaint_is_about_whom_the_workbook_names(cast: Cast, about: str, kind: str, handler: str) -> None:
    taken = take(cast, ["HL-9", "态度不好", "", "北社区", "", cast.fees.name, about])
    assert taken.errors == []
    need = Need.objects.get(number=taken.filed[0])
    assert (need.subject_kind, need.handler_id) == (kind, getattr(cast, handler).pk)
    assert Need.objects.visible_to(cast.actor("clerk")).exists() is (kind in ("company", "unit"))


@pytest.mark.parametrize("about", ["", "没有这家", "样例south_office", "样例housing"])
def test_a_complaint_about_nobody_that_is_known_is_said_in_its_row(cast: Cast, about: str) -> None:
    taken = take(cast, ["HL-9", "态度不好", "", "北社区", "", cast.fees.name, about])
    assert [(e.row, e.column) for e in taken.errors] == [(2, "company")]
    assert "grid worker" in str(taken.errors[0].words)


def test_a_case_that_is_here_is_not_typed_in_once_more(cast: Cast) -> None:
    number = take(cast, CASE).filed[0]
    for typed in ("HL-1", " HL-1 "):
        again: dict[str, Any] = {"channel": "hotline", "outside_number": typed}
        with pytest.raises(Invalid, match=number):
            cast.ask(cast.actor("clerk"), **again)
    assert Need.objects.count() == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads so small a table whole")
def test_a_number_of_the_hotline_is_looked_up_by_index(cast: Cast) -> None:
    plan = Need.objects.of_hotline(["HL-1", "HL-2"]).explain()
    assert "SEARCH needs_need USING INDEX needs_outside_number (outside_number=?)" in plan, plan
