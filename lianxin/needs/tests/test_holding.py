"""What is held on an asker: seen, taken away, erased, by code or at the office; and that no byte of it is left."""

import io
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from PIL import Image

from lianxin.accounts.actors import SYSTEM, Actor
from lianxin.accounts.models import Appointment
from lianxin.channels.operations import add_channel, plan_deliveries
from lianxin.core.clock import local_day, now
from lianxin.core.errors import NotAllowed, WrongState
from lianxin.desk.models import DeskItem
from lianxin.needs import operations as ops
from lianxin.needs.holding import held_on, what_happens
from lianxin.needs.jobs import erase_contacts, erase_old_words, sweep_photos
from lianxin.needs.models import Commitment, Message, Need, Photo
from lianxin.needs.photos import photo_folder, photo_path
from lianxin.needs.states import Status
from lianxin.personal.jobs import forget_old_looks, leave_no_trace
from lianxin.personal.models import Erasure, Look
from lianxin.webhooks.operations import note_events, register_webhook
from tests.cast import Cast

ROOT = Path(__file__).parents[3]
PHONE = "13877770001"
NAME = "样例·查无此人"
WORDS = "孙女想要一架蓝色的小望远镜看星星"
LATIN = "zqxjkvtelescope"
PLANTED = (PHONE, NAME, WORDS, LATIN, "望远镜", "蓝色的", "七号楼东门")


def picture() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "JPEG")
    return SimpleUploadedFile("p.jpg", out.getvalue(), "image/jpeg")


def planted(cast: Cast) -> ops.Filed:
    """A need with everything that can be personal: contact, words, photos, messages, notices, looks, a public text."""
    asked = ops.Asked(
        kind="wish",
        category=cast.books,
        community=cast.north,
        grid=cast.grid_1,
        text=f"{WORDS} {LATIN}",
        name=NAME,
        phone=PHONE,
        place_detail="七号楼东门",
        publish_ok=True,
        urgency="emergency",
    )
    admin, events = cast.actor("admin"), ["need.filed", "need.published", "need.claimed"]
    hook = register_webhook(
        actor=admin, at=cast.clock(), name="热线", url="https://hook.example/", scope=cast.city.scope, events=events
    )
    address = "mailtos://u:p@mail.example/?from=a@mail.example"
    add_channel("email", actor=admin, at=cast.clock(), scope=None, address=address)
    filed = ops.file_need(asked, actor=Actor(), at=cast.clock(), key="planted", photos=[picture(), picture()])
    need = Need.objects.get(pk=filed.need_id)
    clerk = cast.actor("clerk")
    ops.publish_need(need, actor=clerk, at=cast.clock(), public_text_="想看星星")
    ops.comment_need(need, actor=clerk, at=cast.clock(), text=f"打过{LATIN}，{WORDS}")
    ops.answer_asker(need, actor=clerk, at=cast.clock(), text=f"收到：{WORDS}")
    ops.add_word(need, actor=cast.asker(need), at=cast.clock(), text=f"补充 {LATIN} {PHONE}")
    ops.look_at_contact(need, actor=clerk, at=cast.clock(), purpose="call")
    held = ops.claim_need(need, actor=cast.actor("liaison"), at=cast.clock(), giver=cast.water_unit)
    ops.start_work(held, actor=cast.actor("liaison"), at=cast.clock())
    # What waits to go out: events for another program, notices by e-mail.
    assert note_events(hook, actor=SYSTEM, at=cast.clock(minutes=10)) == len(events)
    assert plan_deliveries(actor=SYSTEM, at=cast.clock()) > 0
    return filed


@pytest.mark.django_db
def test_what_is_held_is_all_there_and_says_who_looked(cast: Cast) -> None:
    need = Need.objects.get(pk=planted(cast).need_id)
    held = held_on(need)
    assert set(held["contact"].values()) == {NAME, PHONE, "七号楼东门"}
    assert (held["photos"], held["remarks_among_staff"], len(held["messages"]), len(held["looks"])) == (2, 1, 2, 1)
    assert cast.users["clerk"].name not in json.dumps(held, default=str, ensure_ascii=False)
    assert held["looks"][0]["by"] == "North · Community office"


@pytest.mark.django_db
def test_each_look_says_for_whom_it_was_by_the_posts_of_that_day(
    cast: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    filed = planted(cast)
    need = Need.objects.get(pk=filed.need_id)
    ops.look_at_contact(need, actor=cast.actor("liaison"), at=cast.clock(), purpose="visit")
    ops.look_at_contact(need, actor=cast.actor("grid_worker"), at=cast.clock(), purpose="call")
    # A post elsewhere says nothing here; one that has ended since was good on that day.
    liaison, day = cast.users["liaison"], local_day(cast.clock.at)
    more = {"user": liaison, "role": "company", "from_on": day}
    Appointment.objects.create(scope=cast.company.scope, **more)
    Appointment.objects.filter(user=liaison, role="liaison").update(to_on=day)
    with django_assert_max_num_queries(8):
        held = held_on(need)
    assert [look["by"] for look in held["looks"]] == [
        "Grid 1 · Grid worker",
        "Water Unit · Member unit's liaison",
        "North · Community office",
    ]
    client.post("/track/", {"code": filed.code})
    page = client.get("/track/need/held/").content.decode()
    assert "Water Unit · Member unit&#x27;s liaison" in page
    assert not any(user.name in page or user.name_en in page for user in cast.users.values())


@pytest.mark.django_db(transaction=True)
def test_erasing_ends_the_need_tells_the_giver_and_leaves_nothing(cast: Cast) -> None:
    filed = planted(cast)
    need = Need.objects.get(pk=filed.need_id)
    files = [photo_path(name) for name in Photo.objects.values_list("file", flat=True)]
    assert all(path.is_file() for path in files)
    assert "withdrawn" in what_happens(need)
    with pytest.raises(NotAllowed):
        ops.erase_on_request(need, actor=cast.actor("liaison"), at=cast.clock())
    assert ops.erase_on_request(need, actor=cast.asker(need), at=cast.clock())
    assert not ops.erase_on_request(need, actor=cast.actor("clerk"), at=cast.clock())
    need.refresh_from_db()
    assert need.status == Status.WITHDRAWN
    assert need.commitments.get().status == "called_off"
    assert not DeskItem.objects.filter(object_type="need", object_id=need.pk).exists()
    assert not Message.objects.exists()
    assert not any(path.exists() for path in files)
    proof = Erasure.objects.get()
    assert (proof.what, proof.object_key, proof.user, proof.clean_at) == ("asked", need.chain_key, None, None)
    assert leave_no_trace(cast.clock()) == 1
    assert leave_no_trace(cast.clock()) == 0
    call_command("verify", verbosity=0)
    # The same form again finds the number and files nothing new.
    asked = ops.Asked(kind="wish", category=cast.books, community=cast.north, grid=cast.grid_1, text="别的")
    with pytest.raises(Exception, match=need.number):
        ops.file_need(asked, actor=Actor(), at=cast.clock(), key="planted")


@pytest.mark.django_db
def test_what_is_done_stays_and_a_merged_one_goes_on_for_the_others(cast: Cast) -> None:
    done = cast.ask()
    given = ops.assign_need(done, actor=cast.actor("clerk"), at=cast.clock(), giver=cast.office)
    ops.deliver_need(given, actor=cast.actor("clerk"), at=cast.clock(), note="送到了")
    assert ops.erase_on_request(done, actor=cast.asker(done), at=cast.clock())
    done.refresh_from_db()
    assert (done.status, Commitment.objects.get(pk=given.pk).note) == (Status.CLOSED_UNANSWERED, "")
    first, second = cast.ask(phone=PHONE), cast.ask()
    ops.merge_need(second, actor=cast.actor("clerk"), at=cast.clock(), into=first)
    assert ops.erase_on_request(first, actor=cast.actor("clerk"), at=cast.clock())
    first.refresh_from_db()
    assert (first.status, first.text, first.asker_phone) == (Status.FILED, "", "")


def test_what_is_written_after_an_erasure_is_erased_again_in_its_time(cast: Cast) -> None:
    """It goes on for those who were merged into it: a telephone, notes and photos come anew, under new salts."""
    need, other = cast.ask(phone=PHONE, text=WORDS), cast.ask()
    ops.merge_need(other, actor=cast.actor("clerk"), at=cast.clock(), into=need)
    ops.erase_on_request(need, actor=cast.asker(need), at=cast.clock())
    need.refresh_from_db()
    assert need.words_erased_at and need.contact_erased_at and not need.salt and not need.contact_salt
    clerk = cast.actor("clerk")
    ops.correct_need(need, actor=clerk, at=cast.clock(), version=need.version, asker_phone="13800000001")
    ops.comment_need(need, actor=clerk, at=cast.clock(), text="她说先打电话")
    held = ops.assign_need(need, actor=clerk, at=cast.clock(), giver=cast.company)
    ops.deliver_need(held, actor=cast.actor("fitter"), at=cast.clock(), note="送到三楼")
    need.refresh_from_db()
    assert (need.words_erased_at, need.contact_erased_at) == (None, None)
    assert len(need.salt) == len(need.contact_salt) == 16
    ops.record_answer(held, actor=cast.actor("clerk_2"), at=cast.clock(), solved=True)
    assert erase_contacts(cast.clock(days=31)) >= 1
    assert erase_old_words(cast.clock(days=365)) >= 1
    need.refresh_from_db()
    assert (need.asker_phone, need.commitments.get().note, bytes(need.salt)) == ("", "", b"")
    with pytest.raises(WrongState, match="is erased"):
        ops.comment_need(need, actor=clerk, at=cast.clock(), text="还有一句")
    assert not ops.erase_on_request(need, actor=clerk, at=cast.clock())


def test_the_asker_sees_takes_away_and_erases_with_the_code(cast: Cast, client: Client) -> None:
    filed = planted(cast)
    client.cookies["lx_lang"] = "en"
    client.post("/track/", {"code": filed.code})
    page = client.get("/track/need/held/").content.decode()
    assert PHONE in page
    assert WORDS in page
    assert "To call the asker" in page
    assert cast.users["clerk"].name not in page
    said = client.get("/track/need/held.json")
    assert json.loads(said.content)["contact"]
    refused = client.post("/track/need/erase/")
    assert refused.status_code == 422
    assert "Tick the box" in refused.content.decode()
    done = client.post("/track/need/erase/", {"sure": "on"}, follow=True)
    assert "is erased" in done.content.decode()
    assert client.post("/track/", {"code": filed.code}).status_code == 422


def test_the_office_says_what_for_before_it_sees_and_can_erase(cast: Cast, pages: Any) -> None:
    need = Need.objects.get(pk=planted(cast).need_id)
    Look.objects.all().delete()
    page = f"/workspace/needs/{need.number}/held/"
    clerk = pages.of("clerk")
    assert PHONE not in clerk.get(page).content.decode()
    assert clerk.get(f"/workspace/needs/{need.number}/held.json").status_code == 302
    clerk.post(f"{page}look/", {"purpose": "asked"})
    assert PHONE in clerk.get(page).content.decode()
    assert json.loads(clerk.get(f"/workspace/needs/{need.number}/held.json").content)["words"]
    assert clerk.post(f"{page}erase/").status_code == 422
    assert clerk.post(f"{page}erase/", {"sure": "on"}).status_code == 302
    need.refresh_from_db()
    assert need.contact_erased_at is not None
    assert Erasure.objects.get().user == cast.users["clerk"]
    assert pages.of("liaison").get(page).status_code in (403, 404)


@pytest.mark.django_db
def test_retention_runs_leave_a_proof_and_old_looks_go(cast: Cast) -> None:
    need = Need.objects.get(pk=planted(cast).need_id)
    ops.withdraw_need(need, actor=cast.asker(need), at=cast.clock())
    later = cast.clock() + timedelta(days=400)
    assert (erase_contacts(later), erase_old_words(later), forget_old_looks(later)) == (1, 1, 1)
    assert (erase_contacts(later), erase_old_words(later), forget_old_looks(later)) == (0, 0, 0)
    assert list(Erasure.objects.order_by("pk").values_list("what", "count")) == [
        ("contact", 1),
        ("words", 1),
        ("looks", 1),
    ]


@pytest.mark.django_db
def test_photos_that_belong_to_nothing_are_removed_after_a_day(cast: Cast) -> None:
    planted(cast)
    orphan = photo_folder() / "ab" / ("ab" * 16 + ".jpg")
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes(b"x")
    assert sweep_photos(now()) == 0
    assert sweep_photos(now() + timedelta(days=2)) >= 1
    assert not orphan.exists()
    assert all(photo_path(name).is_file() for name in Photo.objects.values_list("file", flat=True))


def test_the_lists_of_looks_and_erasures(cast: Cast, pages: Any, django_assert_max_num_queries: Any) -> None:
    need = Need.objects.get(pk=planted(cast).need_id)
    ops.erase_on_request(need, actor=cast.actor("clerk"), at=cast.clock())
    admin = pages.of("admin")
    with django_assert_max_num_queries(8):
        page = admin.get("/workspace/looks/").content.decode()
    assert need.number in page
    for query, there in ((need.number, True), ("clerk", True), ("nobody", False)):
        found = admin.get("/workspace/looks/", {"q": query, "purpose": "call"}).content.decode()
        assert (f">{need.number}<" in found) is there
    assert f">{need.number}<" not in admin.get("/workspace/looks/", {"purpose": "visit"}).content.decode()
    with django_assert_max_num_queries(8):
        assert admin.get("/workspace/erasures/").status_code == 200
    for address in ("/workspace/looks/?format=xlsx", "/workspace/erasures/?format=xlsx"):
        assert admin.get(address)["Content-Type"].startswith("application/vnd.openxmlformats")


SCRIPT = """
import json, sys
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("createcachetable", verbosity=0)
call_command("collectstatic", verbosity=0, interactive=False)
from django.test import Client
from lianxin.core.clock import local_day, now
from lianxin.needs import operations as ops
from lianxin.needs.models import Need
from lianxin.needs.tests.test_holding import LATIN, PHONE, WORDS, planted
from lianxin.personal.jobs import leave_no_trace
from lianxin.sheets.tests.test_import import book
from lianxin.sheets.tests.test_pages import upload
from tests.cast import build
cast = build()
others = [cast.ask(text=f"第{n}件别的事", phone=f"139{n:08d}") for n in range(200)]
filed = planted(cast)
client = Client()
client.post("/track/", {"code": filed.code})
assert WORDS in client.get("/track/need/").content.decode()
client.force_login(cast.users["clerk"])
client.get("/workspace/needs/?q=%E6%9C%9B%E8%BF%9C%E9%95%9C")
assert b"PK" == client.get("/workspace/needs/?export=1&status=all").getvalue()[:2]
client.force_login(cast.users["admin"])
upload(client, book("needs", ("number", "text"), ("SC-20-00001", WORDS)))
need = Need.objects.get(pk=filed.need_id)
if sys.argv[1] == "erase":
    ops.erase_on_request(need, actor=cast.asker(need), at=cast.clock())
    leave_no_trace(now())
    call_command("verify", verbosity=0)
print(json.dumps({"number": filed.number}))
"""


def spellings(value: str) -> list[bytes]:
    """The value as files may spell it."""
    return [value.encode(), value.encode("utf-16-le"), json.dumps(value)[1:-1].encode()]


def found_in_files(folder: Path) -> set[str]:
    """Which of the planted values stand in any file of the folder, byte by byte."""
    found = set()
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            found |= {value for value in PLANTED if any(spelled in data for spelled in spellings(value))}
    return found


def test_no_byte_of_an_erased_asker_is_left_in_the_data_folder(tmp_path: Path) -> None:
    """A city of its own in a file: with erasing nothing is found, without it the same search finds the words."""
    for what in ("keep", "erase"):
        data = tmp_path / what
        data.mkdir()
        env = {k: v for k, v in os.environ.items() if not k.startswith("LIANXIN_")}
        env |= {"LIANXIN_SECRET_KEY": "for this test alone", "LIANXIN_DATA": str(data)}
        env |= {"DJANGO_SETTINGS_MODULE": "lianxin.settings"}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, what], env=env, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        photos = list((data / "files").rglob("*.jpg"))
        drafts = list((data / "files" / "imports").iterdir())
        if what == "keep":
            # The contact is encrypted, the words are not: the search would see what is there.
            assert {WORDS, LATIN} <= found_in_files(data)
            assert len(photos) == 2
            assert {path.name.split(".", 1)[1] for path in drafts} == {"xlsx", "errors.xlsx"}
            assert not any(path.read_bytes().startswith(b"PK") for path in drafts)
        else:
            assert found_in_files(data) == set()
            assert photos == []
            assert drafts == []


@pytest.mark.django_db(transaction=True)
def test_no_row_of_any_table_holds_an_erased_asker(cast: Cast) -> None:
    """Every value of every table, the index included; on both databases."""
    need = Need.objects.get(pk=planted(cast).need_id)
    assert {WORDS, LATIN} <= found_in_tables()
    ops.erase_on_request(need, actor=cast.asker(need), at=cast.clock())
    leave_no_trace(cast.clock())
    assert found_in_tables() == set()
    call_command("verify", verbosity=0)
    assert Need.objects.get(pk=need.pk).number == need.number
    with pytest.raises(NotAllowed):
        ops.erase_contact(need, actor=cast.actor("clerk"), at=cast.clock())
    assert ops.erase_contact(need, actor=SYSTEM, at=cast.clock()) is False


def found_in_tables() -> set[str]:
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                # Encrypted columns are read as the product would: a contact that can be decrypted is there.
                text = repr([bytes(v) if isinstance(v, memoryview) else v for v in row])
                found |= {value for value in PLANTED if value in text or json.dumps(value)[1:-1] in text}
    for model in apps.get_models():
        for thing in model._base_manager.iterator():
            text = repr([getattr(thing, f.attname) for f in model._meta.concrete_fields])
            found |= {value for value in PLANTED if value in text}
    return found


def test_settings_overwrite_deleted_rows() -> None:
    if connection.vendor == "sqlite":
        assert "secure_delete=ON" in settings.DATABASES["default"]["OPTIONS"]["init_command"]
