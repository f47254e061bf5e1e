from django.db import migrations, models
from django.utils import timezone


def since_the_history(apps, schema_editor):
    """Helpers agreed when the first entry of their history was written."""
    Helper = apps.get_model("alliance", "Helper")
    Entry = apps.get_model("history", "Entry")
    helpers = {f"helper:{helper.code}": helper for helper in Helper.objects.all()}
    begun = dict(Entry.objects.filter(object_key__startswith="helper:", seq=1).values_list("object_key", "at"))
    for key, helper in helpers.items():
        helper.registered_at = begun.get(key) or timezone.now()
    Helper.objects.bulk_update(helpers.values(), ["registered_at"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [
        ("alliance", "0001_initial"),
        ("history", "0001_initial"),
    ]

    operations = [
        migrations.AddField("helper", "ended_at", models.DateTimeField(help_text="helps no longer", null=True)),
        migrations.AddField("helper", "erased_at", models.DateTimeField(null=True)),
        migrations.AddField("helper", "registered_at", models.DateTimeField(null=True)),
        migrations.RunPython(since_the_history, migrations.RunPython.noop),
        migrations.AlterField(
            "helper",
            "registered_at",
            models.DateTimeField(help_text="when the person agreed to be named"),
        ),
        migrations.AddIndex(
            "helper", models.Index(fields=["registered_at", "id"], name="alliance_helper_kept")
        ),
        migrations.AddConstraint(
            "helper",
            models.CheckConstraint(
                condition=models.Q(("erased_at", None), models.Q(("can_do", ""), ("name", ""), ("name_en", "")), _connector="OR"),
                name="alliance_helper_erased",
            ),
        ),
    ]
