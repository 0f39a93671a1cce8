"""What the clock makes true: stories announced once, changes published at their time, ended stories off the lists.

Readers see a story from its time on by query, whether or not this runs; so it may run late, often, and many at once.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from articles import stale, versions, workflow
from articles.models import Article, ArticleRevision, AuthorListing, CategoryListing, TagListing, is_public

#: A story that is older when it is found is no news any more: it counts as announced, and nobody is told.
NEWS = timedelta(days=2)
#: Rows of one step, so that none holds locks for long.
BATCH = 500


@dataclass
class Result:
    announced: int = 0
    changed: int = 0
    ended: int = 0
    #: What could not be published, each with its reason; its time stays set.
    refused: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        words = f"announced {self.announced}, changed {self.changed}, ended {self.ended}, refused {len(self.refused)}"
        return "; ".join([words, *self.refused])


def publish_due(now: datetime | None = None) -> Result:
    now = now or timezone.now()
    result = on_time(now)
    _end(now, result)
    return result


def on_time(now: datetime | None = None) -> Result:
    """What should not wait for the command: serving processes do it too, every few seconds (newsroom/pagecache.py)."""
    now = now or timezone.now()
    result = apply_due(now)
    _announce(now, result)
    return result


def apply_due(now: datetime) -> Result:
    """Publish the changes whose time has come; each in a transaction of its own."""
    result = Result()
    due = ArticleRevision.objects.pending().filter(apply_at__lte=now, article__state=Article.State.PUBLISHED)
    for pk, article in due.order_by("apply_at", "pk").values_list("pk", "article"):
        try:
            with transaction.atomic():
                row = versions.lock(Article(pk=article))
                waiting = versions.pending(row)
                # Another run, or a person, may have been quicker.
                if waiting is None or waiting.pk != pk or not waiting.apply_at or waiting.apply_at > now:
                    continue
                workflow.apply_changes(row, waiting)
                result.changed += 1
        except Article.DoesNotExist:
            continue
        except workflow.WorkflowError as error:
            result.refused += error.messages
    return result


def _announce(now: datetime, result: Result) -> None:
    fresh = Article.objects.filter(is_public(now), announced_at__isnull=True)
    old = fresh.filter(publish_at__lt=now - NEWS)
    while batch := list(old.values_list("pk", flat=True)[:BATCH]):
        Article.objects.filter(pk__in=batch, announced_at__isnull=True).update(announced_at=now)
    for article in fresh.order_by("publish_at", "pk"):
        result.announced += workflow.announce(article, now)


def _end(now: datetime, result: Result) -> None:
    """Take ended stories off the lists; the lists' queries leave them out already."""
    for model in (CategoryListing, TagListing, AuthorListing):
        rows = model.objects.filter(article__expire_at__lte=now)
        while batch := list(rows.values_list("pk", "article")[:BATCH]):
            with transaction.atomic():
                model.objects.filter(pk__in=[pk for pk, _article in batch]).delete()
                articles = Article.objects.filter(pk__in={article for _pk, article in batch})
                stale.mark(*{stale.lists(language) for language in articles.values_list("language", flat=True)})
            result.ended += len(batch)
