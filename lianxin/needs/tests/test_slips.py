"""Slips on the paper of the desk, and lists and needs as PDF."""

import re
from pathlib import Path
from typing import Any

import pytest

from lianxin.needs.models import Need
from lianxin.needs.tests.test_staff_filing import FILE, form
from tests.cast import Cast
from tests.papers import sizes, words

SLIPS = "/workspace/slips/"
CODE = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}")

pytestmark = pytest.mark.pdf


def filed(cast: Cast, pages: Any, name: str = "clerk") -> Any:
    browser = pages.of(name)
    browser.post(FILE, form(cast, browser, text="楼道灯不亮"))
    return browser


def hand_in(cast: Cast, pages: Any, count: int) -> Any:
    browser = pages.of("factory_liaison")
    page = "/workspace/batches/new/"
    said = {
        "key": browser.get(page).context["form"].fields["key"].initial,
        "organisation": cast.factory.pk,
        "community": cast.north.pk,
        "category": cast.books.pk,
        "wishes": "\n".join(f"想要第{i}本书" for i in range(count)),
    }
    assert browser.post(page, said)["Location"] == SLIPS
    return browser


def test_a_slip_on_the_roll_is_80_mm_wide_with_number_code_dates_and_whom_to_call(cast: Cast, pages: Any) -> None:
    browser = filed(cast, pages)
    code = CODE.search(browser.get(SLIPS).content.decode()).group()
    paper = browser.get(SLIPS, {"format": "pdf"}, headers={"Accept-Language": "zh-hans"})
    assert paper["Content-Type"] == "application/pdf"
    assert sizes(paper.content) == [(80, 140)]
    need = Need.objects.get()
    for part in (need.number, code, "您的诉求", "北社区", "0973-000-0001"):
        assert part in words(paper.content), part


def test_the_paper_is_chosen_once_and_remembered_in_this_browser(cast: Cast, pages: Any) -> None:
    browser = filed(cast, pages)
    assert browser.get(SLIPS).context["paper"] == "roll"
    assert browser.get(SLIPS, {"paper": "a4"}).context["paper"] == "a4"
    assert browser.get(SLIPS).context["paper"] == "a4"
    assert sizes(browser.get(SLIPS, {"format": "pdf"}).content) == [(210, 297)]
    assert browser.get(SLIPS, {"paper": "papyrus"}).context["paper"] == "a4"
    assert filed(cast, pages, "clerk_2").get(SLIPS).context["paper"] == "roll"


def test_the_slips_of_a_batch_go_six_on_a_sheet_or_one_after_the_other(cast: Cast, pages: Any) -> None:
    browser = hand_in(cast, pages, 8)
    codes = set(CODE.findall(browser.get(SLIPS).content.decode()))
    assert len(codes) == 8
    sheets = browser.get(SLIPS, {"paper": "a4", "format": "pdf"}).content
    assert sizes(sheets) == [(210, 297)] * 2
    roll = browser.get(SLIPS, {"paper": "roll", "format": "pdf"}).content
    assert sizes(roll) == [(80, 140)] * 8
    assert set(CODE.findall(words(sheets))) == set(CODE.findall(words(roll))) == codes


def test_a_drawn_slip_is_kept_nowhere(cast: Cast, pages: Any, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    browser = filed(cast, pages)
    code = CODE.search(browser.get(SLIPS).content.decode()).group()
    before = sorted(tmp_path.rglob("*"))
    paper = browser.get(SLIPS, {"format": "pdf"})
    assert "no-store" in paper["Cache-Control"]
    assert code in words(paper.content)
    assert sorted(tmp_path.rglob("*")) == before
    assert code not in str(dict(browser.session))


def test_without_the_libraries_the_page_is_offered_and_no_pdf(cast: Cast, pages: Any, monkeypatch: Any) -> None:
    browser = filed(cast, pages)
    assert 'href="?format=pdf"' in browser.get(SLIPS).content.decode()
    monkeypatch.setattr("lianxin.core.pdf.available", lambda: False)
    page = browser.get(SLIPS, {"format": "pdf"})
    assert page["Content-Type"].startswith("text/html")
    assert 'href="?format=pdf"' not in page.content.decode() and "data-print" in page.content.decode()


def test_the_list_as_pdf_says_what_it_shows_and_repeats_its_head(cast: Cast, pages: Any, monkeypatch: Any) -> None:
    for i in range(60):
        cast.ask(kind="repair", category=cast.lamp, text=f"路灯{i}号不亮")
    cast.ask(text="要书")
    paper = pages.of("clerk").get("/workspace/needs/", {"kind": "repair", "format": "pdf"})
    said = words(paper.content)
    assert "60 of 60, as of" in said and "Repair" in said and "要书" not in said
    assert all(f"路灯{i}号不亮" in said for i in range(60))
    assert len(sizes(paper.content)) == said.count("Given to") > 1
    assert re.search(rf"\b1 ?/ ?{len(sizes(paper.content))}\b", said)
    assert "Excel" not in said and "Print" not in said
    monkeypatch.setattr("lianxin.needs.views.need_list.DRAWN", 20)
    few = pages.of("clerk").get("/workspace/needs/", {"kind": "repair", "format": "pdf"})
    assert "20 of 60, as of" in words(few.content)


def test_a_need_as_pdf_holds_no_contact_even_when_it_is_open_on_the_screen(cast: Cast, pages: Any) -> None:
    need = cast.ask(phone="138 0000 0000", name="样例居民", place_detail="二楼东户")
    browser = pages.of("clerk")
    page = f"/workspace/needs/{need.number}/"
    browser.post(f"{page}look/", {"purpose": "call"})
    paper = browser.get(page, {"format": "pdf"})
    said = words(paper.content)
    assert need.number in said and "想要几本课外书" in said
    for private in ("138", "样例居民", "二楼东户"):
        assert private not in said
    assert pages.of("south_clerk").get(page, {"format": "pdf"}).status_code == 404
