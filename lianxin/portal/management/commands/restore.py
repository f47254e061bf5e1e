"""`lianxin restore FILE`: a backup into an empty database and folder, then verified."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from lianxin.core.backup import CannotRestore, read_backup


class Command(BaseCommand):
    help = "Restores a backup into an empty database and folder, then verifies the history. All or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.BACKUP_KEY:
            raise CommandError("Set LIANXIN_BACKUP_KEY or LIANXIN_BACKUP_KEY_FILE to the key of the backup.")
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        say = self.stdout.write if options["verbosity"] > 1 else (lambda words: None)
        try:
            with options["file"].open("rb") as source:
                counts = read_backup(source, settings.BACKUP_KEY, say)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except CannotRestore as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{sum(counts.values())} rows of {len(counts)} tables are back.")
        call_command("reindex", stdout=self.stdout)
        call_command("verify", stdout=self.stdout, stderr=self.stderr)
