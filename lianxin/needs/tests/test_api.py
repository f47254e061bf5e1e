"""Needs over the API: filing, reading, every step, refusals, repetitions."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from lianxin.core.clock import now
from lianxin.needs.models import Need
from lianxin.needs.operations import verify_need
from lianxin.needs.tests.api_caller import WISH, Caller, _nobody_is_throttled, ok, published, refused, token_of  # noqa: F401 - the fixture is used by being there
from tests.cast import Cast


def test_anybody_files_and_follows_with_the_code_alone(cast: Cast) -> None:
    filed = ok(Caller(cast).post("/needs", WISH, key="one"), 201)
    need = Need.objects.get(number=filed["number"])
    assert (need.filed_by, need.channel, need.asker_name) == (None, "web", "样例甲")
    asker = Caller(cast, code=filed["code"].lower())
    seen = ok(asker.get(f"/needs/{filed['number']}"))
    assert seen["text"] == WISH["text"]
    assert seen["actions"] == ["withdraw", "add_word", "correct_own"]
    assert [step["code"] for step in seen["timeline"]] == ["need.filed"]
    moved = ok(asker.post(f"/needs/{filed['number']}/add_word", {"text": "请周末联系"}))
    assert moved["version"] == 2
    assert ok(asker.get(f"/needs/{filed['number']}"))["messages"][0]["text"] == "请周末联系"
    ok(asker.post(f"/needs/{filed['number']}/withdraw"))
    need.refresh_from_db()
    assert need.status == "withdrawn"


def test_no_answer_holds_the_askers_name_or_number(cast: Cast) -> None:
    filed = ok(Caller(cast).post("/needs", WISH, key="one"), 201)
    clerk = Caller(cast, "clerk")
    for caller in (clerk, Caller(cast, code=filed["code"])):
        answer = caller.get(f"/needs/{filed['number']}")
        assert "样例甲" not in answer.content.decode() and "0973-000-1234" not in answer.content.decode()
        assert ok(answer)["has_phone"] is ok(answer)["has_name"] is True
    assert "0973-000-1234" not in clerk.get("/needs").content.decode()


def test_the_same_key_and_body_answer_the_same_and_file_once(cast: Cast) -> None:
    caller = Caller(cast)
    first = ok(caller.post("/needs", WISH, key="one"), 201)
    assert ok(caller.post("/needs", WISH, key="one"), 200) == first
    changed = refused(caller.post("/needs", WISH | {"text": "别的"}, key="one"), 422, "already_sent")
    assert changed["number"] == first["number"]
    assert Need.objects.count() == 1


def test_a_key_is_the_callers_own(cast: Cast) -> None:
    first = ok(Caller(cast, "clerk").post("/needs", WISH, key="one"), 201)
    second = ok(Caller(cast, "clerk_2").post("/needs", WISH, key="one"), 201)
    assert first["number"] != second["number"]


def test_creating_without_a_key_is_refused(cast: Cast) -> None:
    said = refused(Caller(cast).post("/needs", WISH), 422, "invalid")
    assert [e["field"] for e in said["errors"]] == ["Idempotency-Key"]


def test_a_step_with_a_key_is_done_once(cast: Cast) -> None:
    need = cast.ask()
    clerk = Caller(cast, "clerk")
    first = ok(clerk.post(f"/needs/{need.number}/comment", {"text": "看过了"}, key="one"))
    assert ok(clerk.post(f"/needs/{need.number}/comment", {"text": "看过了"}, key="one")) == first
    refused(clerk.post(f"/needs/{need.number}/comment", {"text": "又看"}, key="one"), 422, "already_sent")
    assert need.messages.count() == 1


def test_a_step_that_takes_the_need_out_of_sight_answers_the_same_when_it_is_sent_again(cast: Cast) -> None:
    repair = {"kind": "repair", "category": "lamp", "community": "north", "grid": "grid-1", "text": "楼道灯不亮"}
    clerk, fitter = Caller(cast, "clerk"), Caller(cast, "fitter")
    path = f"/needs/{ok(clerk.post('/needs', repair, key='filed'), 201)['number']}"
    held = f"{path}/commitments/{ok(clerk.post(f'{path}/assign', {'giver': 'company'}))['commitment']}"
    first = ok(fitter.post(f"{held}/give_back", {"reason": "no_time"}, key="one"))
    assert fitter.get(path).status_code == 404
    assert ok(fitter.post(f"{held}/give_back", {"reason": "no_time"}, key="one")) == first
    refused(fitter.post(f"{held}/give_back", {"reason": "no_means"}, key="one"), 422, "already_sent")
    refused(fitter.post(f"{held}/give_back", {"reason": "no_time"}, key="two"), 404, "not_found")
    held = f"{path}/commitments/{ok(clerk.post(f'{path}/assign', {'giver': 'company'}))['commitment']}"
    gone = ok(clerk.post(f"{held}/call_off", {"words": "另有安排"}, key="off"))
    assert ok(clerk.post(f"{held}/call_off", {"words": "另有安排"}, key="off")) == gone


def test_only_staff_say_how_urgent_it_is_or_how_it_came_in(cast: Cast) -> None:
    refused(Caller(cast).post("/needs", WISH | {"urgency": "emergency"}, key="one"), 403, "for_staff")
    filed = ok(Caller(cast, "clerk").post("/needs", WISH | {"urgency": "urgent", "channel": "phone"}, key="two"), 201)
    need = Need.objects.get(number=filed["number"])
    assert (need.urgency, need.channel, need.filed_by) == ("urgent", "phone", cast.users["clerk"])


def test_staff_file_in_their_own_places_only(cast: Cast) -> None:
    refused(Caller(cast, "south_clerk").post("/needs", WISH, key="one"), 403, "not_allowed")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"community": "nowhere"}, "community"),
        ({"category": "heating"}, "category"),
        ({"grid": "grid-3"}, "grid"),
        ({"text": ""}, "text"),
        ({"kind": "complaint", "category": "fees"}, "subject_kind"),
        ({"text": "x" * 2001}, "text"),
        ({"surname": "x"}, "surname"),
        ({"text": "a\u0000b"}, "text"),
        ({"text": 5}, "text"),
    ],
)
def test_a_mistake_names_its_field(cast: Cast, changes: dict[str, Any], field: str) -> None:
    said = refused(Caller(cast).post("/needs", WISH | changes, key="one"), 422, "invalid")
    assert [e["field"] for e in said["errors"]] == [field]
    assert not Need.objects.exists()


def test_broken_and_huge_bodies_are_refused(cast: Cast) -> None:
    client = Client(headers={"Idempotency-Key": "one"})
    for body in (b"{", b"\xff\xfe\x00", b"[" * 50_000):
        broken = client.post("/api/v1/needs", body, content_type="application/json")
        refused(broken, 400, "bad_json")
    huge = client.post("/api/v1/needs", b'"' + b"x" * 4_000_000 + b'"', content_type="application/json")
    refused(huge, 413, "too_large")
    refused(client.post("/api/v1/needs", b"[1]", content_type="application/json"), 422, "invalid")
    refused(client.post("/api/v1/needs", rb'{"text":"\ud800"}', content_type="application/json"), 422, "invalid")


def test_without_a_valid_token_nothing_is_read(cast: Cast) -> None:
    need = cast.ask()
    for path in ("/needs", f"/needs/{need.number}", "/batches", "/figures"):
        answer = Caller(cast).get(path)
        refused(answer, 401, "no_token")
        assert answer["WWW-Authenticate"] == "Bearer"
    day = timedelta(days=1)
    for changes in ({"expires_at": now() - day}, {"revoked_at": now() - day}):
        caller = Caller(cast)
        caller.headers["Authorization"] = f"Bearer {token_of(cast, 'clerk', **changes)}"
        refused(caller.get("/needs"), 401, "no_token")
        refused(caller.post("/needs", WISH, key="one"), 401, "no_token")
    cast.users["clerk"].is_active = False
    cast.users["clerk"].save()
    refused(Caller(cast, "clerk").get("/needs"), 401, "no_token")


def test_a_session_is_no_way_in(cast: Cast) -> None:
    caller = Caller(cast)
    caller.client.force_login(cast.users["clerk"])
    refused(caller.get("/needs"), 401, "no_token")
    filed = ok(caller.post("/needs", WISH, key="one"), 201)
    assert Need.objects.get(number=filed["number"]).filed_by is None


def test_a_token_without_a_post_is_refused(cast: Cast) -> None:
    cast.users["clerk"].appointments.update(to_on=now().date() - timedelta(days=2))
    refused(Caller(cast, "clerk").get("/needs"), 403, "no_post")


def test_an_outsider_finds_nothing(cast: Cast) -> None:
    need = published(cast)
    for name in ("outsider", "south_clerk", "fitter", "admin"):
        caller = Caller(cast, name)
        assert ok(caller.get("/needs"))["items"] == []
        refused(caller.get(f"/needs/{need.number}"), 404, "not_found")
        refused(caller.post(f"/needs/{need.number}/comment", {"text": "x"}), 404, "not_found")
    refused(Caller(cast, "clerk").get("/needs/SC-99-99999"), 404, "not_found")


def test_a_wrong_role_is_told_who_can(cast: Cast) -> None:
    need = published(cast)
    said = refused(Caller(cast, "liaison").post(f"/needs/{need.number}/unpublish"), 403, "not_allowed")
    assert "the office" in said["detail"]
    refused(
        Caller(cast, "grid_worker").post(f"/needs/{need.number}/publish", {"public_text": "书"}), 403, "not_allowed"
    )


def test_a_wrong_state_is_a_conflict(cast: Cast) -> None:
    need = published(cast)
    refused(Caller(cast, "clerk").post(f"/needs/{need.number}/verify", {}), 409, "wrong_state")


def test_a_stale_edit_changes_nothing(cast: Cast) -> None:
    need = cast.ask()
    clerk = Caller(cast, "clerk")
    version = ok(clerk.get(f"/needs/{need.number}"))["version"]
    verify_need(need, actor=cast.actor("grid_worker"), at=cast.clock())
    edit = {"version": version, "urgency": "urgent", "phone": "0973-000-9999"}
    answer = clerk.post(f"/needs/{need.number}/correct", edit)
    refused(answer, 409, "stale")
    assert "9999" not in answer.content.decode()
    moved = ok(clerk.post(f"/needs/{need.number}/correct", edit | {"version": version + 1}))
    need.refresh_from_db()
    assert (need.urgency, need.asker_phone, need.version) == ("urgent", "0973-000-9999", moved["version"])


def test_the_second_to_claim_reads_who_was_first(cast: Cast) -> None:
    need = published(cast)
    ok(Caller(cast, "liaison").post(f"/needs/{need.number}/claim", {"giver": "water-unit", "plan": "周六送去"}))
    late = Caller(cast, "school_liaison").post(f"/needs/{need.number}/claim", {"giver": "school-unit"})
    assert late.status_code in (404, 409)


def test_the_pool_reads_the_public_text_only(cast: Cast) -> None:
    need = published(cast, text="想要几本课外书，家住1号楼101")
    seen = ok(Caller(cast, "liaison").get(f"/needs/{need.number}"))
    assert seen["public_text"] == "想要几本课外书"
    assert seen["text"] is seen["grid"] is seen["has_phone"] is None
    assert seen["timeline"] == seen["messages"] == []
    assert seen["actions"] == ["claim"]
    ok(Caller(cast, "liaison").post(f"/needs/{need.number}/claim", {"giver": "water-unit"}))
    held = ok(Caller(cast, "liaison").get(f"/needs/{need.number}"))
    assert held["text"].endswith("1号楼101")
    assert held["commitments"][0]["actions"] == ["start", "deliver", "give_back", "name_helpers"]


def test_what_is_said_inside_stays_inside(cast: Cast) -> None:
    filed = cast.file()
    clerk, asker = Caller(cast, "clerk"), Caller(cast, code=filed.code)
    ok(clerk.post(f"/needs/{filed.number}/comment", {"text": "内部"}))
    ok(clerk.post(f"/needs/{filed.number}/answer_asker", {"text": "我们来看"}))
    assert [m["text"] for m in ok(asker.get(f"/needs/{filed.number}"))["messages"]] == ["我们来看"]
    assert len(ok(clerk.get(f"/needs/{filed.number}"))["messages"]) == 2


def test_a_complaint_about_the_office_is_not_there_for_the_office(cast: Cast) -> None:
    complaint = {"kind": "complaint", "category": "fees", "community": "north", "text": "x", "subject_kind": "office"}
    filed = ok(Caller(cast).post("/needs", complaint, key="one"), 201)
    refused(Caller(cast, "clerk").get(f"/needs/{filed['number']}"), 404, "not_found")
    assert ok(Caller(cast, "town_officer").get(f"/needs/{filed['number']}"))["text"] == "x"


def test_ten_wrong_codes_and_the_address_has_to_wait(cast: Cast) -> None:
    filed = cast.file()
    for _i in range(10):
        refused(Caller(cast, code="AAAA-BBBB-CCCC-DDDD").get(f"/needs/{filed.number}"), 401, "no_token")
    waiting = Caller(cast, code=filed.code).get(f"/needs/{filed.number}")
    refused(waiting, 429, "too_many")
    assert 590 <= int(waiting["Retry-After"]) <= 600


def test_a_code_opens_its_own_need_only(cast: Cast) -> None:
    mine, other = cast.file(), cast.file(text="别的")
    refused(Caller(cast, code=mine.code).get(f"/needs/{other.number}"), 404, "not_found")


def test_the_public_files_twenty_times_in_ten_minutes_at_the_most(cast: Cast) -> None:
    for i in range(20):
        ok(Caller(cast).post("/needs", WISH, key=f"key-{i}"), 201)
    refused(Caller(cast).post("/needs", WISH, key="key-20"), 429, "too_many")


def test_declined_contested_upheld(cast: Cast) -> None:
    filed = cast.file()
    path = f"/needs/{filed.number}"
    asker, town = Caller(cast, code=filed.code), Caller(cast, "town_officer")
    said = {"reason": "not_ours", "words": "请找样例单位", "right_owner": "样例单位"}
    ok(Caller(cast, "clerk").post(f"{path}/decline", said))
    assert ok(asker.get(path))["right_owner"] == "样例单位"
    ok(asker.post(f"{path}/contest"))
    refused(asker.post(f"{path}/contest"), 409, "wrong_state")
    assert ok(town.post(f"{path}/uphold", {"words": "确实如此"}))["status"] == "declined"
    refused(town.post(f"{path}/overturn"), 409, "wrong_state")


def test_contested_and_overturned(cast: Cast) -> None:
    filed = cast.file()
    path = f"/needs/{filed.number}"
    ok(Caller(cast, "clerk").post(f"{path}/decline", {"reason": "unclear", "words": "看不懂"}))
    ok(Caller(cast, code=filed.code).post(f"{path}/contest"))
    assert ok(Caller(cast, "town_officer").post(f"{path}/overturn"))["status"] == "filed"


def test_merged_both_askers_answer(cast: Cast) -> None:
    first, second = cast.file(), cast.file()
    clerk = Caller(cast, "clerk")
    moved = ok(clerk.post(f"/needs/{first.number}/merge", {"into": second.number}))
    assert moved["status"] == "merged"
    refused(clerk.post(f"/needs/{second.number}/merge", {"into": "SC-99-99999"}), 422, "invalid")
    asker = Caller(cast, code=first.code)
    refused(asker.post(f"/needs/{first.number}/answer_merged", {"solved": True}), 409, "wrong_state")
    given = ok(clerk.post(f"/needs/{second.number}/assign", {"giver": "company"}))["commitment"]
    note = {"note": "好了"}
    ok(Caller(cast, "fitter").post(f"/needs/{second.number}/commitments/{given}/deliver", note))
    ok(asker.post(f"/needs/{first.number}/answer_merged", {"solved": True, "satisfaction": "satisfied"}))


def test_passed_up_and_down(cast: Cast) -> None:
    need = cast.ask()
    path = f"/needs/{need.number}"
    ok(Caller(cast, "clerk").post(f"{path}/pass_up", {"note": "要镇里定"}))
    refused(Caller(cast, "clerk").post(f"{path}/verify", {}), 403, "not_allowed")
    ok(Caller(cast, "town_officer").post(f"{path}/pass_down", {"note": "可以办"}))
    ok(Caller(cast, "clerk").post(f"{path}/verify", {"category": "books", "urgency": "urgent", "note": "属实"}))


def test_every_step_of_a_giver(cast: Cast) -> None:
    need = cast.ask(kind="repair", category=cast.lamp)
    path = f"/needs/{need.number}"
    clerk, fitter = Caller(cast, "clerk"), Caller(cast, "fitter")
    refused(clerk.post(f"{path}/assign", {"giver": "company", "staff": "nobody"}), 422, "invalid")
    first = ok(clerk.post(f"{path}/assign", {"giver": "company", "staff": "fitter"}))["commitment"]
    ok(fitter.post(f"{path}/commitments/{first}/start", {"plan": "今天下午"}))
    ok(clerk.post(f"{path}/commitments/{first}/call_off", {"words": "换一家"}))
    refused(fitter.post(f"{path}/commitments/{first}/start", {}), 404, "not_found")
    second = ok(clerk.post(f"{path}/assign", {"giver": "company"}))["commitment"]
    held = f"{path}/commitments/{second}"
    refused(fitter.post(f"{held}/name_helpers", {"helpers": ["nobody"]}), 422, "invalid")
    ok(fitter.post(f"{held}/name_helpers", {"helpers": []}))
    ok(fitter.post(f"{held}/deliver", {"note": "换好了"}))
    ok(clerk.post(f"{held}/attempt"))
    refused(clerk.post(f"{held}/attempt"), 409, "wrong_state")
    refused(fitter.post(f"{held}/confirm", {"solved": True}), 403, "not_allowed")
    done = ok(clerk.post(f"{held}/confirm", {"solved": True, "satisfaction": "satisfied", "words": "谢谢"}))
    assert done == {"number": need.number, "status": "confirmed", "version": done["version"], "commitment": second}
    assert ok(clerk.get(path))["answered_via"] == "proxy"


def test_the_asker_thanks_after_confirming(cast: Cast) -> None:
    filed = cast.file()
    path, asker = f"/needs/{filed.number}", Caller(cast, code=filed.code)
    refused(asker.post(f"{path}/thank", {"text": "谢谢"}), 409, "wrong_state")
    given = ok(Caller(cast, "clerk").post(f"{path}/assign", {"giver": "company"}))["commitment"]
    ok(Caller(cast, "fitter").post(f"{path}/commitments/{given}/deliver", {"note": "好了"}))
    ok(asker.post(f"{path}/commitments/{given}/confirm", {"solved": True}))
    ok(asker.post(f"{path}/thank", {"text": "谢谢", "agrees": True}))
    assert ok(asker.get(path))["answered_via"] == "self"


def test_handled_on_the_spot_once(cast: Cast) -> None:
    grid_worker = Caller(cast, "grid_worker")
    said = WISH | {"channel": "grid_worker", "note": "当场借到了"}
    filed = ok(grid_worker.post("/needs/on_the_spot", said, key="one"), 201)
    assert ok(grid_worker.post("/needs/on_the_spot", said, key="one"), 200) == filed
    refused(grid_worker.post("/needs/on_the_spot", said | {"note": "别的"}, key="one"), 422, "already_sent")
    assert ok(grid_worker.get(f"/needs/{filed['number']}"))["status"] == "delivered"
    refused(Caller(cast).post("/needs/on_the_spot", said, key="two"), 401, "no_token")
