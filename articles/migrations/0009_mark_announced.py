from django.db import migrations
from django.db.models import F
from django.utils import timezone


def mark(apps, schema_editor):
    """What readers have seen already is no news."""
    articles = apps.get_model("articles", "Article").objects
    articles.filter(state="published", publish_at__lte=timezone.now()).update(announced_at=F("publish_at"))


class Migration(migrations.Migration):
    dependencies = [("articles", "0008_announced")]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop, elidable=True)]
