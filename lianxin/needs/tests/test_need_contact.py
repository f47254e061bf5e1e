"""Who sees the contact and the photos on a need's page."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from lianxin.needs.operations import (
    assign_need,
)
from lianxin.needs.tests.test_need_page import repair, text, url
from lianxin.personal.models import Look
from tests.cast import Cast


def test_the_contact_is_masked_until_shown_and_each_look_is_kept(cast: Cast, pages: Any, monkeypatch: Any) -> None:
    need = repair(cast)
    browser = pages.of("clerk")
    page = text(browser.get(url(need)))
    assert "13800001234" not in page
    assert "138****34" in page
    assert browser.post(url(need, "look"), {"purpose": ""}).status_code == 302
    assert Look.objects.count() == 0
    browser.post(url(need, "look"), {"purpose": "call"})
    page = text(browser.get(url(need)))
    assert "13800001234" in page
    assert "To call the asker" in page
    assert "13800001234" not in text(pages.of("clerk_2").get(url(need)))
    look = Look.objects.get()
    assert (look.user, look.object_key) == (cast.users["clerk"], need.chain_key)
    look.at -= timedelta(minutes=11)
    look.save()
    assert "13800001234" not in text(browser.get(url(need)))


@pytest.mark.parametrize("may_call", [False, True])
def test_a_company_sees_where_and_whom_to_call_only_when_allowed(cast: Cast, pages: Any, may_call: bool) -> None:
    need = repair(cast, giver_may_call=may_call)
    assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    browser = pages.of("fitter")
    browser.post(url(need, "look"), {"purpose": "visit"})
    page = text(browser.get(url(need)))
    assert "3号楼2层" in page
    assert ("13800001234" in page) == may_call
    assert ("样例居民" in page) == may_call


def test_photos_go_to_those_who_read_the_words_and_to_nobody_else(
    cast: Cast, pages: Any, tmp_path: Any, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    need = repair(cast)
    assign_need(need, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    picture = tmp_path / "in.png"
    Image.new("RGB", (20, 20), "red").save(picture)
    upload = SimpleUploadedFile("a.png", picture.read_bytes(), "image/png")
    sent = pages.of("fitter").post(url(need, "deliver"), {"note": "换了", "photos": upload})
    assert sent.status_code == 302
    photo = need.photos.get()
    address = f"{url(need)}photos/{photo.pk}/"
    answer = pages.of("clerk").get(address)
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer.streaming_content).startswith(b"\xff\xd8")
    assert pages.of("south_clerk").get(address).status_code == 404
    assert pages.of("clerk").get(f"{url(need)}photos/{photo.pk + 1}/").status_code == 404
    bad = SimpleUploadedFile("a.png", b"not a picture", "image/png")
    again = repair(cast)
    assign_need(again, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.company)
    refused = pages.of("fitter").post(url(again, "deliver"), {"note": "换了", "photos": bad})
    assert refused.status_code == 422
