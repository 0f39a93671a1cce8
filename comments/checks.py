"""What is asked of a comment before a moderator sees it: each check gives its reason, or None.

A check looks and never writes. None of them refuses a comment: what they find is kept on it for the moderator.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from comments.models import Comment

logger = logging.getLogger(__name__)

LINK = re.compile(r"https?://|(?<![/\w.])www\.|\[url\b|<a\s[^<>]{0,40}href", re.IGNORECASE)
#: How far back the same words from the same network or person count as a repeat, and how many comments are compared.
REPEAT_TIME = timedelta(days=7)
REPEAT_ROWS = 50


@dataclass(frozen=True)
class Submission:
    """A comment that is not saved yet, with what only its form knows."""

    comment: Comment
    #: What the field held that people do not see.
    trap: str = ""
    #: Since the form was made.
    seconds: float = 60.0


def honeypot(submission: Submission) -> str | None:
    if not submission.trap:
        return None
    return _("A field was filled in that people do not see.")


def time_trap(submission: Submission) -> str | None:
    if submission.seconds >= settings.COMMENT_MIN_SECONDS:
        return None
    seconds = max(0, int(submission.seconds))
    return ngettext("Sent within %(count)d second.", "Sent within %(count)d seconds.", seconds) % {"count": seconds}


def links(submission: Submission) -> str | None:
    count = len(LINK.findall(submission.comment.body))
    if count <= settings.COMMENT_MAX_LINKS:
        return None
    return ngettext("Holds %(count)d link.", "Holds %(count)d links.", count) % {"count": count}


def repeat(submission: Submission) -> str | None:
    """The same words before: here by anybody, or lately by the same network or person anywhere."""
    comment = submission.comment
    here = Comment.objects.filter(article=comment.article_id, body=comment.body)
    since = timezone.now() - REPEAT_TIME
    lately = Comment.objects.filter(network=comment.network, created_at__gt=since).order_by("-created_at")
    words = _folded(comment.body)
    if any(_folded(body) == words for body in lately.values_list("body", flat=True)[:REPEAT_ROWS]) or here.exists():
        return _("The same words were sent before.")
    return None


def rejected_before(submission: Submission) -> str | None:
    comment = submission.comment
    refused = Q(state=Comment.State.REJECTED) | Q(state=Comment.State.SPAM)
    if comment.email and Comment.objects.filter(refused, email=comment.email).exists():
        return _("An earlier comment from this email address was rejected.")
    return None


#: In the order in which a moderator reads their reasons; further checks take their place here.
CHECKS: tuple[Callable[[Submission], str | None], ...] = (honeypot, time_trap, links, repeat, rejected_before)


def reasons(submission: Submission) -> list[dict[str, str]]:
    """What all checks say, as Comment.reasons keeps it: in the site's language, whatever the reader's is."""
    found = []
    with override(settings.LANGUAGE_CODE):
        for check in CHECKS:
            try:
                reason = check(submission)
            except Exception:
                # A check that is broken must cost nobody a comment; the moderator is told.
                logger.exception("The check %s failed.", check.__name__)
                reason = _("This check could not be made.")
            if reason:
                found.append({"check": check.__name__, "reason": str(reason)})
    return found


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
