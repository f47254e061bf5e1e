"""Importing a workbook: all of it or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role
from lianxin.core.errors import NotAllowed
from lianxin.core.operation import operation
from lianxin.sheets.reading import Part, read
from lianxin.sheets.registry import Import, RowError
from lianxin.sheets.unpacking import Unreadable


@dataclass(frozen=True)
class Outcome:
    """What an import did, or would do: counts, errors, and the parts for the workbook that goes back."""

    parts: list[Part]
    created: int
    changed: int
    unchanged: int
    errors: list[RowError]
    saved: bool

    @property
    def title(self) -> str:
        """The sheets of the workbook by name; '' for a file that is none."""
        return " · ".join(str(part.sheet.label) for part in self.parts)

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
    """Read a workbook and save every row of its worksheets, with one history entry a row; on any error save nothing.

    `dry_run` does everything and takes it back. Raises NotAllowed for anybody but administrators and the city.
    """
    if not may_import(actor):
        raise NotAllowed("Only an administrator can import.")
    try:
        parts = read(data)
    except Unreadable as error:
        return Outcome([], 0, 0, 0, [RowError(0, "", str(error))], saved=False)
    works = []
    # A cell that could not be read leaves a hole: references are checked all the same, so that every error is told
    # at once, and the savepoint is rolled back.
    with transaction.atomic():
        for part in parts:
            work = Import(actor, at, sheet=part.sheet.code, errors=part.errors, progress=progress)
            part.sheet.save(part.rows, work)
            works.append(work)
        saved = not any(work.errors for work in works) and not dry_run
        if not saved:
            transaction.set_rollback(True)
    return Outcome(
        parts,
        sum(work.created for work in works),
        sum(work.changed for work in works),
        sum(work.unchanged for work in works),
        [e for work in works for e in sorted(work.errors, key=lambda e: (e.row, e.column))],
        saved=saved,
    )
