"""The only place where an article's state changes: who may, from which state, and the line in its history."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles import scope, versions
from articles.models import Article, ArticleRevision

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
    """Whether the person may edit its words: editors all, authors their own until somebody has approved them."""
    if not owns(article, user) or article.state == State.TRASHED:
        return False
    return user.has_perm("articles.change_any_article") or article.state in {State.DRAFT, State.IN_REVIEW}


def submit(article: Article, *, by: Any, note: str = "") -> Article:
    """Hand a draft over for review. Raises WorkflowError."""
    return _move(article, by, "submit", State.IN_REVIEW, note, _("submitted"))


def send_back(article: Article, *, by: Any, note: str = "") -> Article:
    """Give an article in review or approved back to its author, saying why."""

    def check(row: Article) -> None:
        if not note.strip():
            raise WorkflowError(_("Say in a note why “%(headline)s” goes back."), params={"headline": row.headline})

    return _move(article, by, "send_back", State.DRAFT, note, _("sent back"), check)


def approve(article: Article, *, by: Any, note: str = "") -> Article:
    """Say that an article in review is fit to be published; its author no longer changes it."""
    return _move(article, by, "approve", State.APPROVED, note, _("approved"))


def publish(article: Article, *, by: Any, at: datetime | None = None, note: str = "") -> Article:
    """Publish now, or at the set time where that is still to come. Raises WorkflowError."""

    def check(row: Article) -> None:
        _set_time(row, at or row.publish_at or timezone.now())

    return _move(article, by, "publish", State.PUBLISHED, note, _("published"), check)


def schedule(article: Article, *, by: Any, at: datetime | None = None, note: str = "") -> Article:
    """Publish at a time to come: `at`, or the one that is set. Raises WorkflowError."""

    def check(row: Article) -> None:
        moment = at or row.publish_at
        if moment is None or moment <= timezone.now():
            raise WorkflowError(_("Give a time that is still to come for “%(headline)s”."), params=_about(row))
        if row.is_public:
            raise WorkflowError(_("“%(headline)s” is public: withdraw it first."), params=_about(row))
        _set_time(row, moment)

    return _move(article, by, "schedule", State.PUBLISHED, note, _("scheduled"), check)


def withdraw(article: Article, *, by: Any, note: str = "") -> Article:
    """Take a published or scheduled article away from readers; its address answers 404."""
    return _move(article, by, "withdraw", State.WITHDRAWN, note, _("withdrawn"))


def restore(article: Article, *, by: Any, note: str = "") -> Article:
    """Make a withdrawn article a draft again."""
    return _move(article, by, "restore", State.DRAFT, note, _("restored"))


def trash(article: Article, *, by: Any, note: str = "") -> Article:
    """Put a draft into the trash, which gives it back."""
    return _move(article, by, "trash", State.TRASHED, note, _("moved to the trash"))


def untrash(article: Article, *, by: Any, note: str = "") -> Article:
    """Take an article out of the trash, as a draft."""
    return _move(article, by, "untrash", State.DRAFT, note, _("taken out of the trash"))


@dataclass(frozen=True)
class Verb:
    do: Callable[..., Article]
    permission: str
    states: frozenset[str]


_READY = frozenset({State.DRAFT, State.IN_REVIEW, State.APPROVED, State.WITHDRAWN})
#: In the order of the desk's buttons.
VERBS = {
    "submit": Verb(submit, "articles.submit_article", frozenset({State.DRAFT})),
    "approve": Verb(approve, "articles.publish_article", frozenset({State.IN_REVIEW})),
    "publish": Verb(publish, "articles.publish_article", _READY),
    "schedule": Verb(schedule, "articles.publish_article", _READY | {State.PUBLISHED}),
    "send_back": Verb(send_back, "articles.publish_article", frozenset({State.IN_REVIEW, State.APPROVED})),
    "withdraw": Verb(withdraw, "articles.publish_article", frozenset({State.PUBLISHED})),
    "restore": Verb(restore, "articles.publish_article", frozenset({State.WITHDRAWN})),
    "trash": Verb(trash, "articles.change_article", frozenset({State.DRAFT})),
    "untrash": Verb(untrash, "articles.change_article", frozenset({State.TRASHED})),
}


def may(article: Article, user: Any) -> list[str]:
    """The verbs that this person may use on this article now, in the order of the desk's buttons."""
    if not owns(article, user):
        return []
    return [
        name
        for name, verb in VERBS.items()
        if article.state in verb.states
        and user.has_perm(verb.permission)
        and not (name == "schedule" and article.state == State.PUBLISHED and not article.is_scheduled)
    ]


def bring_back(article: Article, revision: ArticleRevision, *, by: Any) -> tuple[ArticleRevision, list[str]]:
    """Make an earlier version's words those of the article again. Raises WorkflowError.

    Returns the version that now stands, and the names of pieces that could not be had back whole.
    """
    with transaction.atomic():
        row = versions.lock(article)
        said = _("brought back to version %(number)s") % {"number": revision.number}
        if not by.has_perm("articles.change_article") or not may_change(row, by):
            _refuse_role(row, said)
        if row.is_public:
            raise WorkflowError(
                _("“%(headline)s” is public and cannot be %(verb)s."), params={**_about(row), "verb": said}
            )
        versions.record(row)
        lost = versions.write(row, revision.content)
        found = versions.record(row, by=by, kind=ArticleRevision.Kind.RESTORED, note=str(revision))
        _log(row, by, said)
    return found, lost


def _move(
    article: Article,
    by: Any,
    name: str,
    state: str,
    note: str,
    said: str,
    check: Callable[[Article], None] | None = None,
) -> Article:
    verb = VERBS[name]
    with transaction.atomic():
        row = versions.lock(article)
        if not by.has_perm(verb.permission) or not owns(row, by):
            _refuse_role(row, said)
        if row.state not in verb.states:
            raise WorkflowError(
                _("“%(headline)s” is %(state)s and cannot be %(verb)s."), params={**_about(row), "verb": said}
            )
        if check:
            check(row)
        versions.record(row)
        row.state = state
        row.save()
        revision = versions.record(row, by=by, note=said)
        if state == State.PUBLISHED:
            versions.mark_published(revision, row.publish_at)
        _log(row, by, said, note)
    for name in ("state", "publish_at", "modified_at"):
        setattr(article, name, getattr(row, name))
    return article


def _set_time(row: Article, moment: datetime) -> None:
    if not row.headline.strip():
        raise WorkflowError(_("An article without a headline cannot be published."))
    row.publish_at = moment
    if row.expire_at and row.expire_at <= row.publish_at:
        raise WorkflowError(_("“%(headline)s” would end before it begins."), params=_about(row))


def _about(row: Article) -> dict[str, str]:
    return {"headline": row.headline, "state": row.get_status_display()}


def _refuse_role(row: Article, said: str) -> None:
    raise WorkflowError(
        _("Your role does not allow it: “%(headline)s” cannot be %(verb)s by you."),
        params={**_about(row), "verb": said},
    )


def _log(row: Article, by: Any, said: str, note: str = "") -> None:
    LogEntry.objects.log_actions(by.pk, [row], CHANGE, change_message=f"{said}. {note}".strip(), single_object=True)
