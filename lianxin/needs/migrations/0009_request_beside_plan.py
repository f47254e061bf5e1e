"""What the office asks for and what the giver plans stand beside each other."""

from typing import Any

from django.db import migrations, models
from django.db.models import F


def what_was_asked(apps: Any, schema_editor: Any) -> None:
    """Of work that was given and not begun, the plan is still what the office asked for."""
    given = apps.get_model("needs", "Commitment").objects.filter(assigned=True, started_at=None).exclude(plan="")
    given.update(request=F("plan"), plan="")


class Migration(migrations.Migration):
    dependencies = [("needs", "0008_lapsing_by_index")]

    operations = [
        migrations.AddField(
            "commitment",
            "request",
            models.CharField(blank=True, default="", max_length=300, verbose_name="what is to be done"),
            preserve_default=False,
        ),
        migrations.RunPython(what_was_asked, migrations.RunPython.noop),
    ]
