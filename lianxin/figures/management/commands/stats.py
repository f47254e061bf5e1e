"""`lianxin stats`: every registered figure."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lianxin.accounts.models import Scope
from lianxin.core.clock import local_day, now
from lianxin.figures.registry import FIGURES, Area, Count, Period, values


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{text} is not a day like 2026-01-31") from error


class Command(BaseCommand):
    help = "Prints every registered figure: counts now, rates since 1 January."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="as JSON")
        parser.add_argument("--from", dest="first", type=_day, help="first day (default: 1 January)")
        parser.add_argument("--to", dest="last", type=_day, help="last day (default: today)")
        parser.add_argument("--scope", default="", help="path or code of a place (default: the city)")

    def handle(self, *args: Any, **options: Any) -> None:
        today = local_day(now())
        period = Period(options["first"] or date(today.year, 1, 1), options["last"] or today)
        if period.first > period.last:
            raise CommandError("--from lies after --to")
        area = self._area(options["scope"])
        found = values(area, period)
        if options["json"]:
            answer = {code: value.as_json() for code, value in found.items()}
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))
            return
        for figure in FIGURES:
            value = found[figure.code]
            if isinstance(value, Count):
                text = str(value.value)
            else:
                text = f"{value.value} ({value.numerator}/{value.denominator}, {value.unanswered} unanswered)"
            self.stdout.write(f"{figure.code:24} {text}")

    def _area(self, text: str) -> Area:
        if not text:
            return Area()
        scope = Scope.objects.filter(path__endswith=f":{text.strip('/').split(':')[-1]}/").first()
        if scope is None:
            raise CommandError(f"There is no place {text}")
        return Area(scope.kind, scope.pk)
