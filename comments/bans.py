"""Bans, suspensions and always-hold: set down, changed and ended, each with its line in the log of moderation.

A network is known by a keyed hash whose key changes (articles/visitors.py), so a ban of one holds for as long as that
hash can be made again and ends by then; a mailbox is known without end.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import override

from articles import visitors
from comments.models import Ban, Comment, Decision


def known_until(comment: Comment) -> datetime:
    """The moment from which the network that a comment came from cannot be told again."""
    emptied = comment.created_at + timedelta(days=settings.PERSONAL_DATA_DAYS)
    return min(visitors.network_known_until(comment.created_at), emptied)


def names(comment: Comment) -> Q:
    """The bans of whoever wrote this comment, those that have ended as well."""
    return Q(person=comment.person, person__gt="") | Q(network=comment.network, network__gt="")


def lines(comment: Comment) -> Any:
    """The lines of the log about these bans."""
    return Decision.objects.filter(ban__in=Ban.objects.filter(names(comment)))


def save(ban: Ban, *, by: Any) -> Ban:
    """Set a ban down, or what has changed of it; the end of a network's is never later than it is known."""
    if ban.known_until and (ban.ends_at is None or ban.ends_at > ban.known_until):
        ban.ends_at = ban.known_until
    what = Decision.What.BAN_CHANGED
    with transaction.atomic():
        if ban.pk is None:
            ban.by, what = by, Decision.What.BANNED
        elif ban.is_over and Ban.objects.in_force().filter(pk=ban.pk).exists():
            what = Decision.What.BAN_ENDED
        ban.save()
        _line(ban, what, by)
    return ban


def end(bans: Iterable[Ban], *, by: Any) -> int:
    """End those that are in force, now, and answer how many these were."""
    count = 0
    with transaction.atomic():
        for ban in Ban.objects.in_force().select_for_update().filter(pk__in=[ban.pk for ban in bans]).order_by("pk"):
            ban.ends_at = timezone.now()
            save(ban, by=by)
            count += 1
    return count


def _line(ban: Ban, what: str, by: Any) -> None:
    with override(settings.LANGUAGE_CODE):
        until = timezone.localtime(ban.ends_at).isoformat(sep=" ", timespec="minutes") if ban.ends_at else ""
        words = " · ".join(filter(None, [str(ban.get_effect_display()), until, ban.reason]))
    Decision.objects.create(ban=ban, what=what, by=by, before="", after="", reason=words[:300])
