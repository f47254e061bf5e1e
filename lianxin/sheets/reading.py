"""Reading a workbook: what it is, its rows as typed values, every error by row and column."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from lianxin.sheets.registry import MAX_ERRORS, Column, Row, RowError, Sheet, in_order
from lianxin.sheets.unpacking import MAX_ROWS, Unreadable, column_number, fitting

_FORMULA = re.compile(rb'<c\b[^>]*?\br="([A-Z]+)(\d+)"[^>]*>\s*<f[\s>/]')
# No text; no workbook that we write may hold it.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")
_YES = {"yes", "y", "1", "true", "是", "有"}
_NO = {"no", "n", "0", "false", "否", "无", ""}


def open_workbook(data: bytes) -> CalamineWorkbook:
    """The workbook in `data`. Raises Unreadable for anything that is none, too large, or unpacks too far."""
    unpacked = fitting(data)
    with readable():
        return CalamineWorkbook.from_filelike(unpacked)


def cells_of(workbook: CalamineWorkbook, index: int) -> list[list[Any]]:
    """The cells of the worksheet number `index` (from 0), from A1 on. Raises Unreadable for a damaged one."""
    with readable():
        return workbook.get_sheet_by_index(index).to_python(skip_empty_area=False)


@contextmanager
def readable() -> Iterator[None]:
    """Whatever the reader of workbooks stumbles over is a file that can't be read, also what it calls a panic."""
    try:
        yield
    except (CalamineError, zipfile.BadZipFile, zlib.error, OSError, ValueError, IndexError) as error:
        raise Unreadable(_("This file is not an Excel workbook (.xlsx).")) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise Unreadable(_("This file is not an Excel workbook (.xlsx).")) from error


def sheets_in(workbook: CalamineWorkbook) -> list[tuple[int, Sheet]]:
    """Our sheets among the workbook's worksheets with their places, in the order in which they build on each other.

    Raises Unreadable when there is none.
    """
    names = [name.strip().lower() for name in workbook.sheet_names]
    found = [(names.index(sheet.code), sheet) for sheet in in_order() if sheet.code in names]
    if not found:
        known = ", ".join(sheet.code for sheet in in_order())
        raise Unreadable(_("No worksheet has a known name. Known are: %(names)s.") % {"names": known})
    return found


def formulas(data: bytes, index: int) -> dict[tuple[int, int], bool]:
    """Cells (row, column, both from 1) of the worksheet number `index` (from 0) that hold a formula."""
    with readable(), zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = sorted(
            (n for n in archive.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", n)),
            key=lambda n: int(re.findall(r"\d+", n)[0]),
        )
        if index >= len(names):
            return {}
        xml = archive.read(names[index])
    if b"<f" not in xml:
        return {}
    return {(int(row), column_number(letters.decode())): True for letters, row in _FORMULA.findall(xml)}


@dataclass
class Part:
    """One worksheet of a workbook: which sheet it is, its rows, what is wrong with its cells."""

    sheet: Sheet
    rows: list[Row]
    errors: list[RowError]


def read(data: bytes) -> list[Part]:
    """The worksheets of a workbook that are ours. Raises Unreadable when there is none."""
    workbook = open_workbook(data)
    return [_part(workbook, data, index, sheet) for index, sheet in sheets_in(workbook)]


def _part(workbook: CalamineWorkbook, data: bytes, index: int, sheet: Sheet) -> Part:
    cells = cells_of(workbook, index)
    if len(cells) > MAX_ROWS:
        raise Unreadable(_("A workbook may have %(n)s rows at the most.") % {"n": MAX_ROWS})
    errors: list[RowError] = []
    heading = [str(c).strip().lower() for c in cells[0]] if cells else []
    for column in sheet.columns:
        if column.code not in heading:
            errors.append(RowError(1, column.code, _("This column is missing."), sheet.code))
        elif heading.count(column.code) > 1:
            errors.append(RowError(1, column.code, _("This column is there twice."), sheet.code))
    # A missing column does not hide what is wrong with the others.
    at = {column: heading.index(column.code) for column in sheet.columns if column.code in heading}
    rows = list(_rows(sheet, cells, at, formulas(data, index), errors))
    if all(code in heading for code in sheet.key):
        _twice(sheet, rows, errors)
    return Part(sheet, rows, errors)


def _rows(
    sheet: Sheet,
    cells: list[list[Any]],
    at: dict[Column, int],
    found: dict[tuple[int, int], bool],
    errors: list[RowError],
) -> Iterator[Row]:
    for number, line in enumerate(cells[1:], start=2):
        if all(c == "" or c is None for c in line) and not any(r == number for r, _c in found):
            continue
        values: dict[str, Any] = {}
        for column, i in at.items():
            if (number, i + 1) in found:
                _note(errors, RowError(number, column.code, _("A formula; please enter the value itself."), sheet.code))
                values[column.code] = None
                continue
            raw = line[i] if i < len(line) else ""
            try:
                values[column.code] = convert(column, raw)
            except ValueError as error:
                _note(errors, RowError(number, column.code, str(error), sheet.code))
                values[column.code] = None
        yield Row(number, values)


def _note(errors: list[RowError], error: RowError) -> None:
    if len(errors) < MAX_ERRORS:
        errors.append(error)


def _twice(sheet: Sheet, rows: list[Row], errors: list[RowError]) -> None:
    seen: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = tuple(row[code] for code in sheet.key)
        if key in seen:
            _note(
                errors,
                RowError(row.number, sheet.key[-1], _("The same as in row %(row)s.") % {"row": seen[key]}, sheet.code),
            )
        else:
            seen[key] = row.number


def convert(column: Column, raw: Any) -> Any:
    """The cell `raw` as the column's type; '' or None where it is empty. Raises ValueError with the words."""
    text = _text(raw)
    if text == "":
        if column.required:
            raise ValueError(_("Must not be empty."))
        return "" if column.kind in ("text", "code", "choice") else (False if column.kind == "yes_no" else None)
    if _CONTROL.search(text):
        raise ValueError(_("It holds a sign that is no text. Type the cell anew, please."))
    return _CONVERT[column.kind](column, raw, text)


def _text(raw: Any) -> str:
    if raw is None:
        return ""
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return str(raw).replace("\r\n", "\n").replace("\r", "\n").strip()


def _to_text(column: Column, raw: Any, text: str) -> str:
    if len(text) > column.most:
        raise ValueError(_("At the most %(n)s characters.") % {"n": column.most})
    return text


def _to_code(column: Column, raw: Any, text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", text):
        raise ValueError(_("A code has small letters, digits and hyphens only."))
    return text


def _to_int(column: Column, raw: Any, text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise ValueError(_("“%(text)s” is not a whole number.") % {"text": text[:30]}) from None
    if number < column.least:
        raise ValueError(_("Must not be less than %(n)s.") % {"n": column.least})
    if number > column.most:
        raise ValueError(_("Must not be more than %(n)s.") % {"n": column.most})
    return number


def _to_date(column: Column, raw: Any, text: str) -> date:
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise ValueError(_("“%(text)s” is not a day like 2026-01-31.") % {"text": text[:30]}) from None


def _to_datetime(column: Column, raw: Any, text: str) -> datetime:
    try:
        local = raw if isinstance(raw, datetime) else datetime.fromisoformat(text)
        return timezone.make_aware(local).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(_("“%(text)s” is not a time like 2026-01-31 14:00.") % {"text": text[:30]}) from None


def _to_yes_no(column: Column, raw: Any, text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise ValueError(_("Say yes or no."))


def _to_choice(column: Column, raw: Any, text: str) -> str:
    if text not in column.choices:
        raise ValueError(_("One of: %(choices)s.") % {"choices": ", ".join(column.choices)})
    return text


_CONVERT = {
    "text": _to_text,
    "code": _to_code,
    "int": _to_int,
    "date": _to_date,
    "datetime": _to_datetime,
    "yes_no": _to_yes_no,
    "choice": _to_choice,
}
