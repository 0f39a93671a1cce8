"""What the site keeps of those who comment, and for how long."""

from datetime import datetime

from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from comments.models import Ban, Comment, Report

#: Rows that one statement changes, so that writers wait for it for a moment only.
BATCH = 1000


def purge_networks(before: datetime) -> int:
    """Empty the keyed hashes of networks of comments and reports from before a moment, and drop the bans of such.

    The bans have ended by then, and the log knows of them.
    """
    reports = Report.objects.filter(reported_at__lt=before).exclude(reporter__startswith="ended-")
    ended = reports.update(reporter=Concat(Value("ended-"), Cast("pk", CharField())))
    ended += Ban.objects.filter(network__gt="", begun_at__lt=before).delete()[0]
    return ended + _empty("network", before)


def purge_bans(before: datetime) -> int:
    """Drop the bans that have ended before a moment, and with them the address that each of them names."""
    return Ban.objects.filter(ends_at__lt=before).delete()[0]


def purge_readers(before: datetime) -> int:
    """Empty the keyed hashes of readers' cookies of comments from before a moment, by which the cookies have ended."""
    return _empty("reader", before)


def _empty(field: str, before: datetime) -> int:
    old = Comment.objects.filter(created_at__lt=before).exclude(**{field: ""})
    count = 0
    while numbers := list(old.order_by().values_list("pk", flat=True)[:BATCH]):
        count += Comment.objects.filter(pk__in=numbers).update(**{field: ""})
    return count
