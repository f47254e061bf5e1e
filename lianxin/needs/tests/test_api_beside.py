"""Over the API: taking apart, second calls, leaving out of the rates, cases of the hotline, the clock that waits."""

from typing import Any

import pytest

from lianxin.needs.answers import Exclusion
from lianxin.needs.models import Message, Need
from lianxin.needs.operations.second_calls import SHARE
from lianxin.needs.tests.api_caller import WISH, Caller, _nobody_is_throttled, ok, published, refused  # noqa: F401
from lianxin.rulebook.operations import set_value
from tests.cast import Cast

REPAIR = {"kind": "repair", "category": "lamp", "community": "north", "grid": "grid-1", "text": "楼道灯不亮"}
CASE = REPAIR | {"outside_number": "HL-1", "outside_due_at": "2020-03-03T20:00:00+08:00"}


def done(cast: Cast, said: dict[str, Any], *, solved: bool | None = True) -> tuple[str, int]:
    """A need that the company did, and what the office recorded of it; its address and the commitment."""
    clerk = Caller(cast, "clerk")
    path = f"/needs/{ok(clerk.post('/needs', said, key=str(Need.objects.count())), 201)['number']}"
    held = ok(clerk.post(f"{path}/assign", {"giver": "company"}))["commitment"]
    ok(Caller(cast, "fitter").post(f"{path}/commitments/{held}/deliver", {"note": "换了灯泡"}))
    if solved is not None:
        ok(clerk.post(f"{path}/commitments/{held}/confirm", {"solved": solved, "satisfaction": "satisfied"}))
    return path, held


def need_at(path: str) -> Need:
    return Need.objects.get(number=path.removeprefix("/needs/"))


# --- Taking apart what was merged -------------------------------------------------------------------------------


def test_what_was_merged_is_taken_apart(cast: Cast) -> None:
    first, second = cast.file(), cast.file()
    path, clerk = f"/needs/{first.number}", Caller(cast, "clerk")
    refused(clerk.post(f"{path}/unmerge"), 409, "wrong_state")
    ok(clerk.post(f"{path}/merge", {"into": second.number}))
    assert "unmerge" in ok(clerk.get(path))["actions"]
    refused(Caller(cast, "grid_worker").post(f"{path}/unmerge"), 403, "not_allowed")
    refused(Caller(cast, "south_clerk").post(f"{path}/unmerge"), 404, "not_found")
    moved = ok(clerk.post(f"{path}/unmerge", key="one"))
    assert (moved["status"], ok(clerk.get(path))["merged_into"]) == ("filed", None)
    assert ok(clerk.post(f"{path}/unmerge", key="one")) == moved


def test_what_was_answered_together_stays_together(cast: Cast) -> None:
    first, second = cast.file(), cast.file()
    clerk = Caller(cast, "clerk")
    ok(clerk.post(f"/needs/{first.number}/merge", {"into": second.number}))
    held = ok(clerk.post(f"/needs/{second.number}/assign", {"giver": "company"}))["commitment"]
    ok(Caller(cast, "fitter").post(f"/needs/{second.number}/commitments/{held}/deliver", {"note": "好了"}))
    ok(Caller(cast, code=first.code).post(f"/needs/{first.number}/answer_merged", {"solved": True}))
    refused(clerk.post(f"/needs/{first.number}/unmerge"), 409, "wrong_state")
    assert Need.objects.get(number=first.number).status == "merged"


# --- The town's second call -------------------------------------------------------------------------------------


@pytest.fixture
def _every_answer_is_picked(cast: Cast) -> None:
    at = cast.clock()
    set_value(SHARE, 100, actor=cast.actor("city_officer"), at=at, version=0, from_at=at)


@pytest.mark.usefixtures("_every_answer_is_picked")
def test_the_town_hears_otherwise_and_the_giver_does_it_again(cast: Cast) -> None:
    path, held = done(cast, REPAIR)
    clerk, town = Caller(cast, "clerk"), Caller(cast, "town_officer")
    assert "second_call" in ok(town.get(path))["actions"]
    assert "second_call" not in ok(clerk.get(path))["actions"]
    refused(clerk.post(f"{path}/second_call", {"result": "agrees"}), 403, "not_allowed")
    unsaid = refused(town.post(f"{path}/second_call", {"result": "differs"}), 422, "invalid")
    assert [e["field"] for e in unsaid["errors"]] == ["solved"]
    said = {"result": "differs", "solved": False, "satisfaction": "unsatisfied", "words": "灯又坏了"}
    moved = ok(town.post(f"{path}/second_call", said, key="one"))
    assert (moved["status"], moved["commitment"]) == ("under_way", held)
    assert ok(town.post(f"{path}/second_call", said, key="one")) == moved
    after = ok(town.get(path))
    assert (after["solved"], after["satisfaction"]) == (False, "unsatisfied")
    assert "second_call" not in after["actions"]
    assert [m.text for m in Message.objects.filter(audience="inside")] == ["灯又坏了"]
    refused(town.post(f"{path}/second_call", {"result": "agrees"}), 409, "wrong_state")


@pytest.mark.usefixtures("_every_answer_is_picked")
def test_one_attempt_a_day_to_reach_the_asker_again(cast: Cast) -> None:
    path, _held = done(cast, REPAIR)
    town = Caller(cast, "town_officer")
    assert ok(town.post(f"{path}/second_call", {"result": "not_reached"}))["status"] == "confirmed"
    refused(town.post(f"{path}/second_call", {"result": "not_reached"}), 409, "wrong_state")
    assert ok(town.post(f"{path}/second_call", {"result": "agrees"}))["status"] == "confirmed"


def test_nobody_calls_a_second_time_where_nothing_was_picked(cast: Cast) -> None:
    need = published(cast)
    town = Caller(cast, "town_officer")
    refused(town.post(f"/needs/{need.number}/second_call", {"result": "agrees"}), 409, "wrong_state")
    refused(town.post(f"/needs/{need.number}/second_call", {"result": "maybe"}), 422, "invalid")


# --- Leaving out of the rates -----------------------------------------------------------------------------------


def test_one_asks_to_leave_it_out_and_another_decides(cast: Cast) -> None:
    filed = cast.file()
    path = f"/needs/{filed.number}"
    clerk, second, asker = Caller(cast, "clerk"), Caller(cast, "clerk_2"), Caller(cast, code=filed.code)
    assert {"ask_exclusion"} == {v for v in ok(clerk.get(path))["actions"] if "exclusion" in v}
    refused(clerk.post(f"{path}/decide_exclusion", {"approved": True}), 409, "wrong_state")
    refused(clerk.post(f"{path}/take_back_exclusion"), 409, "wrong_state")
    for said, field in (({"reason": "test"}, "words"), ({"reason": "test", "words": " "}, "words")):
        wrong = refused(clerk.post(f"{path}/ask_exclusion", said), 422, "invalid")
        assert [e["field"] for e in wrong["errors"]] == [field]
    refused(
        Caller(cast, "grid_worker").post(f"{path}/ask_exclusion", {"reason": "test", "words": "x"}), 403, "not_allowed"
    )
    ok(clerk.post(f"{path}/ask_exclusion", {"reason": "test", "words": "培训用的"}))
    refused(clerk.post(f"{path}/ask_exclusion", {"reason": "test", "words": "再说"}), 409, "wrong_state")
    asked = ok(second.get(path))
    assert (asked["exclusion"]["state"], asked["exclusion"]["words"]) == ("asked", "培训用的")
    assert "decide_exclusion" in asked["actions"] and "decide_exclusion" not in ok(clerk.get(path))["actions"]
    assert ok(asker.get(path))["exclusion"] is None
    refused(clerk.post(f"{path}/decide_exclusion", {"approved": True}), 403, "not_allowed")
    refused(second.post(f"{path}/decide_exclusion", {}), 422, "invalid")
    ok(second.post(f"{path}/decide_exclusion", {"approved": True}))
    assert Need.objects.get(number=filed.number).excluded_at is not None
    assert ok(clerk.get(path))["exclusion"]["state"] == "approved"
    ok(clerk.post(f"{path}/take_back_exclusion"))
    assert ok(clerk.get(path))["exclusion"] is None
    assert Need.objects.get(number=filed.number).excluded_at is None


def test_the_second_person_may_say_no(cast: Cast) -> None:
    path = f"/needs/{published(cast).number}"
    ok(Caller(cast, "clerk").post(f"{path}/ask_exclusion", {"reason": "other", "words": "x"}))
    assert ok(Caller(cast, "liaison").get(path))["exclusion"] is None, "the pool reads the public text only"
    ok(Caller(cast, "town_officer").post(f"{path}/decide_exclusion", {"approved": False}))
    assert Exclusion.objects.get().state == "refused"
    assert "ask_exclusion" in ok(Caller(cast, "clerk").get(path))["actions"]


# --- Cases of the hotline ---------------------------------------------------------------------------------------


def test_a_case_of_the_hotline_is_filed_replied_to_and_marked(cast: Cast) -> None:
    path, held = done(cast, CASE, solved=None)
    clerk, town = Caller(cast, "clerk"), Caller(cast, "town_officer")
    need = need_at(path)
    assert (need.channel, need.outside_number, need.solution_due_at) == ("hotline", "HL-1", need.outside_due_at)
    assert need.outside_due_at and need.outside_due_at.isoformat() == "2020-03-03T12:00:00+00:00"
    seen = ok(clerk.get(path))
    assert (seen["outside_number"], seen["outside_due_at"]) == ("HL-1", "2020-03-03T12:00:00Z")
    assert "换了灯泡" in seen["hotline_reply"] and "reply_hotline" in seen["actions"]
    assert ok(town.get(path))["hotline_reply"] == seen["hotline_reply"]
    for name in ("grid_worker", "fitter"):
        others = ok(Caller(cast, name).get(path))
        assert (others["outside_number"], others["hotline_reply"]) == ("HL-1", None)
        refused(Caller(cast, name).post(f"{path}/reply_hotline"), 403, "not_allowed")
    moved = ok(clerk.post(f"{path}/reply_hotline"))
    assert moved["number"] == need.number and moved["version"] == seen["version"] + 1
    assert ok(clerk.post(f"{path}/reply_hotline")) == moved
    after = ok(clerk.get(path))
    assert after["outside_replied_at"] is not None and "reply_hotline" not in after["actions"]
    ok(clerk.post(f"{path}/commitments/{held}/confirm", {"solved": False}))
    again = ok(clerk.get(path))
    assert again["outside_replied_at"] is again["hotline_reply"] is None


def test_what_is_not_done_or_not_the_hotlines_is_not_replied_to(cast: Cast) -> None:
    clerk = Caller(cast, "clerk")
    path = f"/needs/{ok(clerk.post('/needs', CASE, key='one'), 201)['number']}"
    seen = ok(clerk.get(path))
    assert seen["hotline_reply"] is None and "reply_hotline" not in seen["actions"]
    refused(clerk.post(f"{path}/reply_hotline"), 409, "wrong_state")
    own, _held = done(cast, REPAIR)
    assert ok(clerk.get(own))["outside_number"] is ok(clerk.get(own))["hotline_reply"] is None
    refused(clerk.post(f"{own}/reply_hotline"), 409, "wrong_state")


def test_a_case_sent_twice_is_filed_once(cast: Cast) -> None:
    clerk = Caller(cast, "clerk")
    first = ok(clerk.post("/needs", CASE, key="HL-1"), 201)
    assert ok(clerk.post("/needs", CASE, key="HL-1"), 200) == first
    later = CASE | {"outside_due_at": "2020-03-04T20:00:00+08:00"}
    assert refused(clerk.post("/needs", later, key="HL-1"), 422, "already_sent")["number"] == first["number"]


def test_how_a_case_came_in_may_be_said_otherwise(cast: Cast) -> None:
    filed = ok(Caller(cast, "clerk").post("/needs", CASE | {"channel": "visit"}, key="one"), 201)
    assert Need.objects.get(number=filed["number"]).channel == "visit"


def test_the_public_files_no_cases_of_the_hotline(cast: Cast) -> None:
    for name in ("outside_number", "outside_due_at"):
        refused(Caller(cast).post("/needs", REPAIR | {name: CASE[name]}, key="one"), 403, "for_staff")


@pytest.mark.parametrize(
    "said",
    [
        "2020-03-03",
        "2020-03-03T20:00:00",
        "2020-03-03 20:00:00+08:00",
        "2020-13-03T20:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2020-03-03T20:00:00+99:00",
        "1772539200",
        1772539200,
        True,
        "",
        "٢٠٢٦-03-03T20:00:00Z",
    ],
)
def test_a_due_time_that_is_none_is_refused_in_words(cast: Cast, said: Any) -> None:
    wrong = refused(Caller(cast, "clerk").post("/needs", CASE | {"outside_due_at": said}, key="one"), 422, "invalid")
    assert [(e["field"], e["code"]) for e in wrong["errors"]] == [("outside_due_at", "moment")]
    assert "+08:00" in wrong["errors"][0]["detail"]
    assert not Need.objects.exists()


@pytest.mark.parametrize("said", ["2020-03-03T12:00:00Z", "2020-03-03t12:00:00.000z", "2020-03-03T20:00:00+08:00"])
def test_a_due_time_is_understood_with_any_offset(cast: Cast, said: str) -> None:
    filed = ok(Caller(cast, "clerk").post("/needs", CASE | {"outside_due_at": said}, key="one"), 201)
    due = Need.objects.get(number=filed["number"]).outside_due_at
    assert due and due.isoformat() == "2020-03-03T12:00:00+00:00"


def test_a_case_that_is_left_out_costs_two_queries_more(cast: Cast, django_assert_max_num_queries: Any) -> None:
    path, _held = done(cast, CASE)
    clerk = Caller(cast, "clerk")
    ok(clerk.post(f"{path}/ask_exclusion", {"reason": "test", "words": "x"}))
    for caller in (clerk, Caller(cast, "clerk_2"), Caller(cast, "town_officer"), Caller(cast, "fitter")):
        with django_assert_max_num_queries(14):
            ok(caller.get(path))


# --- The clock that waits, and where it is ----------------------------------------------------------------------


def test_the_clock_waits_for_whom_is_asked(cast: Cast) -> None:
    filed = cast.file()
    path = f"/needs/{filed.number}"
    clerk, asker = Caller(cast, "clerk"), Caller(cast, code=filed.code)
    ok(clerk.post(f"{path}/answer_asker", {"text": "我们来看"}))
    assert ok(asker.get(path))["waiting_since"] is None
    refused(clerk.post(f"{path}/answer_asker", {"text": "几号楼？", "ask": "yes"}), 422, "invalid")
    ok(clerk.post(f"{path}/answer_asker", {"text": "几号楼？", "ask": True}))
    assert ok(asker.get(path))["waiting_since"] is not None
    ok(asker.post(f"{path}/add_word", {"text": "三号楼"}))
    assert ok(clerk.get(path))["waiting_since"] is None
    refused(clerk.post(f"{path}/comment", {"text": "x", "ask": True}), 422, "invalid")


def test_where_it_is_can_be_corrected(cast: Cast) -> None:
    clerk = Caller(cast, "clerk")
    path = f"/needs/{ok(clerk.post('/needs', WISH, key='one'), 201)['number']}"
    said = {"version": 1, "grid": "grid-2", "compound": cast.compound.code}
    moved = ok(clerk.post(f"{path}/correct", said))
    seen = ok(clerk.get(path))
    assert (seen["grid"], seen["compound"]) == ("grid-2", cast.compound.code)
    ok(clerk.post(f"{path}/correct", {"version": moved["version"], "urgency": "urgent"}))
    assert ok(clerk.get(path))["grid"] == "grid-2", "what is left out stays"
    for field, code in (("grid", "nowhere"), ("grid", "grid-3"), ("compound", "nowhere")):
        version = ok(clerk.get(path))["version"]
        wrong = refused(clerk.post(f"{path}/correct", {"version": version, field: code}), 422, "invalid")
        assert [e["field"] for e in wrong["errors"]] == [field]
    refused(Caller(cast, "grid_worker").post(f"{path}/correct", said), 404, "not_found")
    refused(Caller(cast, "grid_worker_2").post(f"{path}/correct", said), 403, "not_allowed")


# --- What may be done now ---------------------------------------------------------------------------------------


def test_actions_name_calls_that_have_something_to_do(cast: Cast) -> None:
    filed = cast.file()
    path = f"/needs/{filed.number}"
    clerk, asker = Caller(cast, "clerk"), Caller(cast, code=filed.code)
    assert not {"unmerge", "decide_exclusion", "take_back_exclusion", "reply_hotline"} & {
        *ok(clerk.get(path))["actions"]
    }
    ok(clerk.post(f"{path}/decline", {"reason": "unclear", "words": "看不懂"}))
    assert "contest" in ok(asker.get(path))["actions"]
    assert "overturn" not in ok(Caller(cast, "town_officer").get(path))["actions"]
    ok(asker.post(f"{path}/contest"))
    assert "contest" not in ok(asker.get(path))["actions"]
    assert {"overturn", "uphold"} < {*ok(Caller(cast, "town_officer").get(path))["actions"]}


def test_an_answer_recorded_for_the_asker_is_said_anew_by_confirming(cast: Cast) -> None:
    filed = cast.file(kind="repair", category=cast.lamp)
    path = f"/needs/{filed.number}"
    clerk, asker = Caller(cast, "clerk"), Caller(cast, code=filed.code)
    held = ok(clerk.post(f"{path}/assign", {"giver": "company"}))["commitment"]
    ok(Caller(cast, "fitter").post(f"{path}/commitments/{held}/deliver", {"note": "好了"}))
    ok(clerk.post(f"{path}/commitments/{held}/confirm", {"solved": True}))
    assert ok(asker.get(path))["commitments"][0]["actions"] == ["confirm"]
    again = ok(asker.post(f"{path}/commitments/{held}/confirm", {"solved": False}))
    assert again["status"] == "under_way"
