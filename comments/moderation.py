"""Decisions on comments: who may make them, what they change, and the rows that remember them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from articles import stale
from comments import replies
from comments.models import Comment, Decision

PERMISSION = "comments.moderate_comment"


@dataclass(frozen=True)
class Outcome:
    """What a decision did: comments that it changed, and those that somebody else had decided before."""

    changed: list[Comment]
    unchanged: list[Comment]


def approve(comments: Iterable[Comment], *, by: Any, reason: str = "") -> Outcome:
    """Let readers see these comments, at once. For this and the other verbs see `_decide`."""
    return _decide(comments, Comment.State.APPROVED, by, reason)


def reject(comments: Iterable[Comment], *, by: Any, reason: str = "") -> Outcome:
    return _decide(comments, Comment.State.REJECTED, by, reason)


def mark_spam(comments: Iterable[Comment], *, by: Any, reason: str = "") -> Outcome:
    return _decide(comments, Comment.State.SPAM, by, reason)


def trash(comments: Iterable[Comment], *, by: Any, reason: str = "") -> Outcome:
    return _decide(comments, Comment.State.TRASH, by, reason)


def _decide(comments: Iterable[Comment], state: str, by: Any, reason: str) -> Outcome:
    """Change the state of `comments` and write down who did, in one transaction.

    Of a list each comment is changed only while it is still in the state that the caller saw, which is the one on the
    instance; so the second of two moderators changes nothing and is told. A queryset is taken as it is now. Raises
    PermissionDenied.
    """
    if not by.has_perm(PERMISSION):
        raise PermissionDenied(_("Only moderators decide on comments."))
    seen = None if isinstance(comments, QuerySet) else {comment.pk: comment.state for comment in comments}
    keys = comments.values("pk") if isinstance(comments, QuerySet) else list(seen or {})
    changed, unchanged, now = [], [], timezone.now()
    with transaction.atomic():
        # In the order of their numbers, so that two decisions on the same comments wait and do not lock each other out.
        rows = Comment.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
        for comment in rows:
            is_news = comment.state != state and (seen is None or seen[comment.pk] == comment.state)
            (changed if is_news else unchanged).append(comment)
        decisions = [
            Decision(comment=comment, before=comment.state, after=state, by=by, reason=reason.strip()[:300])
            for comment in changed
        ]
        Decision.objects.bulk_create(decisions, batch_size=500)
        for comment in changed:
            comment.state, comment.decided_at, comment.decided_by = state, now, by
        Comment.objects.bulk_update(changed, ["state", "decided_at", "decided_by"], batch_size=500)
        stale.mark(*{f"article:{comment.article_id}" for comment in changed})
        replies.tell(changed)
        if changed:
            LogEntry.objects.log_actions(
                by.pk, changed, CHANGE, change_message=_message(decisions[0].get_after_display())
            )
    return Outcome(changed, unchanged)


def _message(state: Any) -> str:
    return str(_("State: %(state)s.") % {"state": state})
