"""The front page of an edition: what editors chose, filled up with the newest; nothing stands there twice."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language

from articles.cards import cards
from articles.models import Article, ArticleQuerySet, CategoryListing, is_listed, is_public
from articles.prepared import filled, prepared
from articles.rows import first_of_each
from articles.taxonomy import Tree

SECONDARY = 3
BLOCK = 6
#: Stories read at most of those that editors have chosen.
MOST_CHOSEN = 24
LATEST = 8


def chosen(language: str, now: datetime) -> ArticleQuerySet:
    """What editors have put on the front page and not taken off again, newest first; some may not be public yet."""
    return (
        Article.objects.filter(language=language, state=Article.State.PUBLISHED)
        .exclude(featured_slot="")
        .filter(Q(featured_until__isnull=True) | Q(featured_until__gt=now))
        .newest()
    )


def in_order(articles: Iterable[Article]) -> list[Article]:
    """By the places given on the front page's own page; what has none was chosen later, and stands before them."""
    return sorted(articles, key=lambda article: article.featured_place)


def front_page(tree: Tree, picked: list[Article] | None = None) -> dict[str, Any]:
    """The parts of the page, in four queries; `picked` stands for what editors have chosen, in a preview."""
    now = timezone.now()
    if picked is None:
        picked = in_order(_picked(now=now, language=get_language()))
    newest = _newest(now=now, language=get_language())
    leads = [article for article in picked if article.featured_slot == Article.Slot.LEAD]
    lead = next(iter(leads + newest), None)
    shown = {lead.pk} if lead else set()
    secondary: list[Article] = []
    for article in [*picked, *newest]:
        if article.pk not in shown and len(secondary) < SECONDARY:
            secondary.append(article)
            shown.add(article.pk)
    return {
        "lead": lead,
        "secondary": secondary,
        "blocks": _blocks(tree, shown),
        "latest": newest[:LATEST],
    }


@prepared
def _picked(*, now: datetime, language: str) -> QuerySet[Article]:
    return chosen(language, now).filter(is_public(now)).cards()[:MOST_CHOSEN]


@prepared
def _newest(*, now: datetime, language: str) -> QuerySet[Article]:
    return Article.objects.public(now).edition(language).cards().newest()[: LATEST + 1 + SECONDARY]


@prepared
def _listed(*, now: datetime, category: int, shown: tuple[int, ...]) -> QuerySet:
    # The time is asked of the listing as well, so that every planner begins there and not with all that is public.
    rows = CategoryListing.objects.filter(is_listed(now), publish_at__has_come=now, category=category)
    return rows.exclude(article__in=shown).order_by("-publish_at", "-article_id").values("article_id")[:BLOCK]


def _blocks(tree: Tree, shown: set[int]) -> list[dict[str, Any]]:
    """The newest of each category that wants a block, found by number and fetched all together: two queries."""
    wanted = [category for _depth, category in tree.flat() if category.on_front]
    about = {"now": timezone.now(), "shown": filled(shown, 4)}
    numbers = first_of_each({category.pk: _listed.statement(category=category.pk, **about) for category in wanted})
    if not any(numbers.values()):
        return []
    found = cards({pk for found in numbers.values() for pk in found})
    blocks = []
    for category in wanted:
        articles = [found[pk] for pk in numbers[category.pk] if pk in found and pk not in shown]
        articles.sort(key=lambda article: (article.publish_at, article.pk), reverse=True)
        if articles:
            shown.update(article.pk for article in articles)
            # The newest with a picture leads its block; the others stay in their order.
            lead = next((article for article in articles if article.lead_image_id), articles[0])
            articles = [lead, *(article for article in articles if article is not lead)]
            blocks.append({"category": category, "first": articles[:1], "second": articles[1:3], "third": articles[3:]})
    return blocks
