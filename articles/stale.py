"""What readers' pages are made from, as tags, and which of these a change has made stale.

A change writes its tags into a table in its own transaction, so none is lost when a process dies; every process that
keeps pages reads that table's end (newsroom/pagecache.py). Every page bears the tag of its edition, and that of its
edition's lists unless its view says by `shows` what else it is made from. An addition marks the article, its
neighbours and its lists; what takes something away from readers marks the whole edition.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import signals
from django.dispatch import Signal
from django.http import HttpRequest
from django.utils import timezone

from articles.prepared import Statement, prepared
from articles.rows import of_each, read_moment

if TYPE_CHECKING:
    from articles.models import Article

#: Sent after the commit with `tags`, in the process that made the change.
marked = Signal()
#: Stands for every page of the site.
EVERYTHING = "all"
#: Seconds for which readers of the table (articles/tail.py) look back, since numbers are not committed in their order.
WINDOW = 10
KEEP = timedelta(hours=1)
#: Where a view leaves word in the request's environ.
SHOWN = "newsroom.shows"
#: Where it leaves the moment at which its page ends.
ENDS = "newsroom.ends"
#: Coming moments that `upcoming` names at most, of each kind.
AHEAD = 50


def edition(language: str) -> str:
    """The tag of every page of an edition."""
    return f"edition:{language}"


def lists(language: str) -> str:
    """The tag of an edition's front page, archive, feeds, and of whatever else names no other."""
    return f"lists:{language}"


def tag_of(thing: Any) -> str:
    """The tag of one row, such as article:12; of a text that is a tag already, the text."""
    return thing if isinstance(thing, str) else f"{thing._meta.model_name}:{thing.pk}"


def shows(request: HttpRequest, *things: Any) -> None:
    """For a view: its page is made from these rows (or tags) and the edition's frame, and from no other list."""
    request.META.setdefault(SHOWN, set()).update(tag_of(thing) for thing in things)


def ends(request: HttpRequest, moment: datetime | None) -> None:
    """For a view: the clock alone changes this one page at that moment."""
    if moment is not None:
        request.META[ENDS] = min(moment.timestamp(), request.META.get(ENDS, moment.timestamp()))


def mark(*things: Any) -> None:
    """Write down that these rows (or tags) have changed for readers: call it in the transaction of the change."""
    from articles.models import StaleTag

    tags = sorted({tag_of(thing) for thing in things})
    if not tags:
        return
    with transaction.atomic():
        StaleTag.objects.bulk_create([StaleTag(tag=tag) for tag in tags])
        began = time.monotonic()

        def announce() -> None:
            if time.monotonic() - began > WINDOW / 2:
                # The transaction took so long that others may have looked past its numbers.
                StaleTag.objects.bulk_create([StaleTag(tag=tag) for tag in tags])
            marked.send(sender=StaleTag, tags=tags)

        transaction.on_commit(announce, robust=True)


def prune() -> None:
    """End rows that every process has read long ago."""
    from articles.models import StaleTag

    StaleTag.objects.filter(marked_at__lt=timezone.now() - KEEP).delete()


# Articles


def standing(article: "Article") -> Mapping[str, Any] | None:
    """How the article stands in the database before it is saved; None for a new one."""
    if article._state.adding or article.pk is None:
        return None
    return type(article).objects.filter(pk=article.pk).values("state", "publish_at", "expire_at", "language").first()


def article_saved(article: "Article", before: Mapping[str, Any] | None) -> None:
    """Mark what a saved article changes for readers; nothing for one that they neither saw nor see."""
    published = article.State.PUBLISHED
    was = before if before and before["state"] == published else None
    is_ = article.state == published
    if not was and not is_:
        return
    tags = {tag_of(article), lists(article.language), *_versions(article)}
    if was and (not is_ or _moved(article, was)):
        tags |= {edition(was["language"]), edition(article.language)}
    else:
        tags |= _neighbours(article)
    mark(*tags)


def article_deleted(article: "Article") -> None:
    if article.state == article.State.PUBLISHED:
        mark(article, edition(article.language), *_versions(article))


def _moved(article: "Article", before: Mapping[str, Any]) -> bool:
    """Whether the article stands elsewhere in time or edition than it did."""
    return any(getattr(article, name) != before[name] for name in ("publish_at", "expire_at", "language"))


def _versions(article: "Article") -> set[str]:
    """The same story in other editions links to this one."""
    others = type(article).objects.filter(version_group=article.version_group).exclude(pk=article.pk)
    return {f"article:{pk}" for pk in others.values_list("pk", flat=True)}


def _neighbours(article: "Article") -> set[str]:
    """Those whose pages name this one as previous or next story."""
    from articles import neighbours

    return {tag_of(row) for row in neighbours.beside(article) if row}


def upcoming(now: datetime, others: Mapping[Any, Statement] | None = None) -> list[tuple[str, datetime]]:
    """Coming moments at which the clock alone changes pages: (language, moment), "" for all editions; one query.

    `others` are statements of what articles know nothing of, answering such pairs.
    """
    about = {"now": now, "_most": AHEAD}
    asked: dict[Any, Statement] = {
        "published": _coming.statement(_field="publish_at", **about),
        "featured": _coming.statement(_field="featured_until", **about),
        "ended": _coming.statement(_field="expire_at", **about),
        "corrected": _coming_corrections.statement(**about),
        "changed": _coming_changes.statement(**about),
    }
    found = of_each(asked | dict(others or {}))
    # What ends may be linked from other editions' versions of the story, so ends concern them all.
    found["ended"] = [("", moment) for _language, moment in found["ended"]]
    pairs = [pair for rows in found.values() for pair in rows]
    return [(language, known) for language, moment in pairs if (known := read_moment(moment))]


@prepared
def _coming(*, now: datetime, _field: str, _most: int) -> models.QuerySet:
    from articles.models import Article

    rows = Article.objects.filter(state=Article.State.PUBLISHED, **{f"{_field}__gt": now})
    return rows.order_by(_field).values("language", _field)[:_most]


@prepared
def _coming_corrections(*, now: datetime, _most: int) -> models.QuerySet:
    from articles.models import Correction

    return _of_articles(Correction.objects.filter(published_at__gt=now), "published_at")[:_most]


@prepared
def _coming_changes(*, now: datetime, _most: int) -> models.QuerySet:
    from articles.models import ArticleRevision

    return _of_articles(ArticleRevision.objects.pending().filter(apply_at__gt=now), "apply_at")[:_most]


def _of_articles(rows: models.QuerySet, field: str) -> models.QuerySet:
    """Joined to their articles, SQLite would begin with these."""
    from articles.models import Article

    language = Article.objects.filter(pk=models.OuterRef("article")).order_by().values("language")
    return rows.order_by(field).annotate(_language=models.Subquery(language)).values("_language", field)


# Everything else that a page shows, told by the models' own signals


def watch(model: type[models.Model], tags_of: Callable[[Any, bool], Iterable[Any]]) -> None:
    """Mark `tags_of(row, is_new)` whenever a row of the model is saved or deleted one by one. For `AppConfig.ready`."""

    def receiver(sender: Any, instance: Any, created: bool = False, raw: bool = False, **kwargs: Any) -> None:
        if not raw:
            mark(*tags_of(instance, created))

    for name, signal in (("saved", signals.post_save), ("deleted", signals.post_delete)):
        signal.connect(receiver, sender=model, weak=False, dispatch_uid=f"stale {name} {model._meta.label}")


def connect() -> None:
    from articles.models import Article, Author, AuthorName, Category, Correction, Edition, Image, Tag

    # An author or a tag that is new stands on no page yet.
    watch(Author, lambda row, is_new: [] if is_new else [EVERYTHING])
    watch(AuthorName, lambda row, is_new: [edition(row.language)])
    watch(Tag, lambda row, is_new: [] if is_new else [EVERYTHING])
    watch(Category, lambda row, is_new: [edition(row.language)])
    watch(Edition, lambda row, is_new: [EVERYTHING])
    watch(Correction, lambda row, is_new: [row.article, lists(row.article.language)])
    watch(Image, lambda row, is_new: [] if is_new else _showing_image(row))

    def deleted(sender: Any, instance: Any, **kwargs: Any) -> None:
        article_deleted(instance)

    signals.pre_delete.connect(deleted, sender=Article, weak=False, dispatch_uid="stale article deleted")


def _showing_image(image: Any) -> Iterable[str]:
    """Articles that lead with the picture; bodies are marked where they are written anew (articles/tasks.py)."""
    from articles.models import Article

    articles = Article.objects.filter(lead_image=image, state=Article.State.PUBLISHED)
    for pk, language in articles.values_list("pk", "language"):
        yield from (f"article:{pk}", lists(language))
