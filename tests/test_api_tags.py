"""ETag, If-None-Match and If-Match: nothing read twice, nothing overwritten."""

from typing import Any

import pytest

from lianxin.needs.models import Need
from lianxin.needs.tests.api_caller import Caller, _nobody_is_throttled, ok, published, refused  # noqa: F401
from tests.cast import Cast


def get(caller: Caller, path: str, **headers: str) -> Any:
    return caller.client.get(f"/api/v1{path}", headers=caller.headers | headers)


def post(caller: Caller, path: str, said: Any, **headers: str) -> Any:
    return caller.client.post(f"/api/v1{path}", said, content_type="application/json", headers=caller.headers | headers)


@pytest.mark.parametrize("path", ["/places", "/places/north", "/organisations/company", "/needs", "/needs/{number}"])
def test_what_the_caller_has_is_not_sent_again(cast: Cast, path: str) -> None:
    need = published(cast)
    path, clerk = path.replace("{number}", need.number), Caller(cast, "clerk")
    tag = get(clerk, path)["ETag"]
    again = get(clerk, path, **{"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert "RateLimit-Remaining" in again and "Authorization" in again["Vary"]
    chinese = get(clerk, path, **{"If-None-Match": tag, "Accept-Language": "zh-hans"})
    assert chinese.status_code == (304 if path.startswith("/needs") else 200)
    if path.startswith("/needs"):
        ok(clerk.post(f"/needs/{need.number}/comment", {"text": "先打电话"}))
        assert get(clerk, path, **{"If-None-Match": tag}).status_code == 200


def test_a_stale_tag_changes_nothing_and_shows_both(cast: Cast) -> None:
    need, clerk, other = published(cast), Caller(cast, "clerk"), Caller(cast, "clerk_2")
    path = f"/needs/{need.number}"
    tag = get(clerk, path)["ETag"]
    ok(other.post(f"{path}/correct", {"version": ok(get(other, path))["version"], "urgency": "urgent"}))
    said = refused(post(clerk, f"{path}/comment", {"text": "先打电话"}, **{"If-Match": tag}), 412, "stale")
    need.refresh_from_db()
    assert said["yours"] == {"if_match": tag}
    assert said["theirs"] == {
        "version": need.version,
        "status": "published",
        "urgency": "urgent",
        "public_text": "想要几本课外书",
        "publish_ok": True,
        "category": "books",
    }
    assert not need.messages.exists()
    fresh = get(clerk, path, **{"Accept-Language": "zh-hans"})["ETag"]
    ok(post(clerk, f"{path}/comment", {"text": "先打电话"}, **{"If-Match": f'"1-old", {fresh}'}))
    ok(post(clerk, f"{path}/comment", {"text": "再打一次"}, **{"If-Match": "*"}))
    for made_up in ("", "nonsense", f'W/"{need.version}-x"', '"-"', f'"{need.version}'):
        refused(post(clerk, f"{path}/comment", {"text": "又"}, **{"If-Match": made_up}), 412, "stale")


def test_a_repeated_call_is_answered_as_before_though_it_changed_the_version_itself(cast: Cast) -> None:
    need, clerk = published(cast), Caller(cast, "clerk")
    tag = get(clerk, f"/needs/{need.number}")["ETag"]
    once = {"If-Match": tag, "Idempotency-Key": "one"}
    first = ok(post(clerk, f"/needs/{need.number}/comment", {"text": "先打电话"}, **once))
    assert ok(post(clerk, f"/needs/{need.number}/comment", {"text": "先打电话"}, **once)) == first
    assert need.messages.count() == 1


def test_the_asker_by_code_and_a_unit_with_a_batch_send_tags_too(cast: Cast) -> None:
    filed = cast.file()
    asker = Caller(cast, code=filed.code)
    tag = get(asker, f"/needs/{filed.number}")["ETag"]
    ok(post(asker, f"/needs/{filed.number}/add_word", {"text": "还有"}, **{"If-Match": tag}))
    refused(post(asker, f"/needs/{filed.number}/withdraw", None, **{"If-Match": tag}), 412, "stale")
    wishes = [{"text": "想要一盏台灯", "category": "books", "publish_ok": True}]
    said = {"organisation": "factory", "community": "north", "wishes": wishes}
    batch = ok(Caller(cast, "factory_liaison").post("/batches", said, key="one"), 201)
    number = batch["slips"][0]["number"]
    ok(Caller(cast, "clerk").post(f"/needs/{number}/publish", {"public_text": "想要一盏台灯"}))
    path, water = f"/batches/{batch['number']}", Caller(cast, "liaison")
    tag = get(water, path)["ETag"]
    ok(Caller(cast, "clerk").post(f"/needs/{number}/comment", {"text": "问过了"}))
    refused(post(water, f"{path}/claim", {"giver": "water-unit"}, **{"If-Match": tag}), 412, "stale")
    assert not Need.objects.filter(status="claimed").exists()
    fresh = get(water, path)["ETag"]
    ok(post(water, f"{path}/claim", {"giver": "water-unit"}, **{"If-Match": fresh}))
