"""Satisfaction is satisfied ÷ answered: who said how satisfied is no longer counted apart."""

from typing import Any

from django.db import migrations

GONE = ("rated", "rated_proxy")


def forget(apps: Any, schema_editor: Any) -> None:
    for name in ("Tally", "Delta"):
        apps.get_model("figures", name).objects.filter(part__in=GONE).delete()


class Migration(migrations.Migration):
    dependencies = [("needs", "0009_request_beside_plan"), ("figures", "0001_tallies")]
    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
