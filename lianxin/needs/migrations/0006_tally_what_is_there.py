from collections import Counter

from django.db import migrations

CHUNK = 2_000


def tally(apps, schema_editor):
    """Needs that were there before tallies were kept are counted once."""
    from lianxin.needs.tallying import facts_of

    needs, commitments = apps.get_model("needs", "Need"), apps.get_model("needs", "Commitment")
    tallies = apps.get_model("figures", "Tally")
    held = {}
    for one in commitments.objects.filter(status="confirmed", answered_at__isnull=False).iterator(CHUNK):
        held.setdefault(one.need_id, []).append(one)
    counts = Counter()
    for need in needs.objects.order_by("pk").iterator(CHUNK):
        counts.update(facts_of(need, held.get(need.pk, ())))
    tallies.objects.bulk_create(
        [tallies(part=k.part, scope_id=k.scope, day=k.day, of=k.of, value=n) for k, n in sorted(counts.items())],
        batch_size=2_000,
    )


class Migration(migrations.Migration):

    dependencies = [
        ("figures", "0001_tallies"),
        ("needs", "0005_exclusions"),
    ]

    operations = [migrations.RunPython(tally, migrations.RunPython.noop)]
