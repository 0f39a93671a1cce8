"""Who reads which comment at this moment, so that two moderators do not read the same one.

A claim ends by itself, with the decision, or when somebody takes the comment over. While it lasts nobody else decides
on the comment; that two decisions never meet, with claims or without, is for comments/moderation.py, which changes a
comment only while it is as the moderator saw it.
"""

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


def take_over(comment: Comment, user: Any) -> None:
    """Take the comment from whoever has it."""
    with transaction.atomic():
        Claim.objects.filter(user=user).exclude(comment=comment).delete()
        values = {"user": user, "until": timezone.now() + LENGTH}
        Claim.objects.update_or_create(comment=comment, defaults=values)


def others(user: Any) -> dict[int, str]:
    """The comments that others read now, with the names of their accounts: one a moderator at most. One query."""
    rows = Claim.objects.filter(until__gt=timezone.now()).exclude(user=user).select_related("user")
    return {row.comment_id: name_of(row.user) for row in rows}


def name_of(user: Any) -> str:
    """How moderators know each other."""
    return user.get_short_name() or user.get_username()
