"""What else to read: an article's relatives."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone

from articles.cards import cards
from articles.models import Article, CategoryListing, TaggedArticle, TagListing
from articles.prepared import filled, prepared
from articles.rows import first_of_each

#: Newest articles of each of the same tags that are weighed against each other, and tags that are looked at.
CANDIDATES = 20
MOST_TAGS = 12


def related(request: HttpRequest, article: Article, shown: int = 3) -> list[Article]:
    """Hand-picked ones first, then those that share most tags, then the newest of the category.

    Two queries, and a third for what is not kept of their teasers.

    Needs `Article.objects.page()`.
    """
    tags = [row["pk"] for row in article.tag_rows or []]
    lists: dict[Any, Any] = {"picked": _picked.statement(number=article.pk)}
    for tag in tags[:MOST_TAGS]:
        lists[tag] = _tagged.statement(tag=tag, language=article.language)
    if article.category_id:
        lists["category"] = _listed.statement(category=article.category_id, _most=shown + 1)
    numbers = {number for found in first_of_each(lists).values() for number in found} - {article.pk}
    about = {"language": article.language, "number": article.pk, "tags": filled(tags, 4)}
    candidates = _candidates(now=timezone.now(), numbers=filled(numbers, 16), **about)
    best = [number for *_weight, number in sorted(candidates, reverse=True)[:shown]]
    found = cards(request, best)
    return [found[pk] for pk in best if pk in found]


@prepared
def _picked(*, number: int) -> QuerySet:
    return Article.related.through.objects.filter(from_article=number).order_by("pk").values("to_article")


@prepared
def _tagged(*, tag: int, language: str) -> QuerySet:
    rows = TagListing.objects.filter(tag=tag, language=language)
    return rows.order_by("-publish_at", "-article_id").values("article_id")[:CANDIDATES]


@prepared
def _listed(*, category: int, _most: int) -> QuerySet:
    rows = CategoryListing.objects.filter(category=category)
    return rows.order_by("-publish_at", "-article_id").values("article_id")[:_most]


@prepared
def _candidates(
    *, now: datetime, language: str, number: int, tags: tuple[int, ...], numbers: tuple[int, ...]
) -> QuerySet:
    """What each weighs, and its number."""
    picked = Article.related.through.objects.filter(from_article=number, to_article=OuterRef("pk"))
    shared = TaggedArticle.objects.filter(content_object=OuterRef("pk"), tag__in=tags)
    rows = Article.objects.public(now).edition(language).filter(pk__in=numbers)
    rows = rows.annotate(is_picked=Exists(picked), shared_tags=Coalesce(_count(shared), 0))
    return rows.order_by().values_list("is_picked", "shared_tags", "publish_at", "pk")


def _count(rows):
    return Subquery(rows.order_by().values("content_object").annotate(n=Count("pk")).values("n"))
