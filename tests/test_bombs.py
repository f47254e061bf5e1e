"""What must not open: refused within a second and 200 MB, with words in the sender's language, and nothing is left."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lianxin.core import pdf
from lianxin.needs.models import Need, Photo
from lianxin.places.models import Household
from tests import bombs
from tests.cast import Cast

# Pictures are read in a process that has drawn PDFs, whose library is laxer with damaged ones.
pdf.available()
MOST_SECONDS = 1.0
MOST_MB = 200
PAGES = {"imports": ("/workspace/import/", "admin"), "hotline": ("/workspace/hotline/take/", "clerk")}


@pytest.fixture(scope="module")
def made() -> dict[str, dict[str, bytes]]:
    """The files, made once."""
    return {"photos": bombs.photos(), "workbooks": bombs.workbooks()}


def _status(name: str) -> float:
    """A line of this process's memory, in MB."""
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith(name))
    return int(line.split()[1]) / 1024


@contextmanager
def little(name: str) -> Iterator[None]:
    """What happens inside takes at most a second of the processor and 200 MB more than before; it can't take 2 GB."""
    before, limit = _status("VmRSS"), resource.getrlimit(resource.RLIMIT_AS)
    most = int((_status("VmSize") + 2_000) * bombs.MB)
    Path("/proc/self/clear_refs").write_text("5")
    resource.setrlimit(resource.RLIMIT_AS, (most, limit[1]))
    start = time.process_time()
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limit)
    seconds, grown = time.process_time() - start, _status("VmHWM") - before
    print(f"{name}: {seconds:.2f} s, {max(grown, 0):.0f} MB on {before:.0f}")
    assert seconds < MOST_SECONDS, f"{name}: {seconds:.2f} s"
    assert grown < MOST_MB, f"{name}: {grown:.0f} MB"


def files_in(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file())


@pytest.fixture
def empty(settings: Any, tmp_path: Path) -> Path:
    """A data folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path


def ask(cast: Cast, client: Client, *photos: bytes, language: str = "en") -> Any:
    client.cookies["lx_lang"] = language
    key = client.get("/ask/repair/").context["form"]["key"].value()
    said = {"key": key, "text": "灯不亮", "community": "north", "category": "lamp"}
    uploads = [SimpleUploadedFile(f"{i}.jpg", data, content_type="image/jpeg") for i, data in enumerate(photos)]
    return client.post("/ask/repair/", said | {"photos": uploads})


def test_no_photo_that_is_none_or_a_bomb_comes_in(
    cast: Cast, client: Client, made: dict[str, dict[str, bytes]], empty: Path
) -> None:
    good = bombs.picture("JPEG", (640, 480))
    ask(cast, client, good, b"x")
    for name, data in made["photos"].items():
        with little(name):
            answer = ask(cast, client, good, data)
        assert answer.status_code == 422, name
        words = answer.context["form"].errors["photos"][0]
        assert "picture" in words, name
    assert "图片" in str(ask(cast, client, b"x", language="zh-hans").context["form"].errors["photos"])
    assert Need.objects.count() == Photo.objects.count() == 0
    assert files_in(empty) == [], "not even the sound one beside it"


def test_a_picture_that_is_also_something_else_is_written_anew(cast: Cast, client: Client, empty: Path) -> None:
    exif = bombs.Image.Exif()
    exif[0x010E] = "the camera's words"
    exif.get_ifd(0x8825).update({1: "N", 2: (35.0, 30.0, 0.0)})
    photo = bombs.picture("JPEG", (640, 480), exif=exif.tobytes(), comment=b"<script>alert(1)</script>")
    assert ask(cast, client, photo + b"<?php system('x'); ?>" + bombs.workbook(("a",))).status_code == 302
    [kept] = [p.read_bytes() for p in files_in(empty)]
    for trace in (b"camera's words", b"<script", b"<?php", b"Exif", b"PK\x03\x04"):
        assert trace not in kept
    with bombs.Image.open(bombs.io.BytesIO(kept)) as again:
        assert (again.format, again.size, dict(again.getexif())) == ("JPEG", (640, 480), {})


@pytest.mark.parametrize("page", PAGES)
def test_no_workbook_that_is_none_or_a_bomb_comes_in(
    cast: Cast, client: Client, made: dict[str, dict[str, bytes]], empty: Path, page: str
) -> None:
    address, name = PAGES[page]
    client.force_login(cast.users[name])
    client.cookies["lx_lang"] = "en"
    before = Household.objects.count()
    for what, data in made["workbooks"].items():
        upload = SimpleUploadedFile("book.xlsx", data)
        with little(f"{page}: {what}"):
            answer = client.post(address, {"workbook": upload})
        assert answer.status_code == 422, what
        assert 'role="alert"' in answer.content.decode() or "lx-errors" in answer.content.decode(), what
    assert Household.objects.count() == before and Need.objects.count() == 0
    left = [p for p in files_in(empty) if page == "hotline" or p.parent.name != "imports"]
    assert left == []


def test_an_unreadable_workbook_leaves_no_draft(cast: Cast, client: Client, empty: Path) -> None:
    client.force_login(cast.users["admin"])
    client.cookies["lx_lang"] = "zh-hans"
    answer = client.post("/workspace/import/", {"workbook": SimpleUploadedFile("b.xlsx", b"PK nonsense")})
    assert answer.status_code == 422 and "不是 Excel" in answer.content.decode()
    assert files_in(empty) == []
