"""Workbooks that come out byte for byte the same on every run, and the sample's calendar."""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from openpyxl import Workbook

END_DAY = date(2026, 10, 25)  # a Sunday; the loader shifts every date by whole weeks
END = datetime(2026, 10, 25, 18, 0)  # nothing in the sample happens later
FIRST_DAY = END_DAY - timedelta(days=400)

_STAMP = datetime(2026, 1, 1)
_ZIP_STAMP = (2026, 1, 1, 0, 0, 0)
_CORE = "docProps/core.xml"
_TIMES = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")

Cell = str | int | float | None
Row = Sequence[Cell]


def day(value: date) -> str:
    """A date as the sheets hold it."""
    return value.strftime("%Y-%m-%d")


def minute(value: datetime | None) -> str:
    """A local date and time as the sheets hold it; empty for None."""
    return value.strftime("%Y-%m-%d %H:%M") if value else ""


def yes(value: bool) -> str:
    """A yes/no cell."""
    return "yes" if value else "no"


def write(folder: Path, file_name: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Write `rows` under the column codes to `folder/file_name` and return how many there were.

    The worksheet is named as the file without its number: `03-communities.xlsx` holds `communities`.
    """
    book = Workbook(write_only=True)
    book.properties.creator = "Lianxin sample"
    book.properties.created = book.properties.modified = _STAMP
    sheet = book.create_sheet(file_name.split("-", 1)[1].removesuffix(".xlsx"))
    sheet.freeze_panes = "A2"
    sheet.append(list(columns))
    count = 0
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"{file_name}: {len(row)} cells for {len(columns)} columns: {row}")
        sheet.append([None if cell == "" else cell for cell in row])
        count += 1
    raw = io.BytesIO()
    book.save(raw)
    (folder / file_name).write_bytes(_steady(raw.getvalue()))
    return count


def _steady(raw: bytes) -> bytes:
    """The same workbook without the hour it was made: openpyxl stamps its zip members and properties."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == _CORE:
                content = _TIMES.sub(rb"\g<1>2026-01-01T00:00:00Z\g<3>", content)
            info = zipfile.ZipInfo(name, date_time=_ZIP_STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            new.writestr(info, content)
    return out.getvalue()
