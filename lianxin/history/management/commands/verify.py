"""`lianxin verify`: does every chain still say what it said, and is it the one whose root was published?"""

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from lianxin.history import chain, roots


def heads() -> Iterator[tuple[str, int, str]]:
    """Key, length and head hash of every object that keeps a history."""
    for model in apps.get_models():
        if not hasattr(model, "chain_key"):
            continue
        rows: QuerySet[Any] = model._default_manager.filter(history_seq__gt=0)
        for thing in rows.select_related(*getattr(model, "chain_related", ())).iterator(chunk_size=5_000):
            yield thing.chain_key, thing.history_seq, thing.history_head


def _roots(path: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return [{name: row[name] for name in ("day", "root", "previous")} for row in found["roots"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path} does not hold published roots (roots.json).") from error


class Command(BaseCommand):
    help = "Recomputes every chain of history and every daily root; names each object that does not fit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--roots", type=Path, help="roots.json as it was downloaded from the public column")
        parser.add_argument("--copy", type=Path, help="check this copy (lianxin history_copy) instead of the database")

    def handle(self, *args: Any, **options: Any) -> None:
        known = _roots(options["roots"]) if options["roots"] else None
        if options["copy"]:
            if known is None:
                raise CommandError("Give the published roots too: --roots roots.json")
            try:
                with options["copy"].open(encoding="utf-8") as lines:
                    until = roots.copy_until(lines.readline())
                    inside = sum(root["day"] <= until for root in known)
                    if known and not inside:
                        raise CommandError(f"{options['copy']} is older than the first root.")
                    lines.seek(0)
                    well = f"The copy and its {inside} roots verify."
                    if inside < len(known):
                        well += f" It goes up to {until}; {len(known) - inside} later roots say nothing of it."
                    self._say(roots.wrong_in_copy(lines, known), well)
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise CommandError(f"{options['copy']} is not a copy of a history.") from error
            return
        everything = list(heads())
        self._say(chain.broken(everything), f"{len(everything)} chains verify.")
        self._say(roots.wrong_roots(known), f"{len(roots.published())} daily roots verify.")

    def _say(self, wrong: Iterable[str], well: str) -> None:
        bad = 0
        for words in wrong:
            bad += 1
            self.stderr.write(words)
        if bad:
            raise CommandError(f"{bad} things do not fit.")
        self.stdout.write(well)
