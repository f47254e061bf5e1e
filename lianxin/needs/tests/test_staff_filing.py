"""Filing for someone, on the spot, and the slips."""

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from lianxin.core.errors import Invalid
from lianxin.needs.models import Need
from lianxin.needs.operations import correct_need
from lianxin.needs.states import Status
from tests.cast import Cast, digest_of

FILE = "/workspace/file/"


def form(cast: Cast, browser: Any, kind: str = "wish", page: str = FILE, **changes: Any) -> dict[str, Any]:
    """What the form sends when it is sent as it is shown, with `changes`."""
    shown = browser.get(page, {"kind": kind}).context["form"]
    said = {name: field.initial for name, field in shown.fields.items() if field.initial not in (None, False)}
    return {**said, "text": "想要几本书", "category": cast.books.pk, **changes}


def test_a_grid_worker_files_with_tile_words_and_send(cast: Cast, pages: Any) -> None:
    browser = pages.of("grid_worker")
    tiles = browser.get(FILE)
    assert "?kind=wish" in tiles.content.decode()
    sent = browser.post(FILE, form(cast, browser))
    assert sent["Location"] == "/workspace/slips/"
    need = Need.objects.get()
    assert (need.channel, need.grid_id, need.community_id) == ("grid_worker", cast.grid_1.pk, cast.north.pk)
    assert need.filed_by == cast.users["grid_worker"]


def test_the_slip_shows_number_code_and_qr_and_the_code_stands_nowhere_else(cast: Cast, pages: Any) -> None:
    browser = pages.of("clerk")
    browser.post(FILE, form(cast, browser, text="要书"))
    need = Need.objects.get()
    slip = browser.get("/workspace/slips/")
    code = re.search(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", slip.content.decode()).group()
    assert digest_of(code) == need.code_digest
    assert need.number in slip.content.decode()
    assert "data:image/svg+xml" in slip.content.decode()
    assert "no-store" in slip["Cache-Control"]
    assert code not in str(dict(browser.session))
    assert code not in browser.get(f"/workspace/needs/{need.number}/").content.decode()
    assert "No slip to show" in pages.of("clerk_2").get("/workspace/slips/").content.decode()


def test_sending_twice_files_once_and_other_words_ask_first(cast: Cast, pages: Any) -> None:
    browser = pages.of("clerk")
    said = form(cast, browser)
    browser.post(FILE, said)
    browser.post(FILE, said)
    assert Need.objects.count() == 1
    other = browser.post(FILE, said | {"text": "别的话"})
    assert other.status_code == 422
    page = other.content.decode()
    assert f"already sent as {Need.objects.get().number}" in page
    assert "别的话" in page
    new_key = other.context["form"]["key"].value()
    assert new_key != said["key"]
    browser.post(FILE, said | {"text": "别的话", "key": new_key})
    assert Need.objects.count() == 2


def test_what_is_missing_is_said_and_what_was_typed_stays(cast: Cast, pages: Any) -> None:
    browser = pages.of("clerk")
    answer = browser.post(FILE, form(cast, browser, text="", name="样例名", community=cast.south.pk))
    assert answer.status_code == 422
    assert "样例名" in answer.content.decode()
    assert {"text", "community"} <= set(answer.context["form"].errors)
    assert Need.objects.count() == 0


def test_a_hotline_case_keeps_its_number_and_a_complaint_its_subject(cast: Cast, pages: Any) -> None:
    browser = pages.of("town_officer")
    said = form(
        cast,
        browser,
        "complaint",
        category=cast.fees.pk,
        community=cast.north.pk,
        channel="hotline",
        outside_number="12345-9",
        subject_kind="office",
    )
    assert browser.post(FILE, said).status_code == 302
    need = Need.objects.get()
    assert (need.channel, need.outside_number, need.handler_id) == ("hotline", "12345-9", cast.town.pk)
    assert need.hidden_path


def test_call_me_back_needs_a_number_only(cast: Cast, pages: Any) -> None:
    browser = pages.of("clerk")
    said = form(cast, browser, "call_back", category=cast.call_back.pk, text="")
    assert browser.post(FILE, said).status_code == 422
    short = browser.post(FILE, said | {"phone": "1380000123"})
    assert short.status_code == 422 and list(short.context["form"].errors) == ["phone"]
    assert browser.post(FILE, said | {"phone": "13800001234"}).status_code == 302
    need = Need.objects.get()
    corrected = {"actor": cast.actor("clerk"), "at": cast.clock(), "version": need.version}
    with pytest.raises(Invalid):
        correct_need(need, asker_phone="138000012345", **corrected)
    correct_need(need, asker_phone="0973-8722123", **corrected)
    assert Need.objects.get().asker_phone == "0973-8722123"


@pytest.mark.parametrize("name", ["grid_worker", "clerk"])
def test_filing_costs_at_most_fourteen_queries(
    cast: Cast, pages: Any, name: str, django_assert_max_num_queries: Any
) -> None:
    browser = pages.of(name)
    cast.ask()
    said = form(cast, browser)
    with django_assert_max_num_queries(30) as queries:
        assert browser.post(FILE, said).status_code == 302
    assert len([q for q in queries.captured_queries if "SAVEPOINT" not in q["sql"]]) <= 14


def test_handled_on_the_spot_files_and_delivers_for_the_office(cast: Cast, pages: Any) -> None:
    browser = pages.of("clerk")
    page = "/workspace/on-the-spot/"
    said = form(cast, browser, "repair", page, category=cast.lamp.pk, text="灯坏了", note="换了灯泡")
    assert browser.post(page, said | {"note": ""}).status_code == 422
    assert browser.post(page, said)["Location"] == "/workspace/slips/"
    need = Need.objects.get()
    assert need.status == Status.DELIVERED
    assert need.commitments.get().giver == cast.office
    slip = browser.get("/workspace/slips/").content.decode()
    assert slip.count("It is done, please confirm") == 2
    assert "You hear from us" not in slip and "It should be done" not in slip
    assert browser.post(f"/workspace/needs/{need.number}/confirm/", {"solved": "yes"}).status_code == 403


@pytest.mark.parametrize("name", ["fitter", "housing_officer", "admin", "liaison"])
def test_nobody_else_files_for_someone(cast: Cast, pages: Any, name: str) -> None:
    assert pages.of(name).get(FILE).status_code == 403
    assert pages.of(name).get("/workspace/on-the-spot/").status_code == 403


def picture() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    return SimpleUploadedFile("x.png", out.getvalue(), "image/png")


@pytest.mark.parametrize("page", [FILE, "/workspace/on-the-spot/"])
def test_a_photo_goes_with_it_and_stands_on_the_needs_page(cast: Cast, pages: Any, page: str) -> None:
    browser = pages.of("grid_worker")
    assert 'accept="image/*"' in browser.get(page, {"kind": "wish"}).content.decode()
    said = form(cast, browser, page=page, note="修好了")
    refused = browser.post(page, said | {"photos": SimpleUploadedFile("x.jpg", b"no picture", "image/jpeg")})
    assert refused.status_code == 422
    assert "photos" in refused.context["form"].errors
    assert "once more" in refused.content.decode()
    assert Need.objects.count() == 0
    browser.post(page, said | {"photos": [picture(), picture()]})
    need = Need.objects.get()
    first, _second = need.photos.order_by("pk")
    assert not first.of_delivery
    address = f"/workspace/needs/{need.number}/photos/{first.pk}/"
    assert address in browser.get(f"/workspace/needs/{need.number}/").content.decode()
    shown = browser.get(address)
    assert shown["Content-Type"] == "image/jpeg"


def test_a_call_back_asks_for_no_photo(cast: Cast, pages: Any) -> None:
    assert "photos" not in pages.of("clerk").get(FILE, {"kind": "call_back"}).context["form"].fields
