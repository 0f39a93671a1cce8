from django.db import migrations

# FTS5 writes what a transaction adds in pieces of so many bytes, which it merges later; a million is what it begins
# with. Only who writes many articles at once comes near.
LARGER, AS_IT_WAS = 16 * 2**20, 2**20


def _set(size):
    def change(apps, schema_editor):
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(
                "INSERT INTO articles_searchwords (articles_searchwords, rank) VALUES ('hashsize', %s)", [size]
            )

    return change


class Migration(migrations.Migration):
    dependencies = [("articles", "0017_outcomes")]

    operations = [migrations.RunPython(_set(LARGER), _set(AS_IT_WAS))]
