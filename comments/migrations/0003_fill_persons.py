from django.db import migrations

from comments.people import normalized


def fill(apps, schema_editor):
    comments = apps.get_model("comments", "Comment").objects
    for email in comments.exclude(email="").values_list("email", flat=True).order_by().distinct():
        comments.filter(email=email).update(person=normalized(email))


class Migration(migrations.Migration):
    dependencies = [("comments", "0002_persons_and_word_lists")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
