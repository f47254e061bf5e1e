"""`lianxin demo`: the sample city, ready to look at."""

import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from lianxin.core.clock import local_day, now


class Command(BaseCommand):
    help = "Prepares the demo (database, sample city, accounts) and serves it on 127.0.0.1:8000."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--prepare-only", action="store_true", help="do not serve")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This data folder belongs to a real city (LIANXIN_SECRET_KEY or LIANXIN_DEMO=0 is set).")
        start = time.monotonic()
        self._prepare()
        self.stdout.write(f"Ready after {time.monotonic() - start:.1f} s.")
        if options["prepare_only"]:
            return
        port = str(options["port"])
        self.stdout.write(f"http://127.0.0.1:{port}/ · demo accounts: http://127.0.0.1:{port}/demo/")
        self.stdout.flush()
        command = [
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--host",
            "127.0.0.1",
            "--port",
            port,
        ]
        # The worker ends with the server: it is a child of the process that becomes the server.
        subprocess.Popen([sys.executable, "-m", "lianxin.cli", "work", "--parent", str(os.getpid())])
        os.execv(
            sys.executable,
            [*command, "--workers", "2", "--blocking-threads", "2", "lianxin.wsgi:application"],
        )

    def _prepare(self) -> None:
        from lianxin.places.models import City
        from lianxin.portal import demo

        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        self._say("Translations")
        call_command("translations", compile_only=True, verbosity=0)
        self._say("Database")
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        self._say("Static files")
        call_command("collectstatic", interactive=False, verbosity=0)
        if City.objects.exists():
            self._say("The sample city is there already")
            return
        shift = demo.weeks_to(local_day(now()))
        folder = demo.moved_copy(settings.DATA_DIR / "sample", shift)
        self._say(f"Sample city, dates moved by {shift.days} days")
        call_command("import_city", folder, stdout=self.stdout)
        demo.set_passwords()

    def _say(self, words: str) -> None:
        self.stdout.write(f"· {words}")
        self.stdout.flush()
