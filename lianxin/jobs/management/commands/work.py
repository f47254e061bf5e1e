"""`lianxin work`: the worker. Start one or more; they share the schedule."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lianxin.core.clock import now
from lianxin.jobs import worker


class Command(BaseCommand):
    help = "Runs what the clock does, each job when it is due. --once: what is due now, then ends."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="run what is due now and end")

        parser.add_argument("--parent", type=int, default=0, help="end when this process is gone")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["once"]:
            worker.run_for_ever(options["parent"])
        worked, failed = worker.run_due(now())
        self.stdout.write(f"{worked} jobs ran, {failed} failed.")
        if failed:
            raise CommandError("See the page Jobs.")
