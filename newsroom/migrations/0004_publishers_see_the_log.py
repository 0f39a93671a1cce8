from importlib import import_module

from django.db import migrations

make_roles = import_module("newsroom.migrations.0001_roles").make_roles


class Migration(migrations.Migration):
    """The roles again, with what has come since."""

    dependencies = [
        ("newsroom", "0003_roles_with_synonyms"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
