from django.db import migrations


def begin(apps, schema_editor):
    """Comments from before the log was whole get the line with which they begin."""
    comments, decision = apps.get_model("comments", "Comment").objects, apps.get_model("comments", "Decision")
    decision.objects.filter(by=None).update(what="changed")
    logged = decision.objects.filter(before="").values("comment")
    first = dict(decision.objects.order_by("-pk").values_list("comment", "before"))
    rows = []
    for pk, state, written in comments.exclude(pk__in=logged).values_list("pk", "state", "created_at").iterator():
        after = first.get(pk, state)
        rows.append(decision(comment_id=pk, what="received", before="", after=after, decided_at=written))
        if len(rows) == 1000:
            decision.objects.bulk_create(rows)
            rows = []
    decision.objects.bulk_create(rows)


class Migration(migrations.Migration):
    dependencies = [("comments", "0007_log_is_whole")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
