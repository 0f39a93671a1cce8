"""Reports by readers: when they hide a comment, and what a moderator's decision makes of them."""

from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, Subquery
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
        before = settled.first()
        outcome = Report.Outcome.REJECTED if before else ""
        row, is_new = Report.objects.get_or_create(
            comment=comment,
            reporter=reporter,
            defaults={
                "ground": ground,
                "words": words[:300],
                "outcome": outcome,
                "decision_id": before.decision_id if before else None,
            },
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


def settle(decisions: list[Decision]) -> None:
    """End the open reports of the comments that a moderator has just decided on, all of them alike."""
    if not decisions:
        return
    is_shown = decisions[0].after == Comment.State.APPROVED
    last = Decision.objects.filter(pk__in=[row.pk for row in decisions], comment=OuterRef("comment"))
    Report.objects.open().filter(comment__in=[row.comment_id for row in decisions]).update(
        outcome=Report.Outcome.REJECTED if is_shown else Report.Outcome.UPHELD,
        decision=Subquery(last.values("pk")[:1]),
    )


def reopen(decisions: Iterable[Decision]) -> None:
    """Open the reports again that these decisions, now undone, have ended; and those that were rejected like them."""
    Report.objects.filter(decision__in=[row.pk for row in decisions]).update(outcome="", decision=None)
