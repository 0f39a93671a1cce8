"""What else to read: an article's neighbours in its edition and its relatives."""

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from articles.models import Article, CategoryListing, TaggedArticle, TagListing
from articles.rows import first_of_each


def neighbours(article: Article) -> tuple[Article | None, Article | None]:
    """The public articles before and after this one in its edition, in one query.

    Articles of one moment follow their numbers.
    """
    public = Article.objects.public().edition(article.language)
    before = public.filter(publish_at__lte=article.publish_at)
    before = before.filter(Q(publish_at__lt=article.publish_at) | Q(pk__lt=article.pk)).newest()
    after = public.filter(publish_at__gte=article.publish_at)
    after = after.filter(Q(publish_at__gt=article.publish_at) | Q(pk__gt=article.pk)).order_by("publish_at", "pk")
    places = [Subquery(rows.values("pk")[:1]) for rows in (before, after)]
    # The subqueries have asked for what is public; asked again here, it would lead the planner away from the numbers.
    found = Article.objects.filter(Q(pk=places[0]) | Q(pk=places[1])).order_by()
    previous = following = None
    for row in found.only("headline", "slug", "language", "publish_at"):
        if (row.publish_at, row.pk) < (article.publish_at, article.pk):
            previous = row
        else:
            following = row
    return previous, following


#: Newest articles of each of the same tags that are weighed against each other, and tags that are looked at.
CANDIDATES = 20
MOST_TAGS = 12


def related(article: Article, shown: int = 3) -> list[Article]:
    """Hand-picked ones first, then those that share most tags, then the newest of the category; two queries.

    Needs `Article.objects.page()`.
    """
    tags = [row["pk"] for row in article.tag_rows or []]
    newest = ("-publish_at", "-article_id")
    picked = Article.related.through.objects.filter(from_article=article)
    lists: dict[Any, QuerySet] = {"picked": picked.order_by("pk").values("to_article")}
    for tag in tags[:MOST_TAGS]:
        rows = TagListing.objects.filter(tag=tag, language=article.language)
        lists[tag] = rows.order_by(*newest).values("article_id")[:CANDIDATES]
    if article.category_id:
        listed = CategoryListing.objects.filter(category=article.category_id)
        lists["category"] = listed.order_by(*newest).values("article_id")[: shown + 1]
    numbers = {number for found in first_of_each(lists).values() for number in found} - {article.pk}
    candidates = (
        Article.objects.public()
        .edition(article.language)
        .filter(pk__in=numbers)
        .annotate(
            is_picked=Exists(picked.filter(to_article=OuterRef("pk"))),
            shared_tags=Coalesce(_count(TaggedArticle.objects.filter(content_object=OuterRef("pk"), tag__in=tags)), 0),
        )
        .cards()
        .order_by()
    )
    return sorted(candidates, key=lambda row: (row.is_picked, row.shared_tags, row.publish_at, row.pk), reverse=True)[
        :shown
    ]


def _count(rows):
    return Subquery(rows.order_by().values("content_object").annotate(n=Count("pk")).values("n"))
