from django.db import migrations

CORPORA = ("need", "wall")


def create(apps, schema_editor):
    """One table a corpus; each database in its own way."""
    from lianxin.search import index

    for corpus in CORPORA:
        for statement in index.create(corpus):
            schema_editor.execute(statement)


def destroy(apps, schema_editor):
    from lianxin.search import index

    for corpus in CORPORA:
        for statement in index.destroy(corpus):
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = []

    operations = [migrations.RunPython(create, destroy)]
