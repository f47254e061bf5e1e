"""`lianxin run_jobs`: what the clock does, once; call it every few minutes."""

from typing import Any

from django.core.management.base import BaseCommand

from lianxin.core.clock import now
from lianxin.needs import jobs


class Command(BaseCommand):
    help = "Let claims lapse, close what nobody answered, forget old forms, erase on time. Safe to run at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        done = jobs.run(now())
        self.stdout.write(
            f"lapsed {done.lapsed}, closed {done.closed}, forgot {done.forgotten}, "
            f"erased {done.contacts_erased} contacts and the words of {done.words_erased}"
        )
