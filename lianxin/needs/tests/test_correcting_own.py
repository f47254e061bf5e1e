"""What askers correct of what is held on them: how to be reached, and whether it may be published."""

from typing import Any

import pytest
from django.test import Client

from lianxin.core.errors import Invalid, NotAllowed
from lianxin.needs.models import Need
from lianxin.needs.operations import assign_need, claim_need, correct_need, correct_own, give_back
from lianxin.needs.queries import wall
from lianxin.needs.states import Status
from lianxin.notifications.models import Notice
from tests.cast import Cast, fresh
from tests.test_pipeline_table import claimed, held, published

pytestmark = pytest.mark.django_db
SAID: dict[str, Any] = {"name": "", "phone": "", "place_detail": "", "giver_may_call": False}


def own(cast: Cast, need: Need, **said: Any) -> Need:
    return correct_own(need, actor=cast.asker(need), at=cast.clock(), **(SAID | said))


@pytest.fixture
def opened(cast: Cast) -> tuple[Client, Need]:
    """The asker's browser, with the code."""
    filed = cast.file(phone="13800001234", name="样例居民", place_detail="3号楼")
    client = Client(headers={"Accept-Language": "en"})
    client.post("/track/", {"code": filed.code})
    return client, Need.objects.get(pk=filed.need_id)


def test_a_wrong_number_is_put_right_and_the_office_hears(opened: tuple[Client, Need]) -> None:
    client, need = opened
    page = client.get("/track/need/held/").content.decode()
    assert 'value="13800001234"' in page and 'value="样例居民"' in page
    said = {"phone": "138 0000 9999", "may_call": "yes", "name": "样例居民", "place_detail": "", "publish_ok": "yes"}
    answer = client.post("/track/need/correct/", said, follow=True)
    assert "The office goes by it from now on." in answer.content.decode()
    need = fresh(need)
    assert (need.asker_phone, need.asker_name, need.place_detail) == ("138 0000 9999", "样例居民", "")
    assert need.giver_may_call
    last = need.story[-1]
    assert last.code == "need.corrected_own"
    assert last.params["fields"] == ["asker_phone", "giver_may_call", "place_detail"]
    assert "138" not in str(last.params["digests"]["asker_phone"])
    assert Notice.objects.filter(code="need.corrected_own").count() == 1


def test_a_number_that_cannot_be_one_is_said_and_what_was_typed_stays(opened: tuple[Client, Need]) -> None:
    client, need = opened
    said = {"phone": "1380000999", "may_call": "no", "name": "甲", "place_detail": "", "publish_ok": "yes"}
    answer = client.post("/track/need/correct/", said)
    page = answer.content.decode()
    assert answer.status_code == 422 and "Is one missing?" in page and 'value="1380000999"' in page
    assert fresh(need).asker_phone == "13800001234" and need.version == fresh(need).version


def test_saving_what_stands_already_changes_nothing(opened: tuple[Client, Need]) -> None:
    client, need = opened
    said = {"phone": "13800001234", "may_call": "no", "name": "样例居民", "place_detail": "3号楼", "publish_ok": "yes"}
    assert client.post("/track/need/correct/", said).status_code == 302
    assert fresh(need).version == need.version and not Notice.objects.filter(code="need.corrected_own").exists()


def test_without_the_code_nothing_is_corrected(cast: Cast) -> None:
    need = cast.ask()
    assert Client().post("/track/need/correct/", {"phone": "13800001234"})["Location"] == "/track/"
    for who in ("clerk", "grid_worker", "liaison"):
        with pytest.raises(NotAllowed):
            correct_own(need, actor=cast.actor(who), at=cast.clock(), **SAID)


def test_a_no_takes_it_off_the_wall(cast: Cast) -> None:
    need = published(cast)
    assert wall().count() == 1
    own(cast, need, publish_ok=False)
    assert wall().count() == 0
    assert (fresh(need).status, fresh(need).published_at, fresh(need).publish_ok) == (Status.VERIFIED, None, False)
    own(cast, need, publish_ok=True)
    assert fresh(need).publish_ok and fresh(need).status == Status.VERIFIED


def test_whoever_has_taken_it_on_goes_on_after_a_no(cast: Cast) -> None:
    need = claimed(cast)
    own(cast, need, publish_ok=False)
    assert fresh(need).status == Status.CLAIMED and wall().count() == 0
    give_back(held(need), actor=cast.actor("liaison"), at=cast.clock(), reason="no_time")
    assert fresh(need).status == Status.VERIFIED
    with pytest.raises(NotAllowed):
        claim_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.water_unit)
    assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)


def test_who_wants_a_call_leaves_a_number(cast: Cast) -> None:
    need = cast.ask(kind="call_back", category=cast.call_back, phone="13800001234", publish_ok=False)
    with pytest.raises(Invalid):
        own(cast, need)
    own(cast, need, phone="13800009999", publish_ok=True)
    assert fresh(need).asker_phone == "13800009999" and not fresh(need).publish_ok


def test_a_program_corrects_for_whoever_has_the_code(cast: Cast) -> None:
    filed = cast.file(phone="13800001234")
    answer = Client().post(
        f"/api/v1/needs/{filed.number}/correct_own",
        {"phone": "13800009999", "giver_may_call": True},
        "application/json",
        headers={"X-Tracking-Code": filed.code},
    )
    assert answer.status_code == 200, answer.content
    assert Need.objects.get(pk=filed.need_id).giver_may_call


def test_after_the_askers_no_the_office_cannot_say_yes(cast: Cast) -> None:
    need = cast.ask()
    own(cast, need, publish_ok=False)
    clerk, version = cast.actor("clerk"), fresh(need).version
    with pytest.raises(Invalid, match="only the asker"):
        correct_need(need, actor=clerk, at=cast.clock(), version=version, publish_ok=True)
    assert fresh(need).publish_ok is False
    own(cast, need, publish_ok=True)
    assert fresh(need).publish_ok
    asked = cast.ask(publish_ok=False)
    correct_need(asked, actor=clerk, at=cast.clock(), version=fresh(asked).version, publish_ok=True)
    assert fresh(asked).publish_ok


def test_the_askers_last_word_on_publication_is_what_the_office_is_bound_by(cast: Cast) -> None:
    need = cast.ask()
    clerk = cast.actor("clerk")

    def asker_says(yes: bool) -> None:
        own(cast, need, publish_ok=yes)

    def office_says(yes: bool) -> None:
        version = Need.objects.get(pk=need.pk).version
        correct_need(need, actor=clerk, at=cast.clock(), version=version, publish_ok=yes)

    asker_says(False)
    with pytest.raises(Invalid, match="said no"):
        office_says(True)
    asker_says(True)
    office_says(False)
    office_says(True)
    assert Need.objects.get(pk=need.pk).publish_ok
    asker_says(False)
    with pytest.raises(Invalid, match="said no"):
        office_says(True)
