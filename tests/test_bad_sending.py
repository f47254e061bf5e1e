"""What no form of ours sends: huge, broken, or in another encoding. A clear answer below 500, and nothing is saved."""

import io
from typing import Any

import pytest
from django.test import Client

from lianxin.board.models import Post
from lianxin.history.models import Entry
from lianxin.needs.models import Message, Need
from tests import bombs
from tests.cast import Cast

MULTIPART = "multipart/form-data; boundary=edge"
FORM = "application/x-www-form-urlencoded"
# Forms by address, and who fills them in; None is the public.
FORMS: dict[str, str | None] = {
    "/ask/repair/": None,
    "/ask/call_back/": None,
    "/track/": None,
    "/login/": None,
    "/place/": None,
    "/display/": None,
    "/workspace/file/": "clerk",
    "/workspace/on-the-spot/": "grid_worker",
    "/workspace/batches/new/": "factory_liaison",
    "/workspace/board/new/": "clerk",
    "/workspace/import/": "admin",
    "/workspace/hotline/take/": "clerk",
    "/workspace/staff/invite/": "town_officer",
    "/workspace/units/add/": "town_officer",
}
PART = b'--edge\r\nContent-Disposition: form-data; name="text"'
# By name: the body, its type, and the status where one alone is right.
BODIES: dict[str, tuple[bytes, str, int | None]] = {
    "nothing at all": (b"", FORM, None),
    "four megabytes of one field": (b"text=" + b"x" * 4_000_000, FORM, 413),
    "five thousand fields": (b"&".join(b"f%d=1" % i for i in range(5_000)), FORM, 413),
    "bytes that are no text": (b"text=%ff%fe%80&key=%c3%28&kind=x", FORM, None),
    "raw bytes of another encoding": ("text=灯不亮&kind=repair".encode("gb18030"), FORM, None),
    "a charset that is none": (b"text=x", f"{FORM}; charset=nonsense", None),
    "a lone surrogate and a NUL": (b"text=%ed%a0%80%00&key=a&community=north&category=lamp&kind=repair", FORM, 400),
    "a NUL in a field of several parts": (PART + b"\r\n\r\na\0b\r\n--edge--\r\n", MULTIPART, 400),
    "multipart without its edge": (b"hello", "multipart/form-data", 400),
    "multipart with an empty edge": (b"--\r\n", "multipart/form-data; boundary=", 400),
    "multipart that ends in the middle": (PART + b"\r\n\r\nhalf", MULTIPART, None),
    "multipart of heads only": (PART * 500, MULTIPART, None),
    "multipart in a coding that is none": (
        PART + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n@@@\r\n--edge--\r\n",
        MULTIPART,
        None,
    ),
    "two hundred files": (
        b"".join(
            b'--edge\r\nContent-Disposition: form-data; name="photos"; filename="%d.jpg"\r\n\r\nx\r\n' % i
            for i in range(200)
        )
        + b"--edge--\r\n",
        MULTIPART,
        413,
    ),
    "a file that walks up the folders": (
        b'--edge\r\nContent-Disposition: form-data; name="workbook"; filename="../../x.xlsx"\r\n\r\nPK\r\n--edge--\r\n',
        MULTIPART,
        None,
    ),
    "JSON": (b'{"text": [1, {"a":', "application/json", None),
    "XML": (b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>', "text/xml", None),
}


def saved() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Need, Message, Post, Entry))


@pytest.mark.parametrize("address", FORMS)
def test_a_bad_body_gets_a_clear_answer_and_saves_nothing(
    cast: Cast, address: str, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    client = Client(headers={"Accept-Language": "zh-hans"})
    client.cookies["lx_lang"] = "zh-hans"
    if FORMS[address]:
        client.force_login(cast.users[FORMS[address]])
    before, wrong = saved(), []
    for name, (body, kind, status) in BODIES.items():
        answer = client.generic("POST", address, body, content_type=kind)
        if answer.status_code >= 500 or (status and answer.status_code != status):
            wrong.append(f"{name}: {answer.status_code}")
        if answer.status_code in (400, 413) and "没有保存" not in answer.content.decode():
            wrong.append(f"{name}: no words")
    assert wrong == []
    assert saved() == before
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize("address", ["/ask/repair/", "/login/", "/workspace/import/", "/api/v1/needs"])
@pytest.mark.parametrize("checks", [False, True])
def test_a_body_beyond_every_form_is_refused_before_it_is_read(
    cast: Cast, settings: Any, address: str, checks: bool
) -> None:
    class Unread(io.BytesIO):
        def read(self, *args: Any) -> bytes:
            raise AssertionError("it was read")

    client = Client(enforce_csrf_checks=checks, headers={"Accept-Language": "zh-hans"})
    answer = client.generic(
        "POST",
        address,
        b"",
        content_type=MULTIPART,
        CONTENT_LENGTH=str(settings.BODY_MAX_BYTES + 1),
        **{"wsgi.input": Unread()},
    )
    assert answer.status_code == 413
    if address.startswith("/api/"):
        assert answer["Content-Type"] == "application/problem+json" and answer.json()["code"] == "too_large"
    else:
        assert "没有保存" in answer.content.decode()


def test_a_form_that_is_too_big_is_413_also_where_the_token_is_looked_for_first(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/ask/repair/")
    big = b"text=" + b"x" * 4_000_000
    assert client.post("/ask/repair/", big, content_type=FORM).status_code == 413


def test_a_nul_in_an_address_or_form_is_refused_in_words(cast: Cast) -> None:
    client = Client(raise_request_exception=False)
    client.cookies["lx_lang"] = "zh-hans"
    for name, addresses in {
        "": ("/board/?q=%00", "/board/?community=a%00", "/wishes/?community=%00", "/place/?x=1&x=%00"),
        "admin": ("/workspace/staff/people/%00/", "/workspace/jobs/%00/again/", "/workspace/needs/?q=%00"),
    }.items():
        if name:
            client.force_login(cast.users[name])
        for address in addresses:
            answer = client.get(address)
            assert answer.status_code == 400 and "没有保存" in answer.content.decode(), address
    assert client.post("/place/", {"community": "\x00"}).status_code == 400
    assert client.get("/board/?q=0").status_code == 200
    answer = client.get("/api/v1/needs/%00")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_a_file_may_hold_zeros(cast: Cast) -> None:
    client = Client()
    key = client.get("/ask/repair/").context["form"]["key"].value()
    said = {"key": key, "text": "灯不亮", "community": "north", "category": "lamp"}
    photo = io.BytesIO(bombs.picture("JPEG", (40, 40)))
    assert client.post("/ask/repair/", said | {"photos": photo}).status_code == 302
