"""`lianxin verify`: does every chain still say what it said?"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from lianxin.history import chain


def heads() -> Iterator[tuple[str, int, str]]:
    """Key, length and head hash of every object that keeps a history."""
    for model in apps.get_models():
        if not hasattr(model, "chain_key"):
            continue
        rows: QuerySet[Any] = model._default_manager.filter(history_seq__gt=0)
        for thing in rows.select_related(*getattr(model, "chain_related", ())).iterator(chunk_size=5_000):
            yield thing.chain_key, thing.history_seq, thing.history_head


class Command(BaseCommand):
    help = "Recomputes every chain of history and names each object whose chain is broken."

    def handle(self, *args: Any, **options: Any) -> None:
        everything = list(heads())
        bad = 0
        for words in chain.broken(everything):
            bad += 1
            self.stderr.write(words)
        if bad:
            raise CommandError(f"{bad} of {len(everything)} chains are broken.")
        self.stdout.write(f"{len(everything)} chains verify.")
