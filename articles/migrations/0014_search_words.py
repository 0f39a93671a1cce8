from django.db import migrations

# Words come analysed: letters of any script joined by spaces. The tokenizer "ascii" takes every other letter as it is.
SQLITE = """
CREATE VIRTUAL TABLE articles_searchwords USING fts5(
    facets, headline, subtitle, body, tokenize = 'ascii', prefix = '2 3', columnsize = 0
)
"""
POSTGRESQL = """
ALTER TABLE articles_searchentry ADD COLUMN words tsvector NOT NULL DEFAULT '';
ALTER TABLE articles_searchentry ADD COLUMN title tsvector NOT NULL DEFAULT '';
CREATE INDEX search_words ON articles_searchentry USING gin (words);
"""


def make(apps, schema_editor):
    schema_editor.execute(SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE articles_searchwords")
    else:
        schema_editor.execute("ALTER TABLE articles_searchentry DROP COLUMN words, DROP COLUMN title")


class Migration(migrations.Migration):
    dependencies = [("articles", "0013_search_entries")]

    operations = [migrations.RunPython(make, drop)]
