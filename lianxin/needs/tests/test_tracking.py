"""The public door over HTTP: tracking one's own need."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from lianxin.accounts.actors import SYSTEM
from lianxin.core import clock
from lianxin.core.crypto import encrypt, normal_code
from lianxin.needs import tracking
from lianxin.needs.answers import Answer, Thanks
from lianxin.needs.models import Message, Need, Photo
from lianxin.needs.operations import (
    add_word,
    answer_asker,
    claim_need,
    comment_need,
    decline_need,
    deliver_need,
    merge_need,
    publish_need,
    record_attempt,
    verify_need,
)
from lianxin.needs.operations import close_unanswered as close
from lianxin.needs.states import Status
from lianxin.needs.tests.test_asking import picture
from tests.cast import Cast, fresh


@pytest.fixture(autouse=True)
def _no_counts(db: None) -> None:
    cache.clear()


def opened(cast: Cast, client: Client, **changes: Any) -> Need:
    """A need that `client` has opened with its code."""
    filed = cast.file(**changes)
    answer = client.post("/track/", {"code": filed.code})
    assert answer["Location"] == "/track/need/"
    return Need.objects.get(pk=filed.need_id)


def delivered(cast: Cast, need: Need) -> Any:
    publish_need(need, actor=cast.actor("clerk"), at=cast.clock(), public_text_="想要几本课外书")
    claim = claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    deliver_need(claim, actor=cast.actor("liaison"), at=cast.clock(), note="送到了家门口")
    return claim


def test_a_code_opens_its_need_however_it_is_typed(cast: Cast, client: Client) -> None:
    filed = cast.file()
    for typed in (filed.code, normal_code(filed.code).lower(), f"  {filed.code.replace('-', ' ')} "):
        assert client.post("/track/", {"code": typed})["Location"] == "/track/need/"
        page = client.get("/track/need/")
        assert filed.number in page.content.decode()
        assert "no-store" in page.headers["Cache-Control"]


def test_a_wrong_code_is_said_and_opens_nothing(cast: Cast, client: Client) -> None:
    cast.file()
    answer = client.post("/track/", {"code": "0000-0000-0000-0000"})
    assert answer.status_code == 422
    assert "lx_code" not in answer.cookies
    assert client.post("/track/", {"code": ""}).status_code == 422
    assert client.get("/track/need/")["Location"] == "/track/"


def test_a_number_in_place_of_the_code_is_told_apart_and_opens_nothing(cast: Cast, client: Client) -> None:
    number = cast.ask().number
    for typed in (number, number.lower().replace("-", ""), f" {number} ", "XX-26-00001") * 3:
        answer = client.post("/track/", {"code": typed})
        assert answer.status_code == 422 and "This is the number of your request." in answer.content.decode()
        assert "lx_code" not in answer.cookies


def test_ten_wrong_codes_close_the_door_for_ten_minutes(cast: Cast, client: Client) -> None:
    filed = cast.file()
    for _ in range(10):
        client.post("/track/", {"code": "0000-0000-0000-0000"})
    assert client.post("/track/", {"code": filed.code}).status_code == 429
    assert Client(REMOTE_ADDR="203.0.113.9").post("/track/", {"code": filed.code}).status_code == 302


def test_right_codes_are_not_counted(cast: Cast, client: Client) -> None:
    filed = cast.file()
    for _ in range(12):
        assert client.post("/track/", {"code": filed.code}).status_code == 302


def test_the_cookie_is_worth_nothing_after_half_an_hour(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(cast, client)
    assert client.get("/track/need/").status_code == 200
    later = clock.now() + timedelta(minutes=31)
    monkeypatch.setattr("lianxin.needs.views.tracking.now", lambda: later)
    assert client.get("/track/need/")["Location"] == "/track/"


def test_the_asker_reads_what_concerns_them_and_nothing_from_inside(cast: Cast, client: Client) -> None:
    need = opened(cast, client)
    comment_need(need, actor=cast.actor("clerk"), at=cast.clock(), text="只给内部看")
    answer_asker(need, actor=cast.actor("clerk"), at=cast.clock(), text="明天回复您")
    verify_need(need, actor=cast.actor("clerk"), at=cast.clock(), note="内部备注")
    page = client.get("/track/need/").content.decode()
    assert "明天回复您" in page
    assert "只给内部看" not in page and "内部备注" not in page
    assert cast.users["clerk"].name not in page


def test_the_asker_adds_a_word_once(cast: Cast, client: Client) -> None:
    need = opened(cast, client)
    for _ in range(2):
        assert client.post("/track/need/word/", {"key": "k1", "text": "周末在家"}).status_code == 302
    assert [m.text for m in Message.objects.filter(need=need)] == ["周末在家"]
    empty = client.post("/track/need/word/", {"key": "k2", "text": " "})
    assert empty.status_code == 422
    changed = client.post("/track/need/word/", {"key": "k1", "text": "别的话"})
    assert changed.status_code == 422
    assert "别的话" in changed.content.decode()


def test_words_said_without_a_key_are_all_kept(cast: Cast) -> None:
    need = cast.ask()
    for _ in range(2):
        add_word(need, actor=cast.asker(need), at=cast.clock(), text="再说一遍")
    assert need.messages.count() == 2


def test_the_asker_confirms_and_says_thanks(cast: Cast, client: Client) -> None:
    need = opened(cast, client)
    claim = delivered(cast, need)
    page = client.get("/track/need/").content.decode()
    assert cast.water_unit.label in page and "送到了家门口" in page
    assert page.count("Done, waits for your answer") == 2 and "waiting for the asker" not in page
    missing = client.post(f"/track/need/answer/{claim.pk}/", {})
    assert missing.status_code == 422
    prefix = f"c{claim.pk}"
    sent = {f"{prefix}-solved": "yes", f"{prefix}-satisfaction": "satisfied", f"{prefix}-words": "很好"}
    assert client.post(f"/track/need/answer/{claim.pk}/", sent).status_code == 302
    assert fresh(need).status == Status.CONFIRMED
    assert Answer.objects.get().via == "self"
    again = client.post(f"/track/need/answer/{claim.pk}/", sent)
    assert again.status_code == 422
    thanks = {"thanks-text": "谢谢你们", "thanks-agrees": "on"}
    assert client.post("/track/need/thanks/", thanks).status_code == 302
    assert Thanks.objects.get().asker_agrees is True
    page = client.get("/track/need/").content.decode()
    assert "谢谢你们" in page
    assert page.count("You confirmed it") == 2 and "by the asker" not in page


def test_the_question_and_what_is_wrong_with_an_answer_stand_first(cast: Cast, client: Client) -> None:
    need = opened(cast, client)
    claim = delivered(cast, need)
    page = client.get("/track/need/").content.decode()
    assert page.index(f"/track/need/answer/{claim.pk}/") < page.index('class="lx-steps"')
    for address, sent, field in (
        (f"answer/{claim.pk}/", {}, f"id_c{claim.pk}-solved"),
        ("word/", {"key": "k1", "text": ""}, "id_text"),
        ("erase/", {}, "id_sure"),
    ):
        page = client.post(f"/track/need/{address}", sent).content.decode()
        assert page.count('class="lx-errors"') == 1
        assert page.index('class="lx-errors"') < page.index(f'href="#{field}"') < page.index("<h1"), address
    sent = {f"c{claim.pk}-solved": "yes"}
    client.post(f"/track/need/answer/{claim.pk}/", sent)
    page = client.get("/track/need/").content.decode()
    assert f"/track/need/answer/{claim.pk}/" not in page
    refused = client.post(f"/track/need/answer/{claim.pk}/", sent)
    assert refused.status_code == 422 and 'class="lx-errors"' in refused.content.decode()
    empty = client.post("/track/need/thanks/", {}).content.decode()
    assert empty.index('class="lx-errors"') < empty.index('href="#id_thanks-text"') < empty.index("<h1")


def test_not_solved_goes_back_to_the_giver(cast: Cast, client: Client) -> None:
    need = opened(cast, client)
    claim = delivered(cast, need)
    client.post(f"/track/need/answer/{claim.pk}/", {f"c{claim.pk}-solved": "no"})
    assert fresh(need).status == Status.UNDER_WAY


def test_staff_who_hold_a_code_answer_as_a_proxy_or_not_at_all(cast: Cast, client: Client) -> None:
    need = opened(cast, client)
    claim = delivered(cast, need)
    client.force_login(cast.users["liaison"])
    assert client.post(f"/track/need/answer/{claim.pk}/", {f"c{claim.pk}-solved": "yes"}).status_code in (403, 422)
    assert not Answer.objects.exists()
    client.force_login(cast.users["clerk"])
    client.post(f"/track/need/answer/{claim.pk}/", {f"c{claim.pk}-solved": "yes"})
    answer = Answer.objects.get()
    assert (answer.via, answer.by) == ("proxy", cast.users["clerk"])


def test_somebody_elses_commitment_is_not_there(cast: Cast, client: Client) -> None:
    other = delivered(cast, cast.ask())
    opened(cast, client)
    sent = {f"c{other.pk}-solved": "yes"}
    assert client.post(f"/track/need/answer/{other.pk}/", sent).status_code == 404


def test_the_asker_withdraws(cast: Cast, client: Client) -> None:
    need = opened(cast, client)
    assert client.post("/track/need/withdraw/").status_code == 302
    assert fresh(need).status == Status.WITHDRAWN
    again = client.post("/track/need/withdraw/")
    assert again.status_code == 422


def test_a_decline_shows_its_reason_and_can_be_contested_once(cast: Cast, client: Client) -> None:
    need = opened(cast, client)
    decline_need(
        need,
        actor=cast.actor("clerk"),
        at=cast.clock(),
        reason="not_ours",
        words="这条路归公路段管",
        right_owner="样例公路段",
    )
    page = client.get("/track/need/").content.decode()
    assert "这条路归公路段管" in page and "样例公路段" in page
    assert client.post("/track/need/contest/").status_code == 302
    assert fresh(need).contested_at is not None
    assert client.post("/track/need/contest/").status_code == 422


def test_the_asker_of_a_merged_need_answers_when_the_joint_one_is_done(cast: Cast, client: Client) -> None:
    joint = cast.ask()
    need = opened(cast, client)
    merge_need(need, actor=cast.actor("clerk"), at=cast.clock(), into=joint)
    sent = {"merged-solved": "yes", "merged-satisfaction": "fairly"}
    assert joint.number in client.get("/track/need/").content.decode()
    assert client.post("/track/need/answer/", sent).status_code == 422
    delivered(cast, fresh(joint))
    assert client.post("/track/need/answer/", sent).status_code == 302
    assert fresh(need).solved is True


def test_what_was_closed_unanswered_can_still_be_answered(cast: Cast, client: Client) -> None:
    need = opened(cast, client)
    claim = delivered(cast, need)
    for days in (1, 1):
        record_attempt(claim, actor=cast.actor("clerk"), at=cast.clock(days=days))
    assert close(claim, actor=SYSTEM, at=cast.clock(days=20))
    assert fresh(need).status == Status.CLOSED_UNANSWERED
    assert client.get("/track/need/").status_code == 200


def test_photos_are_shown_to_their_asker_alone(cast: Cast, client: Client, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    sent = {"key": "k", "category": "books", "text": "书", "community": "north", "photos": [picture()]}
    client.post("/ask/wish/", sent)
    photo = Photo.objects.get()
    answer = client.get(f"/track/need/photo/{photo.pk}/")
    assert answer["Content-Type"] == "image/jpeg"
    stranger = Client()
    opened(cast, stranger)
    assert stranger.get(f"/track/need/photo/{photo.pk}/").status_code == 404
    assert Client().get(f"/track/need/photo/{photo.pk}/")["Location"] == "/track/"


def test_forgetting_the_device_closes_the_page(cast: Cast, client: Client) -> None:
    opened(cast, client)
    client.post("/track/forget/")
    assert client.get("/track/need/")["Location"] == "/track/"


def test_reading_changes_nothing(cast: Cast, client: Client) -> None:
    need = opened(cast, client)
    for action in ("word", "withdraw", "contest", "thanks", "answer", "answer/1"):
        assert client.get(f"/track/need/{action}/").status_code == 405
    assert fresh(need).version == need.version


def test_the_page_costs_few_queries(cast: Cast, client: Client, django_assert_max_num_queries) -> None:
    delivered(cast, opened(cast, client))
    with django_assert_max_num_queries(12):
        client.get("/track/need/")


def test_a_cookie_that_somebody_made_up_is_no_code(cast: Cast, rf: Any) -> None:
    at = clock.now()
    for value in ("", "x", "€", encrypt("[]"), encrypt('"text"'), encrypt('{"code": "A"}')):
        request = rf.get("/")
        request.COOKIES["lx_code"] = value
        assert tracking.code_in(request, at) == ""
