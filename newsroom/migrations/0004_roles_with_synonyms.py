from importlib import import_module

from django.db import migrations

make_roles = import_module("newsroom.migrations.0001_roles").make_roles


class Migration(migrations.Migration):
    """The roles again: editors keep the synonyms of tags."""

    dependencies = [
        ("newsroom", "0003_publishers_see_the_log"),
        ("articles", "0008_tag_synonyms"),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
