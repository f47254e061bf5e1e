"""`lianxin history_copy FILE`: the whole history as lines of JSON, to be checked elsewhere."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from lianxin.core.backup import snapshot
from lianxin.history import roots


class Command(BaseCommand):
    help = "Writes the history without any personal value; `lianxin verify --copy FILE --roots roots.json` checks it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        with options["file"].open("w", encoding="utf-8") as out, snapshot():
            for line in roots.copy_lines():
                out.write(line + "\n")
                count += 1
        self.stdout.write(f"{count} lines.")
