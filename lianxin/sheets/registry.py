"""Sheets: lists that come in and go out as Excel workbooks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianxin.accounts.actors import Actor
from lianxin.core.registry import Registry

Words = str | Promise
MAX_ERRORS = 500


@dataclass(frozen=True)
class Column:
    """A column: its code (the heading in row 1), what it holds and whether a row may leave it empty.

    `kind`: text, code, int, date, datetime, yes_no or choice (then `choices`). `most`: characters of a text, or the
    largest number; `least`: the smallest number.
    """

    code: str
    label: Words
    kind: str = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 200
    hint: Words = ""


@dataclass
class Row:
    """One row of a workbook: its number there (the heading is row 1) and its values by column code."""

    number: int
    values: dict[str, Any]

    def __getitem__(self, code: str) -> Any:
        return self.values.get(code)


@dataclass(frozen=True)
class RowError:
    """What is wrong where; row 0 speaks of the workbook, row 1 of its heading."""

    row: int
    column: str
    words: Words
    sheet: str = ""


@dataclass
class Import:
    """An import under way: who, when, what it found. Any error means that nothing is saved."""

    actor: Actor
    at: datetime
    sheet: str = ""
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)
    progress: Callable[[int, int], None] = lambda done, total: None

    def error(self, row: Row, column: str, words: Words) -> None:
        """Note an error of a cell."""
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(RowError(row.number, column, words, self.sheet))

    def look_up(self, row: Row, column: str, things: dict[str, Any]) -> Any:
        """The thing that the cell names, None for an empty cell; notes an error when there is no such code."""
        value = row[column]
        if not value:
            return None
        if value not in things:
            self.error(row, column, _("There is no such code."))
        return things.get(value)


@dataclass(frozen=True)
class Sheet:
    """A list that can be imported. `save` writes all rows with history, or notes errors in the Import.

    `key`: the columns that name a row; the same key twice in a workbook is an error, in the city an update.
    `example`: one row for the template workbook.
    """

    code: str
    label: Words
    columns: Sequence[Column]
    key: tuple[str, ...]
    save: Callable[[list[Row], Import], None]
    example: dict[str, Any]
    order: int = 100

    def column(self, code: str) -> Column:
        """The column `code`."""
        return next(c for c in self.columns if c.code == code)

    @property
    def must_haves(self) -> list[Words]:
        """Labels of the columns that must be filled."""
        return [c.label for c in self.columns if c.required]


SHEETS: Registry[Sheet] = Registry("sheet")


def register(sheet: Sheet) -> Sheet:
    """Add a sheet. Raises ValueError when its code is taken."""
    return SHEETS.add(sheet.code, sheet)


def in_order() -> list[Sheet]:
    """All sheets in the order in which a new city fills them."""
    return sorted(SHEETS, key=lambda sheet: sheet.order)
