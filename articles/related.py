"""What else to read: an article's neighbours in its edition and its relatives."""

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from articles.models import Article, CategoryListing, TaggedArticle, TagListing


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


#: Newest articles of the same tags, and of the same category, that are weighed against each other.
CANDIDATES = 40


def related(article: Article, shown: int = 3) -> list[Article]:
    """Hand-picked ones first, then those that share most tags, then the newest of the category; one query."""
    tags = TaggedArticle.objects.filter(content_object=article).values("tag")
    by_tag = TagListing.objects.filter(tag__in=tags, language=article.language)
    by_category = CategoryListing.objects.filter(category=article.category_id)
    picked = Article.related.through.objects.filter(from_article=article)
    candidates = (
        Article.objects.public()
        .edition(article.language)
        .exclude(pk=article.pk)
        .filter(
            Q(pk__in=picked.values("to_article"))
            | Q(pk__in=by_tag.order_by("-publish_at", "-article_id").values("article_id")[:CANDIDATES])
            | Q(pk__in=by_category.order_by("-publish_at", "-article_id").values("article_id")[: shown + 1])
        )
        .annotate(
            is_picked=Exists(picked.filter(to_article=OuterRef("pk"))),
            shared_tags=Coalesce(_count(TaggedArticle.objects.filter(content_object=OuterRef("pk"), tag__in=tags)), 0),
        )
        .cards()
    )
    return sorted(candidates, key=lambda row: (row.is_picked, row.shared_tags, row.publish_at, row.pk), reverse=True)[
        :shown
    ]


def _count(rows):
    return Subquery(rows.order_by().values("content_object").annotate(n=Count("pk")).values("n"))
