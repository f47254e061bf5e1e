"""Writing workbooks: templates, exports, and the list of errors that goes back."""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill

from lianxin.core import workbooks
from lianxin.sheets.reading import Part
from lianxin.sheets.registry import RowError, Sheet

WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BOLD = Font(bold=True)
_RED = PatternFill("solid", fgColor="FDE8E6")


def safe(value: Any) -> Any:
    """`value` as it may stand in a cell: no formula, times in the city's zone, yes or no as words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float) or value is None:
        return value
    return workbooks.safe(str(value))


def workbook(title: str, heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook of one worksheet, as bytes; every cell made safe."""
    book = Workbook(write_only=True)
    page = book.create_sheet(title[:31])
    page.freeze_panes = "A2"
    page.append([_cell(page, name, font=_BOLD) for name in heading])
    for row in rows:
        page.append([safe(value) for value in row])
    return _bytes(book)


def _cell(page: Any, value: Any, **style: Any) -> Any:
    cell = WriteOnlyCell(page, value=safe(value))
    for name, what in style.items():
        setattr(cell, name, what)
    return cell


def _bytes(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def template(sheet: Sheet) -> bytes:
    """The workbook a city fills: headings, one example, and a page that explains each column."""
    book = Workbook(write_only=True)
    page = book.create_sheet(sheet.code)
    page.append([_cell(page, c.code, font=_BOLD) for c in sheet.columns])
    page.append([safe(sheet.example.get(c.code, "")) for c in sheet.columns])
    help_page = book.create_sheet(_("columns")[:31])
    help_page.append([_("column"), _("what"), _("must be filled"), _("kind"), _("note")])
    for c in sheet.columns:
        note = ", ".join(c.choices) or str(c.hint)
        help_page.append([c.code, str(c.label), _("yes") if c.required else _("no"), c.kind, note])
    return _bytes(book)


def with_errors(parts: list[Part], errors: list[RowError]) -> bytes:
    """A list of all errors, then the rows that came in, wrong cells in red with the reason in a last column."""
    book = Workbook(write_only=True)
    listing = book.create_sheet(_("errors")[:31])
    listing.append([_("row"), _("column"), _("what is wrong"), _("sheet")])
    for error in errors:
        listing.append([error.row, error.column, safe(error.words), error.sheet])
    for part in parts:
        _marked(book, part, [e for e in errors if e.sheet == part.sheet.code])
    return _bytes(book)


def _marked(book: Workbook, part: Part, errors: list[RowError]) -> None:
    by_row: dict[int, dict[str, str]] = {}
    for error in errors:
        by_row.setdefault(error.row, {})[error.column] = str(error.words)
    columns = [c.code for c in part.sheet.columns]
    page = book.create_sheet(part.sheet.code)
    page.append([_cell(page, code, font=_BOLD) for code in columns] + [_("what is wrong")])
    for row in part.rows:
        wrong = by_row.get(row.number, {})
        cells = [_cell(page, row[code], fill=_RED) if code in wrong else safe(row[code]) for code in columns]
        page.append([*cells, safe("; ".join(f"{k}: {v}" for k, v in wrong.items()))])
