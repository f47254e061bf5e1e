"""`lianxin demo-accounts --json`: who can be tried in the demo."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lianxin.portal import demo


class Command(BaseCommand):
    help = "Prints role, login, password and scope of the demo accounts. Demo mode only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("There are demo accounts in demo mode only (LIANXIN_DEMO=1).")
        found = [
            {"role": a["role"], "login": a["login"], "password": a["password"], "scope": a["path"]}
            for a in demo.accounts()
        ]
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))
        else:
            for a in found:
                self.stdout.write(f"{a['role']:12} {a['login']:34} {a['password']}  {a['scope']}")
