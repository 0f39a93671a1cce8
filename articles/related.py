"""What else to read: an article's neighbours in its edition and its relatives."""

from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from articles.models import Article, CategoryListing, TaggedArticle, TagListing


def previous(article: Article) -> Article | None:
    """The public article before this one in its edition; articles of one moment follow their numbers."""
    rows = _neighbours(article).filter(publish_at__lte=article.publish_at)
    return rows.filter(Q(publish_at__lt=article.publish_at) | Q(pk__lt=article.pk)).newest().first()


def following(article: Article) -> Article | None:
    rows = _neighbours(article).filter(publish_at__gte=article.publish_at)
    return rows.filter(Q(publish_at__gt=article.publish_at) | Q(pk__gt=article.pk)).order_by("publish_at", "pk").first()


def _neighbours(article: Article):
    return Article.objects.public().edition(article.language).only("headline", "slug", "language", "publish_at")


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
            | Q(pk__in=by_tag.order_by("-publish_at", "-article").values("article")[:CANDIDATES])
            | Q(pk__in=by_category.order_by("-publish_at", "-article").values("article")[: shown + 1])
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
    from django.db.models import Subquery

    return Subquery(rows.order_by().values("content_object").annotate(n=Count("pk")).values("n"))
