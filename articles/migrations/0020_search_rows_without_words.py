from django.db import migrations

# Words that leave a function are unpacked, all of them, and to sort with them took PostgreSQL to its disk. What asks for
# the rows sorts them as numbers, and looks the words up of the few articles for which it needs them.
BEFORE = "DROP FUNCTION articles_search_newest(tsquery, bigint, bigint, bigint, integer)"
MATCHING = """
CREATE FUNCTION articles_search_matching(tsquery, bigint, bigint, bigint)
RETURNS TABLE (place bigint, title tsvector) LANGUAGE sql STABLE
SET enable_seqscan = off SET enable_indexscan = off AS $$
    SELECT matching.place, matching.title
    FROM (SELECT * FROM articles_searchentry AS entry WHERE entry.words @@ $1 OFFSET 0) AS matching
    WHERE matching.place BETWEEN $2 AND $3 AND (matching.ends IS NULL OR $4 IS NULL OR matching.ends > $4)
$$
"""


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(BEFORE)
        schema_editor.execute(MATCHING)


def drop(apps, schema_editor):
    from importlib import import_module

    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION articles_search_matching(tsquery, bigint, bigint, bigint)")
        schema_editor.execute(import_module("articles.migrations.0019_search_windows").NEWEST)


class Migration(migrations.Migration):
    dependencies = [("articles", "0019_search_windows")]

    operations = [migrations.RunPython(make, drop)]
