from django.apps import apps as real_apps
from django.contrib.auth.management import create_permissions
from django.db import migrations


def make_roles(apps, schema_editor):
    from newsroom.roles import ROLES, apply_roles

    # Django makes permissions after all migrations; the groups need theirs now, on a fresh database too.
    for label in sorted({name.split(".")[0] for wanted in ROLES.values() for name in wanted}):
        create_permissions(real_apps.get_app_config(label), verbosity=0, using=schema_editor.connection.alias)
    apply_roles(apps.get_model("auth", "Group"), apps.get_model("auth", "Permission"))


def drop_roles(apps, schema_editor):
    from newsroom.roles import ROLES

    apps.get_model("auth", "Group").objects.filter(name__in=ROLES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0001_initial"),
        ("comments", "0001_initial"),
        ("appeals", "0001_initial"),
        ("pages", "0001_initial"),
        ("redirects", "0001_initial"),
        ("importers", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_roles, drop_roles)]
