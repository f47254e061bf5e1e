"""Importing in the browser: template, check, errors back, import now."""

import io
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from lianxin.core.clock import now
from lianxin.places.models import Household
from lianxin.sheets import drafts
from lianxin.sheets.tests.test_import import HOUSEHOLDS, book
from tests.cast import Cast


def upload(client: Client, data: bytes) -> object:
    return client.post("/workspace/import/", {"workbook": SimpleUploadedFile("w.xlsx", data)})


def test_a_workbook_is_checked_then_imported(cast: Cast, client: Client) -> None:
    client.force_login(cast.users["admin"])
    page = upload(client, book("households", HOUSEHOLDS, ("grid-1", "2号楼201", "", 3)))
    assert page.status_code == 200  # type: ignore[attr-defined]
    assert not Household.objects.filter(label="2号楼201").exists()
    token = page.context["token"]  # type: ignore[attr-defined]
    done = client.post(f"/workspace/import/{token}/", follow=True)
    assert done.context["created"] == 1
    assert Household.objects.filter(label="2号楼201").exists()
    assert client.post(f"/workspace/import/{token}/").status_code == 404


def test_errors_come_back_as_a_workbook_to_their_owner_only(cast: Cast, client: Client) -> None:
    client.force_login(cast.users["admin"])
    page = upload(client, book("households", HOUSEHOLDS, ("nowhere", "2号楼201", "", -3)))
    assert page.status_code == 422  # type: ignore[attr-defined]
    address = f"/workspace/import/{page.context['token']}/errors.xlsx"  # type: ignore[attr-defined]
    back = CalamineWorkbook.from_filelike(io.BytesIO(client.get(address).content))
    assert len(back.get_sheet_by_index(0).to_python()) == 3
    client.force_login(cast.users["city_officer"])
    client.session.flush()
    other = Client()
    other.force_login(cast.users["city_officer"])
    assert other.get(address).status_code == 404


def test_a_draft_is_encrypted_and_kept_for_a_day(cast: Cast, client: Client) -> None:
    client.force_login(cast.users["admin"])
    data = book("households", HOUSEHOLDS, ("grid-1", "2号楼201", "", 3))
    token = upload(client, data).context["token"]  # type: ignore[attr-defined]
    path = drafts.folder() / f"{token}.xlsx"
    assert path.read_bytes()[:2] != b"PK"
    assert drafts.read(token) == data
    assert drafts.read("../secret") is None
    drafts.forget_old(now())
    assert path.exists()
    assert drafts.forget_old(now() + timedelta(days=1, minutes=1)) >= 1
    assert client.post(f"/workspace/import/{token}/").status_code == 404


def test_junk_is_named_and_an_empty_upload_too(cast: Cast, client: Client) -> None:
    client.force_login(cast.users["admin"])
    assert upload(client, b"junk").status_code == 422  # type: ignore[attr-defined]
    assert client.post("/workspace/import/", {}).status_code == 422


def test_templates_can_be_downloaded(cast: Cast, client: Client) -> None:
    client.force_login(cast.users["admin"])
    assert client.get("/workspace/import/template/households.xlsx").status_code == 200
    assert client.get("/workspace/import/template/nothing.xlsx").status_code == 404
    client.force_login(cast.users["clerk"])
    assert client.get("/workspace/import/").status_code == 403
