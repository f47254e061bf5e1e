"""`lianxin reencrypt`: encrypted values and digests of telephones under the newest keys."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lianxin.accounts.actors import SYSTEM
from lianxin.core.clock import now
from lianxin.personal.new_keys import Batch, digest_phones_anew, encrypt_anew, tables


class Command(BaseCommand):
    help = (
        "Encrypts every encrypted value anew with the first key of LIANXIN_FIELD_KEY, and renews the digests by which "
        "telephones are found at log-in. People may go on working; stopped half way, run it again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable = 0
        for model in tables():
            said = self._all(partial(encrypt_anew, model))
            self.stdout.write(f"{model._meta.label_lower}: {_words(said)}, unreadable {said.unreadable}")
            unreadable += said.unreadable
        said = self._all(digest_phones_anew)
        self.stdout.write(f"digests of telephones: {_words(said)}, of two accounts {said.unreadable}")
        if unreadable:
            raise CommandError(f"{unreadable} values can't be read: their key is not in LIANXIN_FIELD_KEY.")

    def _all(self, run: Callable[..., Batch]) -> Batch:
        begun = time.monotonic()
        total = run(actor=SYSTEM, at=now())
        while total.last is not None:
            # SQLite has one writer: the others get half of the time.
            time.sleep(time.monotonic() - begun)
            begun = time.monotonic()
            more = run(actor=SYSTEM, at=now(), after=total.last)
            total = Batch(
                more.last,
                total.renewed + more.renewed,
                total.kept + more.kept,
                total.unreadable + more.unreadable,
            )
        return total


def _words(said: Batch) -> str:
    return f"renewed {said.renewed}, as they should be {said.kept}"
