"""Reports by readers: when they hide a comment, and what a moderator's decision makes of them."""

from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from comments.models import Comment, Decision, Report


def report(comment: Comment, *, reporter: str, ground: str, words: str = "") -> Report:
    """Write a report down; at the set number of open ones the comment waits for a moderator.

    A second report of the same network changes nothing. Once a moderator has rejected reports of a comment, further
    ones are rejected with them, unless the comment has other words since.
    """
    with transaction.atomic():
        comment = Comment.objects.select_for_update(of=("self",)).get(pk=comment.pk)
        settled = comment.reports.filter(outcome=Report.Outcome.REJECTED)
        if comment.edited_at:
            settled = settled.filter(reported_at__gt=comment.edited_at)
        outcome = Report.Outcome.REJECTED if settled.exists() else ""
        row, is_new = Report.objects.get_or_create(
            comment=comment,
            reporter=reporter,
            defaults={"ground": ground, "words": words[:300], "outcome": outcome},
        )
        if is_new and not outcome and comment.state == Comment.State.APPROVED:
            _hide(comment)
    return row


def _hide(comment: Comment) -> None:
    count = comment.reports.open().count()
    if not settings.COMMENT_REPORTS or count < settings.COMMENT_REPORTS:
        return
    comment.state = Comment.State.PENDING
    with override(settings.LANGUAGE_CODE):
        reason = _("Reported by %(count)d readers.") % {"count": count}
    comment.save(log={"what": Decision.What.REPORTED, "reason": reason})


def settle(comments: Iterable[Comment], state: str) -> None:
    """End the open reports of comments that a moderator has just decided on."""
    rejected = state == Comment.State.APPROVED
    outcome = Report.Outcome.REJECTED if rejected else Report.Outcome.UPHELD
    Report.objects.open().filter(comment__in=list(comments)).update(outcome=outcome)
