"""Whether readers may comment on an article, and what becomes of it: rules of the article, its category, the edition.

Each rule is taken from the nearest that sets it, article, category, the categories above it, edition, and at last from
COMMENT_MODE and COMMENT_DAYS. Reading them asks the database nothing more than the page does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles import taxonomy
from articles.models import Article, CommentMode
from articles.numerals import numerals
from comments.models import Comment


@dataclass(frozen=True)
class Rules:
    """What is so at this moment; `changes_at` is when the clock makes it something else."""

    mode: str
    notice: str = ""
    closed_because: str = ""
    changes_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.mode != CommentMode.CLOSED

    @property
    def reads_each(self) -> bool:
        """Whether a moderator reads every comment before it appears."""
        return self.mode == CommentMode.HELD


def of(request: HttpRequest, article: Article) -> Rules:
    """The rules of an article that comes from `with_edition_rules()`."""
    rules: Rules | None = article.__dict__.get("comment_rules")
    if rules is None:
        tree = taxonomy.tree(request)
        category = tree.by_pk.get(article.category_id or 0)
        if category is None and article.category:  # asked under another edition's address
            line = article.category.lineage()
        else:
            line = tree.lineage(category)
        rules = _rules(article, [_of(row) for row in reversed(line)], timezone.now())
        article.__dict__["comment_rules"] = rules
    return rules


def shows_at_once(rules: Rules, comment: Comment) -> bool:
    """Whether a new comment that no check holds goes to readers unread.

    Whose first comment is behind them is known by their own cookie: an address alone is typed by anybody.
    """
    if rules.mode == CommentMode.FIRST_HELD:
        if comment.user_id or not (comment.person and comment.reader):
            return False
        earlier = Comment.objects.filter(person=comment.person, reader=comment.reader)
        return earlier.filter(state=Comment.State.APPROVED).exists()
    return rules.mode == CommentMode.OPEN


def _of(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Article.COMMENT_RULES}


def _rules(article: Article, sections: list[dict[str, Any]], now: datetime) -> Rules:
    own, edition = _of(article), (article.edition_rules or [])[:1]
    levels = [own, *sections, *edition]
    mode = next((row["comment_mode"] for row in levels if row["comment_mode"]), settings.COMMENT_MODE)
    notice = next((row["comment_notice"] for row in levels if row["comment_notice"]), "")
    days, later = _ending(levels)
    if not article.comments_open or own["comment_mode"] == CommentMode.CLOSED:
        return Rules(CommentMode.CLOSED, notice, _("Comments on this story are closed."))
    if mode == CommentMode.CLOSED:
        is_section = any(row["comment_mode"] == CommentMode.CLOSED for row in sections)
        because = _("This section takes no comments.") if is_section else _("We take no comments at present.")
        return Rules(mode, notice, because)
    if not days or article.publish_at is None:
        return Rules(mode, notice)
    ending = article.publish_at + timedelta(days=days)
    if ending > now:
        return Rules(mode, notice, changes_at=ending)
    if later == CommentMode.HELD:
        return Rules(CommentMode.HELD, notice)
    because = ngettext(
        "Comments were open for %(days)s day after this story appeared.",
        "Comments were open for %(days)s days after this story appeared.",
        days,
    )
    return Rules(CommentMode.CLOSED, notice, because % {"days": numerals(days)})


def _ending(levels: Iterable[dict[str, Any]]) -> tuple[int, str]:
    for row in levels:
        if row["comment_days"] is not None:
            return row["comment_days"], row["comment_later"]
    return settings.COMMENT_DAYS, CommentMode.CLOSED
