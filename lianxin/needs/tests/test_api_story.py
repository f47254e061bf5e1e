"""Eighteen wishes of a company's staff, from hand-in to the last confirmation, over the API alone."""

from typing import Any

from lianxin.needs.models import Need
from lianxin.needs.tests.api_caller import Caller, _nobody_is_throttled, ok, refused  # noqa: F401
from tests.cast import Cast

WORDS = "想要一个书包"
BATCH = {
    "organisation": "factory",
    "community": "north",
    "wishes": [{"text": f"{WORDS}，给第{i}个孩子", "category": "books", "publish_ok": True} for i in range(18)],
}


def share(caller: Caller, number: str) -> tuple[Any, ...]:
    batch = ok(caller.get(f"/batches/{number}"))
    return batch["numerator"], batch["denominator"], batch["value"]


def test_eighteen_wishes(cast: Cast) -> None:
    factory, clerk = Caller(cast, "factory_liaison"), Caller(cast, "clerk")
    water, school = Caller(cast, "liaison"), Caller(cast, "school_liaison")
    handed = ok(factory.post("/batches", BATCH, key="eighteen"), 201)
    assert ok(factory.post("/batches", BATCH, key="eighteen"), 200) == handed
    assert Need.objects.count() == 18
    codes = {slip["number"]: slip["code"] for slip in handed["slips"]}

    for number in codes:
        ok(clerk.post(f"/needs/{number}/publish", {"public_text": WORDS}))
    claimed = ok(water.post(f"/batches/{handed['number']}/claim", {"giver": "water-unit", "plan": "一起送"}))
    assert claimed["claimed"] == list(codes)
    refused(school.post(f"/batches/{handed['number']}/claim", {"giver": "school-unit"}), 404, "not_found")

    held: dict[str, str] = {}
    for number in codes:
        commitment = ok(water.get(f"/needs/{number}"))["commitments"][0]["id"]
        held[number] = f"/needs/{number}/commitments/{commitment}"
        ok(water.post(f"{held[number]}/deliver", {"note": "送到了"}))
    assert share(clerk, handed["number"]) == (0, 18, 0.0)

    *happy, last = codes
    for number in happy:
        asker = Caller(cast, code=codes[number])
        assert ok(asker.post(f"{held[number]}/confirm", {"solved": True}))["status"] == "confirmed"
    unhappy = Caller(cast, code=codes[last])
    assert ok(unhappy.post(f"{held[last]}/confirm", {"solved": False}))["status"] == "under_way"
    assert share(factory, handed["number"]) == (17, 18, 0.9444)

    assert ok(water.post(f"{held[last]}/give_back", {"reason": "no_means"}))["status"] == "published"
    again = ok(school.post(f"/needs/{last}/claim", {"giver": "school-unit"}))["commitment"]
    ok(school.post(f"/needs/{last}/commitments/{again}/deliver", {"note": "又送了"}))
    ok(unhappy.post(f"/needs/{last}/commitments/{again}/confirm", {"solved": True}))
    assert share(factory, handed["number"]) == (18, 18, 1.0)
    row = ok(factory.get("/batches"))["items"][0]
    assert (row["numerator"], row["denominator"], row["value"]) == (18, 18, 1.0)


def test_the_company_sees_numbers_and_states_only(cast: Cast) -> None:
    factory = Caller(cast, "factory_liaison")
    handed = ok(factory.post("/batches", BATCH, key="one"), 201)
    number = handed["slips"][0]["number"]
    ok(Caller(cast, "clerk").post(f"/needs/{number}/publish", {"public_text": WORDS}))
    answer = factory.get(f"/batches/{handed['number']}")
    assert WORDS not in answer.content.decode()
    assert ok(answer)["wishes"][0] == {"number": number, "status": "published"}
    refused(factory.get(f"/needs/{number}"), 404, "not_found")
    assert ok(factory.get("/needs"))["items"] == []


def test_a_batch_of_somebody_else_is_not_there(cast: Cast) -> None:
    handed = ok(Caller(cast, "factory_liaison").post("/batches", BATCH, key="one"), 201)
    refused(Caller(cast, "outsider").get(f"/batches/{handed['number']}"), 404, "not_found")
    refused(Caller(cast, "liaison").post("/batches", BATCH, key="two"), 403, "not_allowed")
    refused(Caller(cast, "factory_liaison").post("/batches", BATCH | {"wishes": []}, key="three"), 422, "invalid")
    changed = BATCH | {"wishes": BATCH["wishes"][:3]}
    refused(Caller(cast, "factory_liaison").post("/batches", changed, key="one"), 422, "already_sent")


def test_batches_cost_the_same_for_one_and_for_ten(cast: Cast, django_assert_max_num_queries: Any) -> None:
    factory, clerk = Caller(cast, "factory_liaison"), Caller(cast, "clerk")
    for i in range(10):
        ok(factory.post("/batches", BATCH | {"wishes": BATCH["wishes"][:2]}, key=f"key-{i}"), 201)
        with django_assert_max_num_queries(8):
            assert len(ok(clerk.get("/batches"))["items"]) == i + 1
