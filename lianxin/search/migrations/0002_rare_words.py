from django.db import migrations

CORPORA = ("need", "wall")


def know(apps, schema_editor):
    """The database keeps more words in mind, and looks at the table now."""
    from lianxin.search import index

    for corpus in CORPORA:
        for statement in index.know_rare_words(corpus):
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("search", "0001_index")]

    operations = [migrations.RunPython(know, migrations.RunPython.noop)]
