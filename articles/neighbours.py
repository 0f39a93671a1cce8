"""The stories before and after one, as readers turn from page to page."""

from datetime import datetime

from django.db.models import Q, QuerySet, Subquery
from django.utils import timezone

from articles.models import Article
from articles.prepared import prepared


def beside(article: Article) -> tuple[Article | None, Article | None]:
    """The public articles before and after this one in its edition, in one query.

    Articles of one moment follow their numbers.
    """
    previous = following = None
    place = {"language": article.language, "moment": article.publish_at, "number": article.pk}
    for row in _rows(now=timezone.now(), **place):
        if (row.publish_at, row.pk) < (article.publish_at, article.pk):
            previous = row
        else:
            following = row
    return previous, following


@prepared
def _rows(*, now: datetime, language: str, moment: datetime, number: int) -> QuerySet[Article]:
    public = Article.objects.public(now).edition(language)
    before = public.filter(publish_at__lte=moment)
    before = before.filter(Q(publish_at__lt=moment) | Q(pk__lt=number)).newest()
    after = public.filter(publish_at__gte=moment)
    after = after.filter(Q(publish_at__gt=moment) | Q(pk__gt=number)).order_by("publish_at", "pk")
    places = [Subquery(rows.values("pk")[:1]) for rows in (before, after)]
    # The subqueries have asked for what is public; asked again here, it would lead the planner away from the numbers.
    found = Article.objects.filter(Q(pk=places[0]) | Q(pk=places[1])).order_by()
    return found.only("headline", "slug", "language", "publish_at")
