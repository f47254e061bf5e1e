"""`lianxin backup FILE`: the whole city, sealed, while it goes on working."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lianxin.core.backup import write_backup


class Command(BaseCommand):
    help = "Writes database and files into one encrypted file (key: LIANXIN_BACKUP_KEY). Never overwrites a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.BACKUP_KEY:
            raise CommandError("Set LIANXIN_BACKUP_KEY or LIANXIN_BACKUP_KEY_FILE; without it no backup can be read.")
        target: Path = options["file"]
        if target.exists():
            raise CommandError(f"{target} is there already.")
        partial = target.with_name(target.name + ".partial")
        say = self.stdout.write if options["verbosity"] > 1 else (lambda words: None)
        try:
            with partial.open("xb") as out:
                partial.chmod(0o600)
                counts = write_backup(out, settings.BACKUP_KEY, say)
                out.flush()
                os.fsync(out.fileno())
            partial.rename(target)
        except OSError as error:
            raise CommandError(f"{target}: {error.strerror}") from error
        finally:
            partial.unlink(missing_ok=True)
        size = target.stat().st_size / 1_000_000
        self.stdout.write(f"{sum(counts.values())} rows of {len(counts)} tables, {size:.1f} MB: {target}")
