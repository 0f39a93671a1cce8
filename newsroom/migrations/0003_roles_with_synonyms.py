from importlib import import_module

from django.db import migrations

make_roles = import_module("newsroom.migrations.0001_roles").make_roles


class Migration(migrations.Migration):
    """The roles again: editors keep the synonyms of tags."""

    dependencies = [
        ("newsroom", "0002_roles_with_scope"),
        ("articles", "0011_tag_synonyms"),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
