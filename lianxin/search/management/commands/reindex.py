"""`lianxin reindex`: the search index built anew from the records."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from lianxin.search import index


class Command(BaseCommand):
    help = "Builds the search index anew; people may go on searching meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            counts = index.rebuild()
        index.compact()
        for corpus, count in counts.items():
            self.stdout.write(f"{corpus}: {count}")
