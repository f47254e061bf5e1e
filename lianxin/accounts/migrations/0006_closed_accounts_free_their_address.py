"""The address of a closed account is free for whoever comes after, as its telephone is."""

from typing import Any

from django.db import migrations


def free(apps: Any, schema_editor: Any) -> None:
    apps.get_model("accounts", "User").objects.filter(is_active=False).exclude(email="").update(email="")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_stand_ins_give_back")]
    operations = [migrations.RunPython(free, migrations.RunPython.noop)]
