"""The only place where an article's state changes: who may, from which state, and the line in its history."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles import scope
from articles.models import Article

State = Article.State


class WorkflowError(ValidationError):
    """A verb that this person, or this state, does not allow; the sentence says which."""


def owns(article: Article, user: Any) -> bool:
    if not scope.holds(article, user):
        return False
    return user.has_perm("articles.change_any_article") or (
        article.created_by_id == user.pk and user.has_perm("articles.change_article")
    )


def may_change(article: Article, user: Any) -> bool:
    """Whether the person may edit its words: editors all, authors their own until it is published."""
    if not owns(article, user):
        return False
    return user.has_perm("articles.change_any_article") or article.state in {State.DRAFT, State.IN_REVIEW}


def submit(article: Article, *, by: Any, note: str = "") -> Article:
    """Hand a draft over for review. Raises WorkflowError."""
    return _move(article, by, "articles.submit_article", {State.DRAFT}, State.IN_REVIEW, note, _("submitted"))


def send_back(article: Article, *, by: Any, note: str = "") -> Article:
    """Give an article in review back to its author, saying why."""
    return _move(article, by, "articles.publish_article", {State.IN_REVIEW}, State.DRAFT, note, _("sent back"))


def publish(article: Article, *, by: Any, at: datetime | None = None, note: str = "") -> Article:
    """Publish now, or at the set time where that is still to come. Raises WorkflowError."""

    def check(row: Article) -> None:
        if not row.headline.strip():
            raise WorkflowError(_("An article without a headline cannot be published."))
        row.publish_at = at or row.publish_at or timezone.now()
        if row.expire_at and row.expire_at <= row.publish_at:
            raise WorkflowError(_("“%(headline)s” would end before it begins."), params={"headline": row.headline})

    states = {State.DRAFT, State.IN_REVIEW, State.WITHDRAWN}
    return _move(article, by, "articles.publish_article", states, State.PUBLISHED, note, _("published"), check)


def withdraw(article: Article, *, by: Any, note: str = "") -> Article:
    """Take a published or scheduled article away from readers; its address answers 404."""
    return _move(article, by, "articles.publish_article", {State.PUBLISHED}, State.WITHDRAWN, note, _("withdrawn"))


def restore(article: Article, *, by: Any, note: str = "") -> Article:
    """Make a withdrawn article a draft again."""
    return _move(article, by, "articles.publish_article", {State.WITHDRAWN}, State.DRAFT, note, _("restored"))


VERBS: dict[str, tuple[Callable[..., Article], str, set[str]]] = {
    "submit": (submit, "articles.submit_article", {State.DRAFT}),
    "publish": (publish, "articles.publish_article", {State.DRAFT, State.IN_REVIEW, State.WITHDRAWN}),
    "send_back": (send_back, "articles.publish_article", {State.IN_REVIEW}),
    "withdraw": (withdraw, "articles.publish_article", {State.PUBLISHED}),
    "restore": (restore, "articles.publish_article", {State.WITHDRAWN}),
}


def may(article: Article, user: Any) -> list[str]:
    """The verbs that this person may use on this article now, in the order of the desk's buttons."""
    if not owns(article, user):
        return []
    return [
        name
        for name, (_do, permission, states) in VERBS.items()
        if article.state in states and user.has_perm(permission)
    ]


def _move(
    article: Article,
    by: Any,
    permission: str,
    states: set[str],
    state: str,
    note: str,
    said: str,
    check: Callable[[Article], None] | None = None,
) -> Article:
    with transaction.atomic():
        row = Article.objects.select_for_update(of=("self",)).get(pk=article.pk)
        about = {"headline": row.headline, "state": row.get_state_display(), "verb": said}
        if not by.has_perm(permission) or not owns(row, by):
            raise WorkflowError(
                _("Your role does not allow it: “%(headline)s” cannot be %(verb)s by you."), params=about
            )
        if row.state not in states:
            raise WorkflowError(_("“%(headline)s” is %(state)s and cannot be %(verb)s."), params=about)
        if check:
            check(row)
        row.state = state
        row.save()
        LogEntry.objects.log_actions(by.pk, [row], CHANGE, change_message=f"{said}. {note}".strip(), single_object=True)
    for name in ("state", "publish_at", "modified_at"):
        setattr(article, name, getattr(row, name))
    return article
