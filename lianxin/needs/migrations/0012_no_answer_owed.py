"""Whoever took a request back before its first answer was due is owed none: those that were counted are taken off."""

from collections import Counter
from typing import Any

from django.db import migrations
from django.db.models import F
from django.utils import timezone


def take_off(apps: Any, schema_editor: Any) -> None:
    needs = apps.get_model("needs", "Need").objects.filter(
        status="withdrawn", responded_at=None, ended_at__lte=F("response_due_at"), excluded_at=None
    )
    days: Counter[Any] = Counter()
    for community, due in needs.values_list("community_id", "response_due_at").iterator(2_000):
        days[community, timezone.localtime(due).date()] += 1
    deltas = apps.get_model("figures", "Delta")
    rows = [deltas(part="response_due", scope_id=place, day=day, of=0, value=-n) for (place, day), n in days.items()]
    deltas.objects.bulk_create(rows, batch_size=2_000)


class Migration(migrations.Migration):
    dependencies = [("needs", "0011_hotline_cases_by_due_time"), ("figures", "0001_tallies")]
    operations = [migrations.RunPython(take_off, migrations.RunPython.noop)]
