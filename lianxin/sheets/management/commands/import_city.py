"""`lianxin import_city FOLDER`: every workbook of a city, in the order in which they build on each other."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lianxin.accounts.actors import SYSTEM
from lianxin.core.clock import now
from lianxin.sheets.operations import Outcome, import_workbook
from lianxin.sheets.writing import with_errors

ERRORS = ".errors.xlsx"


class Command(BaseCommand):
    help = "Imports all workbooks (*.xlsx) of a folder, in the order of their names. Stops at the first with errors."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check, save nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        # What an earlier run wrote about its errors is no workbook of the city.
        paths = sorted(p for p in options["folder"].glob("*.xlsx") if not p.name.endswith(ERRORS))
        if not paths:
            raise CommandError(f"There is no workbook in {options['folder']}")
        changed = 0
        for number, path in enumerate(paths, start=1):
            start = time.monotonic()
            outcome = import_workbook(path.read_bytes(), actor=SYSTEM, at=now(), dry_run=options["dry_run"])
            if outcome.errors:
                self._stop(path, outcome)
            changed += outcome.created + outcome.changed
            self.stdout.write(
                f"[{number}/{len(paths)}] {path.name}: {outcome.created} new, {outcome.changed} changed, "
                f"{outcome.unchanged} unchanged ({time.monotonic() - start:.1f} s)"
            )
            self.stdout.flush()
        if not changed:
            self.stdout.write("Nothing has changed.")

    def _stop(self, path: Path, outcome: Outcome) -> None:
        for error in outcome.errors[:20]:
            self.stderr.write(f"{path.name} row {error.row}, {error.column}: {error.words}")
        if outcome.parts:
            back = path.with_suffix(ERRORS)
            try:
                back.write_bytes(with_errors(outcome.parts, outcome.errors))
                self.stderr.write(f"All {len(outcome.errors)} errors are in {back}")
            except OSError:
                self.stderr.write(f"{len(outcome.errors)} errors in all")
        raise CommandError("Nothing of this workbook was saved.")
