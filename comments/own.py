"""What writers do with their own comments for some minutes: change the words, or take them back.

Who the writer is, the reader's signed cookie says, or the account. Both lock the row, so that neither crosses a
moderator's decision.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from comments import checks, replies
from comments.models import Comment, Decision, Follow

_OPEN = {Comment.State.PENDING, Comment.State.APPROVED, Comment.State.SPAM}


class TooLate(Exception):
    """The time for changes is over, or a moderator has decided against the comment."""


def is_writer(comment: Comment, *, reader: str, account: Any) -> bool:
    by_cookie = bool(reader) and comment.reader == reader
    return by_cookie or bool(account and comment.user_id == account.pk)


def until(comment: Comment) -> datetime:
    return comment.created_at + timedelta(minutes=settings.COMMENT_EDIT_MINUTES)


def may_change(comment: Comment, *, reader: str, account: Any) -> bool:
    return is_writer(comment, reader=reader, account=account) and _is_in_time(comment)


def _is_in_time(comment: Comment) -> bool:
    return comment.state in _OPEN and comment.withdrawn_at is None and timezone.now() < until(comment)


def change(comment: Comment, body: str, *, ask: Callable[[Comment], list], shows_at_once: Callable[[Comment], bool]):
    """Other words for the comment, which go through the checks (`ask`) and the mode again. Raises TooLate.

    What a moderator approved was other words, so it waits once more, except where new comments would not.
    """
    with transaction.atomic():
        comment = _locked(comment)
        if body == comment.body:
            return comment
        before = comment.state
        comment.body, comment.edited_at = body, timezone.now()
        if not comment.user_id:
            comment.reasons = ask(comment)
        if before != Comment.State.SPAM:
            comment.state = checks.state_after(comment.reasons)
            if not comment.reasons and shows_at_once(comment):
                comment.state = Comment.State.APPROVED
        comment.save(log=_says(Decision.What.CHANGED))
        replies.tell([comment])
    return comment


def withdraw(comment: Comment) -> Comment:
    """Take the comment back: its words, name and address are gone at once. Raises TooLate.

    Where others have answered it, an empty place stays so that their answers do.
    """
    with transaction.atomic():
        comment = _locked(comment)
        erase(comment, log=_says(Decision.What.WITHDRAWN))
    return comment


def erase(comment: Comment, *, log: dict[str, Any]) -> None:
    """Empty a comment whose writer wants it gone; the row stays for the log and for the answers below it."""
    is_answered = comment.state == Comment.State.APPROVED and comment.replies.filter(state=comment.state).exists()
    comment.body = comment.name = comment.email = comment.reader = comment.network = ""
    comment.user, comment.reasons, comment.withdrawn_at = None, [], timezone.now()
    if not is_answered:
        comment.state = Comment.State.TRASH
    comment.save(log=log)
    Follow.objects.filter(comment=comment).delete()


def _locked(comment: Comment) -> Comment:
    locked = Comment.objects.select_for_update(of=("self",)).get(pk=comment.pk)
    if not _is_in_time(locked):
        raise TooLate
    return locked


def _says(what: str) -> dict[str, str]:
    """The log's row: nobody of the desk decided it."""
    with override(settings.LANGUAGE_CODE):
        reason = _("Changed by its writer.") if what == Decision.What.CHANGED else _("Withdrawn by its writer.")
        return {"what": what, "reason": reason}
