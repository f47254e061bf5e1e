"""Importing a workbook: all of it or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role
from lianxin.core.errors import NotAllowed
from lianxin.core.operation import operation
from lianxin.sheets.reading import Unreadable, read
from lianxin.sheets.registry import Import, Row, RowError, Sheet


@dataclass(frozen=True)
class Outcome:
    """What an import did, or would do: counts, errors, and the rows for the workbook that goes back."""

    sheet: Sheet | None
    created: int
    changed: int
    unchanged: int
    errors: list[RowError]
    rows: list[Row]
    saved: bool

    @property
    def nothing_new(self) -> bool:
        """Every row was there already."""
        return not self.errors and not self.created and not self.changed


def may_import(actor: Actor) -> bool:
    """Administrators and the city import; so does the system when it sets up a new city."""
    return actor.is_system or actor.has(Role.ADMIN, Role.CITY)


@operation
def import_workbook(
    data: bytes,
    *,
    actor: Actor,
    at: datetime,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Outcome:
    """Read a workbook and save every row, with one history entry a row; on any error save nothing.

    `dry_run` does everything and takes it back. Raises NotAllowed for anybody but administrators and the city.
    """
    if not may_import(actor):
        raise NotAllowed("Only an administrator can import.")
    try:
        sheet, rows, errors = read(data)
    except Unreadable as error:
        return Outcome(None, 0, 0, 0, [RowError(0, "", str(error))], [], saved=False)
    work = Import(actor, at, errors=errors, progress=progress)
    # A cell that could not be read leaves a hole: references are checked all the same, so that every error is told
    # at once, and the savepoint is rolled back.
    with transaction.atomic():
        sheet.save(rows, work)
        saved = not work.errors and not dry_run
        if not saved:
            transaction.set_rollback(True)
    return Outcome(
        sheet,
        work.created,
        work.changed,
        work.unchanged,
        sorted(work.errors, key=lambda e: (e.row, e.column)),
        rows,
        saved=saved,
    )
