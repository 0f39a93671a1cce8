"""The only place where an article's state changes: who may, from which state, and the line in its history."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import ValidationError
from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles import merge, scope, stale, versions
from articles.models import Article, ArticleRevision, Outcome, is_public

State = Article.State
#: Sent after the commit, once for each story, with `article`.
announced = Signal()


class WorkflowError(ValidationError):
    """A verb that this person, or this state, does not allow; the sentence says which."""


class Clashing(Exception):
    """Two people have changed the same pieces; the desk asks which to take (articles/admin/two_at_once.py)."""

    def __init__(
        self,
        article: Article,
        merged: merge.Merged,
        mine: versions.Content,
        base: ArticleRevision,
        shown: ArticleRevision,
    ):
        super().__init__(article.pk)
        self.article, self.merged, self.mine, self.base, self.shown = article, merged, mine, base, shown


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
    if user.has_perm("articles.change_any_article") or article.state in {State.DRAFT, State.IN_REVIEW}:
        return True
    # What an author writes for a public article waits for approval, where the newsroom asks for that.
    return bool(settings.CHANGES_NEED_APPROVAL and article.is_public)


def waits(article: Article) -> bool:
    """Whether a save makes a version beside the article's own text: readers keep what they have."""
    approved = settings.CHANGES_NEED_APPROVAL and article.state == State.PUBLISHED and not article.is_expired
    return article.is_public or bool(approved)


def may_publish_at_once(article: Article, user: Any) -> bool:
    """Whether this person's changes of a public article may go to its readers with the save."""
    return user.has_perm("articles.publish_article") and not settings.CHANGES_NEED_APPROVAL


def submit(article: Article, *, by: Any, note: str = "") -> Article:
    """Hand a draft over for review. Raises WorkflowError."""
    return _move(article, by, "submit", State.IN_REVIEW, note)


def send_back(article: Article, *, by: Any, note: str = "") -> Article:
    """Give an article in review or approved back to its author, saying why."""

    def check(row: Article) -> None:
        if not note.strip():
            raise WorkflowError(_("Say in a note why “%(headline)s” goes back."), params={"headline": row.headline})

    return _move(article, by, "send_back", State.DRAFT, note, check)


def approve(article: Article, *, by: Any, note: str = "") -> Article:
    """Say that an article in review is fit to be published; its author no longer changes it."""
    return _move(article, by, "approve", State.APPROVED, note)


def publish(article: Article, *, by: Any, at: datetime | None = None, note: str = "") -> Article:
    """Publish now, or at the set time where that is still to come. Raises WorkflowError."""

    def check(row: Article) -> None:
        _set_time(row, at or row.publish_at or timezone.now())

    return _move(article, by, "publish", State.PUBLISHED, note, check)


def schedule(article: Article, *, by: Any, at: datetime | None = None, note: str = "") -> Article:
    """Publish at a time to come: `at`, or the one that is set. Raises WorkflowError."""

    def check(row: Article) -> None:
        moment = at or row.publish_at
        if moment is None or moment <= timezone.now():
            raise WorkflowError(_("Give a time that is still to come for “%(headline)s”."), params=_about(row))
        if row.is_public:
            raise WorkflowError(_("“%(headline)s” is public: withdraw it first."), params=_about(row))
        _set_time(row, moment)

    return _move(article, by, "schedule", State.PUBLISHED, note, check)


def withdraw(article: Article, *, by: Any, note: str = "") -> Article:
    """Take a published or scheduled article away from readers; its address answers 404."""
    return _move(article, by, "withdraw", State.WITHDRAWN, note)


def restore(article: Article, *, by: Any, note: str = "") -> Article:
    """Make a withdrawn article a draft again."""
    return _move(article, by, "restore", State.DRAFT, note)


def trash(article: Article, *, by: Any, note: str = "") -> Article:
    """Put a draft into the trash, which gives it back."""
    return _move(article, by, "trash", State.TRASHED, note)


def untrash(article: Article, *, by: Any, note: str = "") -> Article:
    """Take an article out of the trash, as a draft."""
    return _move(article, by, "untrash", State.DRAFT, note)


def publish_changes(article: Article, *, by: Any, note: str = "") -> Article:
    """Give readers the version that waits beside the live one. Raises WorkflowError."""
    with transaction.atomic():
        row, waiting = _waiting(article, by, _("published with its changes"))
        apply_changes(row, waiting, by=by)
        _log_changes("publish_changes", row, waiting, by, note)
    return row


def schedule_changes(article: Article, *, by: Any, at: datetime | None = None, note: str = "") -> Article:
    """Set the time at which the waiting version goes to readers. Raises WorkflowError."""
    with transaction.atomic():
        row, waiting = _waiting(article, by, _("changed at a set time"))
        if at is None or at <= timezone.now():
            raise WorkflowError(_("Give a time that is still to come for “%(headline)s”."), params=_about(row))
        waiting.apply_at = at
        waiting.save(update_fields=["apply_at"])
        _log_changes("schedule_changes", row, waiting, by, note)
    return row


def drop_changes(article: Article, *, by: Any, note: str = "") -> Article:
    """Let the waiting version go; it stays in the list of versions. Raises WorkflowError."""
    with transaction.atomic():
        row, waiting = _waiting(article, by, _("freed from its changes"), is_drop=True)
        versions.settle(waiting, ArticleRevision.Kind.DROPPED)
        _log_changes("drop_changes", row, waiting, by, note)
    return row


def announce(article: Article, now: datetime | None = None) -> bool:
    """Tell whoever listens to `announced` that readers see the story; True for the one caller that does, once ever."""
    with transaction.atomic():
        mine = Article.objects.filter(is_public(now), pk=article.pk, announced_at__isnull=True)
        if not mine.update(announced_at=now or timezone.now()):
            return False
        stale.mark(article, stale.lists(article.language))
        transaction.on_commit(lambda: announced.send(sender=Article, article=article), robust=True)
    return True


def _waiting(article: Article, by: Any, said: str, *, is_drop: bool = False) -> tuple[Article, ArticleRevision]:
    """The locked article and the version that waits beside it, for who may decide about it."""
    row = versions.lock(article)
    waiting = versions.pending(row)
    is_own = waiting is not None and waiting.created_by_id == by.pk
    if not owns(row, by) or not (by.has_perm("articles.publish_article") or (is_drop and is_own)):
        _refuse_role(row, said)
    if row.state != State.PUBLISHED:
        raise WorkflowError(
            _("“%(headline)s” is %(state)s and cannot be %(verb)s."), params={**_about(row), "verb": said}
        )
    if waiting is None:
        raise WorkflowError(_("No changes wait beside “%(headline)s”."), params=_about(row))
    if settings.CHANGES_NEED_APPROVAL and is_own and not is_drop:
        raise WorkflowError(
            _("The changes of “%(headline)s” are your own: somebody else approves them."), params=_about(row)
        )
    return row, waiting


def apply_changes(row: Article, waiting: ArticleRevision, *, by: Any = None) -> ArticleRevision:
    """Make the waiting version the article's text, with what has changed in that meanwhile. Raises WorkflowError.

    For `publish_changes` and the clock, which hold the article's lock.
    """
    live = versions.record(row)
    content = waiting.content
    if waiting.base_id != live.pk and waiting.base:
        merged = merge.three_way(waiting.base.content, live.content, content)
        if merged.clashes:
            names = ", ".join(sorted({versions.label(clash.name) for clash in merged.clashes}))
            raise WorkflowError(
                _("Others have changed the same in “%(headline)s” (%(names)s): open the form and save, to choose."),
                params={**_about(row), "names": names},
            )
        content = merged.content
    versions.write(row, versions.still_there(content)[0])
    versions.settle(waiting, ArticleRevision.Kind.REPLACED)
    revision = versions.record(row, by=by or waiting.created_by, note=str(waiting), base=waiting)
    if row.state == State.PUBLISHED:
        versions.mark_published(revision, max(row.publish_at or timezone.now(), timezone.now()))
    return revision


@dataclass(frozen=True)
class Verb:
    do: Callable[..., Article]
    permission: str
    states: frozenset[str]
    #: What the history says of it.
    said: Any
    #: It decides about the version that waits beside the live one.
    is_of_changes: bool = False


_READY = frozenset({State.DRAFT, State.IN_REVIEW, State.APPROVED, State.WITHDRAWN})
_OUT = frozenset({State.PUBLISHED})
#: In the order of the desk's buttons.
VERBS = {
    "submit": Verb(submit, "articles.submit_article", frozenset({State.DRAFT}), gettext_lazy("submitted")),
    "approve": Verb(approve, "articles.publish_article", frozenset({State.IN_REVIEW}), gettext_lazy("approved")),
    "publish": Verb(publish, "articles.publish_article", _READY, gettext_lazy("published")),
    "schedule": Verb(schedule, "articles.publish_article", _READY | _OUT, gettext_lazy("scheduled")),
    "publish_changes": Verb(
        publish_changes, "articles.publish_article", _OUT, gettext_lazy("changes published"), is_of_changes=True
    ),
    "schedule_changes": Verb(
        schedule_changes, "articles.publish_article", _OUT, gettext_lazy("changes scheduled"), is_of_changes=True
    ),
    "drop_changes": Verb(
        drop_changes, "articles.change_article", _OUT, gettext_lazy("changes dropped"), is_of_changes=True
    ),
    "send_back": Verb(
        send_back, "articles.publish_article", frozenset({State.IN_REVIEW, State.APPROVED}), gettext_lazy("sent back")
    ),
    "withdraw": Verb(withdraw, "articles.publish_article", _OUT, gettext_lazy("withdrawn")),
    "restore": Verb(restore, "articles.publish_article", frozenset({State.WITHDRAWN}), gettext_lazy("restored")),
    "trash": Verb(trash, "articles.change_article", frozenset({State.DRAFT}), gettext_lazy("moved to the trash")),
    "untrash": Verb(
        untrash, "articles.change_article", frozenset({State.TRASHED}), gettext_lazy("taken out of the trash")
    ),
}
#: Verbs that take a time.
AT = {"schedule", "schedule_changes"}


def may(article: Article, user: Any) -> list[str]:
    """The verbs that this person may use on this article now, in the order of the desk's buttons."""
    if not owns(article, user):
        return []
    waiting = versions.pending(article) if article.state == State.PUBLISHED else None
    is_own = waiting is not None and waiting.created_by_id == user.pk
    decides = user.has_perm("articles.publish_article")

    def applies(name: str, verb: Verb) -> bool:
        if article.state not in verb.states or not user.has_perm(verb.permission):
            return False
        if name == "schedule":
            return article.state != State.PUBLISHED or article.is_scheduled
        if name == "drop_changes":
            return waiting is not None and (decides or is_own)
        if verb.is_of_changes:
            return waiting is not None and not (settings.CHANGES_NEED_APPROVAL and is_own)
        return True

    return [name for name, verb in VERBS.items() if applies(name, verb)]


def refuse_unseen(article: Article, seen: int, user: Any) -> None:
    """For verbs of a page that showed version `seen`: raise WorkflowError where somebody else has saved since."""
    newer = article.revisions.filter(number__gt=seen, kind__in=[*ArticleRevision.STANDING, versions.Kind.PENDING])
    other = newer.exclude(created_by=user).exclude(created_by=None).select_related("created_by").first()
    if other:
        raise WorkflowError(
            _("%(who)s has saved “%(headline)s” since you opened it: look at it again first."),
            params={**_about(article), "who": other.created_by},
        )


@dataclass(frozen=True)
class Saved:
    revision: ArticleRevision
    #: Pieces that somebody else had changed meanwhile, which are in the saved text.
    taken: list[str]
    #: The text waits beside the live one.
    is_waiting: bool


def change(
    article: Article,
    mine: versions.Content,
    *,
    by: Any,
    started_from: int | None = None,
    at_once: bool = False,
    choices: dict[str, str] | None = None,
    against: int | None = None,
    was: versions.Content | None = None,
) -> Saved:
    """Save what a form says of an article. Raises WorkflowError, and Clashing where only a person can decide.

    `started_from` is the number of the version that the form showed, None for the newest; `at_once` gives the changes
    to readers too. `choices` settle the clashes that were shown for version `against`. Where a page showed pieces
    without saying of which version, `was` is what it showed. A place on the front page is an editor's to give: what
    anybody else says of it counts for nothing.
    """
    theirs = () if by.has_perm("articles.publish_article") else versions.PLACED
    mine = {name: mine[name] for name in versions.PIECES if name in mine and name not in theirs}
    with transaction.atomic():
        row = versions.lock(article)
        if not may_change(row, by):
            _refuse_role(row, _("changed"))
        live, waiting = versions.record(row), versions.pending(row)
        shown = waiting or live
        base = _started_from(row, started_from) or shown
        switches = {name: live.content.get(name) for name in versions.SWITCHES}
        choices = choices if against == shown.number else {}
        merged = merge.three_way({**base.content, **(was or {})}, {**shown.content, **switches}, mine, choices)
        if waiting and waiting.base and waiting.base_id != live.pk and not merged.clashes:
            other = merge.three_way(waiting.base.content, live.content, merged.content, choices)
            merged = merge.Merged(other.content, [*merged.taken, *other.taken], other.clashes)
        if merged.clashes:
            raise Clashing(row, merged, mine, base, shown)
        if waits(row) and not (at_once and may_publish_at_once(row, by)):
            if by.has_perm("articles.publish_article"):
                versions.write(row, merged.content, versions.SWITCHES)
                live = versions.record(row, by=by)
            revision = versions.pend(row, merged.content, by=by, base=live)
            return Saved(revision or live, merged.taken, revision is not None)
        versions.write(row, merged.content, versions.PIECES)
        if waiting:
            versions.settle(waiting, ArticleRevision.Kind.REPLACED)
        revision = versions.record(row, by=by, base=shown)
        if row.is_public:
            versions.mark_published(revision, timezone.now())
    return Saved(revision, merged.taken, False)


def _started_from(row: Article, number: int | None) -> ArticleRevision | None:
    """That version; the oldest where it has ended, or where the form was opened before there was any."""
    if number is None:
        return None
    return row.revisions.filter(number=number).first() or row.revisions.order_by("number").first()


def bring_back(article: Article, revision: ArticleRevision, *, by: Any) -> tuple[ArticleRevision, list[str]]:
    """Make an earlier version's words those of the article again, beside the live ones where it is public.

    Raises WorkflowError. Returns the version that now stands or waits, and the names of pieces that could not be had
    back whole.
    """
    with transaction.atomic():
        row = versions.lock(article)
        said = _("brought back to version %(number)s") % {"number": revision.number}
        if not by.has_perm("articles.change_article") or not may_change(row, by):
            _refuse_role(row, said)
        live = versions.record(row)
        content, lost = versions.still_there(revision.content)
        if waits(row):
            switches = {name: live.content.get(name) for name in versions.SWITCHES}
            found = versions.pend(row, {**content, **switches}, by=by, base=live)
            log(row, by, said)
            return found or live, lost
        if waiting := versions.pending(row):
            versions.settle(waiting, ArticleRevision.Kind.REPLACED)
        lost += versions.write(row, content)
        found = versions.record(row, by=by, kind=ArticleRevision.Kind.RESTORED, note=str(revision))
        log(row, by, said)
    return found, lost


def _move(
    article: Article,
    by: Any,
    name: str,
    state: str,
    note: str,
    check: Callable[[Article], None] | None = None,
) -> Article:
    verb = VERBS[name]
    said = str(verb.said)
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
        row.sent_back_note = note.strip()[:300] if name == "send_back" else ""
        if name == "publish" and row.is_scheduled:
            name, said = "schedule", str(VERBS["schedule"].said)
        row.save()
        revision = versions.record(row, by=by, note=said)
        if state == State.PUBLISHED:
            versions.mark_published(revision, row.publish_at or timezone.now())
            if row.is_public and announce(row):
                row.refresh_from_db(fields=["announced_at"])
        log(row, by, said, note)
        tell(row.created_by_id, row, name, by, note)
    for name in ("state", "publish_at", "announced_at", "modified_at"):
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


def open_to_readers(revision: ArticleRevision, is_open: bool, *, by: Any) -> None:
    """Show a published version on the article's page of changes, or no longer. Raises WorkflowError."""
    with transaction.atomic():
        row = versions.lock(revision.article)
        said = _("opened to readers") if is_open else _("closed to readers")
        if not by.has_perm("articles.publish_article") or not owns(row, by):
            _refuse_role(row, said)
        if revision.published_at is None:
            raise WorkflowError(
                _("Version %(number)s was never published and cannot be %(verb)s."),
                params={"number": revision.number, "verb": said},
            )
        opened_at = timezone.now() if is_open else None
        ArticleRevision.objects.filter(pk=revision.pk).update(opened_at=opened_at)
        stale.mark(row)
        log(row, by, f"{str(revision).capitalize()} {said}")


def log(row: Article, by: Any, said: str, note: str = "") -> None:
    """A line in the article's history."""
    LogEntry.objects.log_actions(by.pk, [row], CHANGE, change_message=f"{said}. {note}".strip(), single_object=True)


def _log_changes(verb: str, row: Article, waiting: ArticleRevision, by: Any, note: str) -> None:
    log(row, by, str(VERBS[verb].said), note)
    tell(waiting.created_by_id, row, verb, by, note)


def tell(person: int | None, row: Article, verb: str, by: Any, note: str = "") -> None:
    """Let who wrote it read at the desk what somebody else has done; what the person does ends that."""
    if person is None:
        return
    if person == by.pk:
        Outcome.objects.filter(person=person, article=row).delete()
        return
    about = {"verb": verb, "by": by, "note": note.strip()[:300], "at": timezone.now()}
    Outcome.objects.update_or_create(person_id=person, article=row, defaults=about)
