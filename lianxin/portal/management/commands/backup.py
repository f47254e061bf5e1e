"""`lianxin backup FILE`: the whole city, sealed, while it goes on working."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lianxin.core.backup import WrongKey, write_backup


def _settle(folder: Path) -> None:
    """The new name survives a power cut, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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
        # A name of its own: two that run at once do not take each other's file away.
        partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
        say = self.stdout.write if options["verbosity"] > 1 else (lambda words: None)
        try:
            with partial.open("xb") as out:
                partial.chmod(0o600)
                counts = write_backup(out, settings.BACKUP_KEY, say)
                out.flush()
                os.fsync(out.fileno())
            # Unlike a rename, a link takes nobody's place.
            os.link(partial, target)
            _settle(target.parent)
        except FileExistsError as error:
            raise CommandError(f"{target} is there already.") from error
        except OSError as error:
            raise CommandError(f"{target}: {error.strerror}") from error
        except WrongKey as error:
            raise CommandError(
                "A personal value can't be read with LIANXIN_FIELD_KEY (or LIANXIN_SECRET_KEY): nothing was written."
            ) from error
        finally:
            partial.unlink(missing_ok=True)
        size = target.stat().st_size / 1_000_000
        self.stdout.write(f"{sum(counts.values())} rows of {len(counts)} tables, {size:.1f} MB: {target}")
