from django.db import migrations, models

# Only what is asked for is read: the rows of the newest articles that hold the words. PostgreSQL's planner thinks it
# cheap to look into the words of a row, and would read those of all articles instead of the index.
NEWEST = """
CREATE FUNCTION articles_search_newest(tsquery, bigint, bigint, bigint, integer)
RETURNS TABLE (place bigint, title tsvector, words tsvector) LANGUAGE sql STABLE
SET enable_seqscan = off SET enable_indexscan = off AS $$
    SELECT matching.place, matching.title, matching.words
    FROM (SELECT * FROM articles_searchentry AS entry WHERE entry.words @@ $1 OFFSET 0) AS matching
    WHERE matching.place BETWEEN $2 AND $3 AND (matching.ends IS NULL OR $4 IS NULL OR matching.ends > $4)
    ORDER BY matching.place DESC LIMIT $5
$$
"""
#: As articles/search.py makes it.
STRETCHES = """
UPDATE articles_searchentry
SET words = words || ('·b' || (((place >> 28) + (1::bigint << 34)) >> 18)::bit(17)::text)::tsvector
"""
#: The words that SQLite's index holds.
VOCABULARY = (
    "CREATE TABLE articles_searchvocabulary (word text PRIMARY KEY NOT NULL) WITHOUT ROWID",
    "CREATE VIRTUAL TABLE temp.articles_searchterms USING fts5vocab(main, articles_searchwords, row)",
    "INSERT INTO articles_searchvocabulary SELECT term FROM temp.articles_searchterms WHERE term NOT LIKE '·%'",
    "DROP TABLE temp.articles_searchterms",
)


def make(apps, schema_editor):
    for statement in VOCABULARY if schema_editor.connection.vendor == "sqlite" else (NEWEST, STRETCHES):
        schema_editor.execute(statement, None)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE articles_searchvocabulary")
    else:
        schema_editor.execute("DROP FUNCTION articles_search_newest(tsquery, bigint, bigint, bigint, integer)")


class Migration(migrations.Migration):
    dependencies = [("articles", "0018_search_in_larger_pieces")]

    operations = [
        migrations.AddIndex(
            model_name="searchentry",
            index=models.Index(condition=models.Q(("ends__isnull", False)), fields=["ends"], name="search_ends"),
        ),
        migrations.RunPython(make, drop),
    ]
