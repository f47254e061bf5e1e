"""A backup, taken while people go on filing, restores to a consistent city: in an empty folder, on either database."""

import io
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from lianxin.accounts.actors import PUBLIC
from lianxin.core.backup import write_backup
from lianxin.core.clock import now
from lianxin.core.models import Counter
from lianxin.core.sealed import SealedReader, SealingWriter, Unsealable
from lianxin.needs.models import Need
from lianxin.needs.operations import Asked, file_need
from tests.cast import Cast

ROOT = Path(__file__).parents[3]
KEY = "a key for the tests alone"
POSTGRES = os.environ.get("LIANXIN_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


def lianxin(*args: str, data: Path, key: str = KEY, **more: str) -> subprocess.CompletedProcess[str]:
    """A command of the product on another folder or database."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("LIANXIN_")}
    env |= {
        "LIANXIN_SECRET_KEY": settings.SECRET_KEY,
        "LIANXIN_FIELD_KEY": "another key than the first city's",
        "LIANXIN_DATA": str(data),
        "LIANXIN_BACKUP_KEY": key,
        **more,
    }
    command = [sys.executable, "-m", "lianxin.cli", *args]
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)


def empty_schema(name: str) -> dict[str, str] | None:
    """Settings of a new schema on PostgreSQL; None where there is no server."""
    psycopg = pytest.importorskip("psycopg")
    try:
        with psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3) as raw:
            raw.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")
            raw.execute(f"CREATE SCHEMA {name}")
    except psycopg.OperationalError:
        return None
    return {"LIANXIN_DATABASE_URL": POSTGRES, "LIANXIN_DATABASE_SCHEMA": name}


@pytest.fixture
def taken_under_load(transactional_db: Any, tmp_path: Path) -> Path:
    """A backup that was written while two threads filed needs."""
    from tests import cast as people

    cast = people.build()
    cast.ask(text="第一件", name="样例·甲", phone="13800001111")
    stop = threading.Event()

    def file_on(thread: int) -> None:
        asked = Asked(kind="wish", category=cast.books, community=cast.north, text="想要几本课外书")
        number = 0
        while not stop.is_set() and number < 400:
            file_need(asked, actor=PUBLIC, at=now(), key=f"load-{thread}-{number}")
            number += 1
        connection.close()

    threads = [threading.Thread(target=file_on, args=(each,)) for each in range(2)]
    for thread in threads:
        thread.start()
    while Need.objects.count() < 20:
        pass
    path = tmp_path / "city.backup"
    before = Need.objects.count()
    with path.open("wb") as out:
        counts = write_backup(out, KEY)
    stop.set()
    for thread in threads:
        thread.join()
    assert before <= counts["needs.need"] < Need.objects.count(), "nobody filed while the backup was taken"
    assert counts["core.counter"] == Counter.objects.count()
    return path


def check(path: Path, tmp_path: Path, name: str, **where: str) -> None:
    data = tmp_path / name
    done = lianxin("restore", str(path), data=data, **where)
    assert done.returncode == 0, done.stderr
    assert "chains verify" in done.stdout
    script = (
        "from lianxin.needs.models import Need, NeedPart; from lianxin.core.models import Counter;"
        "from django.db import connection;"
        "n = Need.objects.count(); c = Counter.objects.get(name__startswith='needs-').value;"
        "assert n == NeedPart.objects.count() == c, (n, c);"
        "first = Need.objects.order_by('pk').first();"
        "assert (first.asker_name, first.asker_phone) == ('样例·甲', '13800001111');"
        "print(connection.vendor, n)"
    )
    looked = lianxin("shell", "-v", "0", "-c", script, data=data, **where)
    assert looked.returncode == 0, looked.stderr
    again = lianxin("restore", str(path), data=data, **where)
    assert again.returncode != 0
    assert "not empty" in again.stderr


def test_a_backup_under_load_restores_in_a_folder_and_on_postgresql(taken_under_load: Path, tmp_path: Path) -> None:
    check(taken_under_load, tmp_path, "folder")
    if where := empty_schema("lianxin_restored"):
        check(taken_under_load, tmp_path, "other", **where)


@pytest.mark.django_db(transaction=True)
def test_a_wrong_key_or_a_damaged_file_restores_nothing(cast: Cast, tmp_path: Path) -> None:
    cast.ask()
    path = tmp_path / "city.backup"
    with path.open("wb") as out:
        write_backup(out, KEY)
    data = path.read_bytes()
    damaged = tmp_path / "damaged"
    for change in (data[:-1], data[: len(data) // 2], data[:60] + bytes([data[60] ^ 1]) + data[61:], b"nothing"):
        damaged.write_bytes(change)
        done = lianxin("restore", str(damaged), data=tmp_path / "new")
        assert done.returncode != 0
        assert "can't be read" in done.stderr
    done = lianxin("restore", str(path), data=tmp_path / "new", key="wrong")
    assert "key is another one" in done.stderr
    assert lianxin("restore", str(path), data=tmp_path / "new").returncode == 0


@pytest.mark.django_db(transaction=True)
def test_no_word_of_the_city_can_be_read_in_the_file(cast: Cast, tmp_path: Path, settings: Any) -> None:
    settings.BACKUP_KEY = KEY
    cast.ask(text="找得到的字", phone="13800001234")
    path = tmp_path / "city.backup"
    call_command("backup", str(path), verbosity=0)
    assert "找得到的字".encode() not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(CommandError):
        call_command("backup", str(path))


def test_what_is_sealed_is_read_back_in_any_pieces() -> None:
    for size in (0, 1, 1024 * 1024, 1024 * 1024 + 1, 2_500_000):
        data, out = os.urandom(size), io.BytesIO()
        with SealingWriter(out, KEY) as sealed:
            for start in range(0, size, 100_000):
                sealed.write(data[start : start + 100_000])
        out.seek(0)
        assert io.BufferedReader(SealedReader(out, KEY)).read() == data
        cut = io.BytesIO(out.getvalue()[:-20])
        with pytest.raises(Unsealable):
            io.BufferedReader(SealedReader(cut, KEY)).read()
