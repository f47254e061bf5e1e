"""Pages as PDF: right paper, readable Chinese, nothing read from elsewhere; `lianxin check` says what is missing."""

import re
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks

from lianxin.core import pdf
from tests.papers import sizes, words

pytestmark = pytest.mark.pdf


def html(body: str) -> str:
    return f"<html lang='zh-hans'><style>@page {{ size: 80mm 100mm }} body {{ font-size: 9pt }}</style>{body}"


def test_chinese_can_be_read_from_the_file_and_the_paper_is_what_the_style_says() -> None:
    data = pdf.draw(html("<p>您的诉求 TR-26-00001</p>"))
    assert "您的诉求 TR-26-00001" in words(data)
    assert sizes(data) == [(80, 100)]


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/hostname",
        "http://lianxin.invalid/etc/hostname",
        "http://lianxin.invalid/static/../settings.py",
        "http://lianxin.invalid/static/%2e%2e/settings.py",
        "http://lianxin.invalid/static//etc/hostname",
        "http://lianxin.invalid/static/none.css",
        "http://lianxin.invalid.example/static/paper.css",
        "http://127.0.0.1:5432/static/paper.css",
        "ftp://lianxin.invalid/static/paper.css",
    ],
)
def test_nothing_but_our_static_files_is_read(address: str) -> None:
    with pytest.raises(ValueError, match=r"not ours|no such file"):
        pdf._fetcher().fetch(address)


def test_our_own_stylesheet_and_data_pictures_are_read() -> None:
    assert b".lx-slip" in pdf._fetcher().fetch("http://lianxin.invalid/static/paper.css").read()
    assert pdf._fetcher().fetch("data:text/plain,yes").read() == b"yes"


def test_a_page_that_links_to_a_file_of_the_machine_shows_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "secret.css").write_text("p::after { content: 'SECRET' }")
    (tmp_path / "secret.txt").write_text("SECRET")
    body = f"""<link rel=stylesheet href="file://{tmp_path}/secret.css"><link rel=attachment href="file://{tmp_path}/secret.txt">
    <style>@import url(file://{tmp_path}/secret.css);</style><p>text</p>"""
    data = pdf.draw(html(body))
    assert "SECRET" not in words(data)
    assert b"/EmbeddedFile" not in data


def test_who_would_wait_too_long_is_told_so(monkeypatch: Any) -> None:
    monkeypatch.setattr(pdf, "WAIT", 0.05)
    refused = []

    def other() -> None:
        try:
            pdf.draw(html("<p>x</p>"))
        except pdf.Busy as busy:
            refused.append(busy.status)

    with pdf._turn:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert refused == [503]


def test_check_names_the_packages_that_pdf_lacks(monkeypatch: Any) -> None:
    assert not [m for m in run_checks() if m.id == "lianxin.I001"]
    monkeypatch.setattr(pdf, "LIBRARIES", {"libnot-there.so.7": "libnot-there7"})
    pdf.missing.cache_clear()
    try:
        said = [m for m in run_checks() if m.id == "lianxin.I001"]
        assert len(said) == 1 and "apt install libnot-there7" in str(said[0].hint)
    finally:
        pdf.missing.cache_clear()


def test_the_handbook_names_every_package() -> None:
    text = (Path(__file__).parents[3] / "docs" / "operating.md").read_text(encoding="utf-8")
    assert [p for p in (*pdf.LIBRARIES.values(), "fonts-noto-cjk") if p not in text] == []


def test_the_fonts_of_the_file_are_chinese_ones() -> None:
    data = pdf.draw(html("<link rel=stylesheet href='/static/pdf.css'><p>您的诉求</p>"))
    found = subprocess.run(["pdffonts", "-"], input=data, capture_output=True, check=True).stdout.decode()
    assert re.search(r"CJK|Han|Hei|Song", found), found
