"""The whole city in one sealed file: every table from one snapshot, and the files; it restores on either database.

Inside the seal is a gzipped tar: manifest.json (format, migrations, rows of each table), tables/<app>.<model>.jsonl,
files/…. Rows are written as values, not as SQL, so that a backup of SQLite restores on PostgreSQL and back.
Personal fields are in it as plain values, protected by the seal, and are encrypted again with the key of where they go.
"""

import base64
import io
import json
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.migrations.loader import MigrationLoader

from lianxin.core.fields import Unreadable
from lianxin.core.sealed import SealedReader, SealingWriter, Unsealable

FORMAT = 1
LEFT_OUT = {"sessions.session", "accounts.session", "core.tries", "contenttypes.contenttype", "auth.permission"}
DRAFTS = "imports"
BATCH = 2_000
Say = Callable[[str], None]


class CannotRestore(Exception):
    """Why a backup can't be restored here; nothing was changed."""


def tables() -> list[type[models.Model]]:
    """Every table that is kept, each after those that it points at."""
    wanted = [m for m in apps.get_models(include_auto_created=True) if m._meta.label_lower not in LEFT_OUT]
    wanted = [m for m in wanted if m._meta.managed and not m._meta.proxy]
    found: list[type[models.Model]] = []

    def add(model: type[models.Model]) -> None:
        if model in found or model not in wanted:
            return
        for field in model._meta.concrete_fields:
            if field.remote_field and field.remote_field.model is not model:
                add(field.remote_field.model)
        found.append(model)

    for model in wanted:
        add(model)
    return found


def migrations() -> list[str]:
    """The migrations that this database has, by app and name."""
    return sorted(f"{app}.{name}" for app, name in MigrationLoader(connection).applied_migrations)


@contextmanager
def snapshot() -> Iterator[None]:
    """A transaction that sees one moment of the database while others go on writing."""
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        from psycopg import IsolationLevel

        raw = connection.connection
        before, raw.isolation_level = raw.isolation_level, IsolationLevel.REPEATABLE_READ
        try:
            with transaction.atomic():
                yield
        finally:
            raw.isolation_level = before
        return
    # IMMEDIATE, as operations use it, would keep everybody else from writing.
    wrapper: Any = connection
    before, wrapper.transaction_mode = wrapper.transaction_mode, "DEFERRED"
    try:
        with transaction.atomic():
            yield
    finally:
        wrapper.transaction_mode = before


class WrongKey(Exception):
    """A personal value can't be read with the keys that are set: a backup of it would hold nothing."""


def _plain(value: Any) -> Any:
    if isinstance(value, Unreadable):
        raise WrongKey
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    return value.isoformat() if isinstance(value, datetime | date | time) else value


def _rows(model: type[models.Model], out: BinaryIO) -> int:
    fields, count = model._meta.concrete_fields, 0
    for thing in model._base_manager.order_by("pk").iterator(chunk_size=BATCH):
        row = [_plain(field.value_from_object(thing)) for field in fields]
        out.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        count += 1
    return count


def _add(tar: tarfile.TarFile, name: str, source: BinaryIO) -> None:
    size = source.seek(0, io.SEEK_END)
    source.seek(0)
    member = tarfile.TarInfo(name)
    member.size = size
    tar.addfile(member, source)


def write_backup(out: BinaryIO, secret: str, say: Say = lambda words: None) -> dict[str, int]:
    """Write the city sealed under `secret` to `out`; the rows of each table. Others may go on writing meanwhile."""
    counts: dict[str, int] = {}
    with SealingWriter(out, secret) as sealed, tarfile.open(fileobj=sealed, mode="w|gz") as tar:
        with snapshot():
            has = migrations()
            columns = {}
            for model in tables():
                label = model._meta.label_lower
                # Unnamed on disk, gone with the process.
                with tempfile.TemporaryFile(dir=settings.DATA_DIR) as rows:
                    counts[label] = _rows(model, rows)
                    columns[label] = [field.attname for field in model._meta.concrete_fields]
                    _add(tar, f"tables/{label}.jsonl", rows)
                say(f"{label}: {counts[label]}")
        root = Path(settings.MEDIA_ROOT)
        files = [p for p in sorted(root.rglob("*")) if p.is_file() and p.relative_to(root).parts[0] != DRAFTS]
        for path in files:
            try:
                data = path.read_bytes()
            except FileNotFoundError:  # erased since the list was read
                continue
            _add(tar, f"files/{path.relative_to(root).as_posix()}", io.BytesIO(data))
        manifest = {"format": FORMAT, "migrations": has, "rows": counts, "columns": columns}
        _add(tar, "manifest.json", io.BytesIO(json.dumps(manifest).encode()))
    return counts


def _value(field: Any, raw: Any) -> Any:
    if raw is None or isinstance(field, models.JSONField):
        return raw
    if isinstance(field, models.BinaryField):
        return base64.b64decode(raw)
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    return target.to_python(raw)


def _load(model: type[models.Model], lines: Any, columns: list[str]) -> int:
    """Insert a table's rows; references to rows of the same table are set when all are there."""
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in columns]
    own = [f for f in fields if f.remote_field and f.remote_field.model is model and f.null]
    later: list[models.Model] = []
    batch: list[models.Model] = []
    count = 0

    def flush() -> None:
        for thing in batch:
            mine = {f.attname: getattr(thing, f.attname) for f in own}
            if any(value is not None for value in mine.values()):
                again = model(pk=thing.pk, **mine)
                later.append(again)
                for name in mine:
                    setattr(thing, name, None)
        model._base_manager.bulk_create(batch)
        batch.clear()

    for line in lines:
        values = {f.attname: _value(f, raw) for f, raw in zip(fields, json.loads(line), strict=True)}
        batch.append(model(**values))
        count += 1
        if len(batch) >= BATCH:
            flush()
    flush()
    if later:
        model._base_manager.bulk_update(later, [f.name for f in own], batch_size=500)
    return count


def _require_empty() -> None:
    for model in tables():
        if model._meta.label_lower != "core.counter" and model._base_manager.exists():
            raise CannotRestore(f"This database is not empty ({model._meta.label_lower} has rows).")
    root = Path(settings.MEDIA_ROOT)
    if root.exists() and any(path.is_file() for path in root.rglob("*")):
        raise CannotRestore("The folder of files is not empty.")


def read_backup(source: BinaryIO, secret: str, say: Say = lambda words: None) -> dict[str, int]:
    """Restore a backup into this empty, migrated database and empty folder; the rows of each table.

    All or nothing. Raises CannotRestore when the file, the key, its version or this place does not fit.
    """
    _require_empty()
    by_label = {model._meta.label_lower: model for model in tables()}
    counts: dict[str, int] = {}
    manifest: dict[str, Any] = {}
    root = Path(settings.MEDIA_ROOT)
    written: list[Path] = []
    try:
        with transaction.atomic():
            reader = io.BufferedReader(SealedReader(source, secret), 65_536)
            with tarfile.open(fileobj=reader, mode="r|gz") as tar:
                for member in tar:
                    body = tar.extractfile(member)
                    if body is None:
                        continue
                    folder, _slash, name = member.name.partition("/")
                    if member.name == "manifest.json":
                        manifest = json.loads(body.read())
                    elif folder == "tables":
                        model = by_label.get(name.removesuffix(".jsonl"))
                        if model is None:
                            raise CannotRestore(f"It holds a table that is not known here: {name}")
                        columns = [field.attname for field in model._meta.concrete_fields]
                        counts[model._meta.label_lower] = _load(model, body, columns)
                        say(f"{model._meta.label_lower}: {counts[model._meta.label_lower]}")
                    elif folder == "files":
                        path = (root / name).resolve()
                        if not path.is_relative_to(root.resolve()):
                            raise CannotRestore("It holds a file outside its folder.")
                        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                        path.write_bytes(body.read())
                        path.chmod(0o600)
                        written.append(path)
            reader.read()  # to the last frame: a file that was cut off is refused
            if manifest.get("format") != FORMAT or manifest.get("rows") != counts:
                raise CannotRestore("The backup is not complete.")
            if manifest["migrations"] != migrations():
                raise CannotRestore("It was made by another version of Lianxin; restore it with that version.")
            _reset_sequences()
    except (Unsealable, tarfile.TarError, ValueError, EOFError, OSError) as error:
        _unlink(written)
        raise CannotRestore(f"The backup can't be read: {error}") from error
    except BaseException:
        _unlink(written)
        raise
    return counts


def _unlink(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _reset_sequences() -> None:
    """New rows get numbers after the restored ones (PostgreSQL); the statements are Django's own."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), tables()):
            cursor.execute(statement)
