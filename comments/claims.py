"""Who reads which comment at this moment, so that two moderators do not read the same one.

A claim ends by itself. It decides nothing: that two decisions never meet is for comments/moderation.py, which changes
a comment only while it is as the moderator saw it.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from comments.models import Claim, Comment

#: For how long one claim holds; the queue's script asks anew while the comment is open.
LENGTH = timedelta(seconds=45)


def claim(comment: Comment, user: Any) -> bool:
    """Take the comment, or hold it for longer; False while somebody else has it."""
    now = timezone.now()
    with transaction.atomic():
        Claim.objects.filter(user=user).exclude(comment=comment).delete()
        Claim.objects.bulk_create([Claim(comment=comment, user=user, until=now + LENGTH)], ignore_conflicts=True)
        free = Claim.objects.filter(comment=comment, until__lte=now) | Claim.objects.filter(comment=comment, user=user)
        return bool(free.update(user=user, until=now + LENGTH))


def others(comments: Iterable[int], user: Any) -> dict[int, str]:
    """Of these comments, those that somebody else has now, with the name of the account."""
    rows = Claim.objects.filter(comment__in=list(comments), until__gt=timezone.now()).exclude(user=user)
    return {row.comment_id: row.user.get_short_name() or row.user.get_username() for row in rows.select_related("user")}
