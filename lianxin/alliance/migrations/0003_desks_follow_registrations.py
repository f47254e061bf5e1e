from datetime import timedelta

from django.db import migrations
from django.utils import timezone

LINE = {"object_type": "registration", "role": "office", "verb": "accept_registration"}


def follow(apps, schema_editor):
    """Registrations that came in by workbook: accepted ones leave the desks, those that wait get their line."""
    items = apps.get_model("desk", "DeskItem").objects
    registrations = apps.get_model("alliance", "Registration").objects
    open_ones = dict(registrations.filter(accepted_on=None).values_list("pk", "community_id"))
    for item in items.filter(object_type="registration"):
        if open_ones.get(item.object_id) != item.scope_id:
            item.delete()
    for pk, community in open_ones.items():
        due = {"due_at": timezone.now() + timedelta(days=5)}
        items.get_or_create(object_id=pk, scope_id=community, **LINE, defaults=due)


class Migration(migrations.Migration):

    dependencies = [
        ("alliance", "0002_helpers_kept"),
        ("desk", "0001_initial"),
    ]

    operations = [migrations.RunPython(follow, migrations.RunPython.noop)]
