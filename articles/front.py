"""The front page of an edition: what editors chose, filled up with the newest; nothing stands there twice."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from articles.cards import cards
from articles.lists import newest
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
        .exclude(featured_slot__constant="")
        .filter(Q(featured_until__isnull=True) | Q(featured_until__gt=now))
        .newest()
    )


def in_order(articles: Iterable[Article]) -> list[Article]:
    """By the places given on the front page's own page; what has none was chosen later, and stands before them."""
    return sorted(articles, key=lambda article: article.featured_place)


def front_page(request: HttpRequest, tree: Tree, picked: list[Article] | None = None) -> dict[str, Any]:
    """The parts of the page; `picked` stands for what editors have chosen, in a preview.

    Three queries say what stands where, a fourth reads what is not kept of it.
    """
    now = timezone.now()
    chosen_rows = in_order(_picked(now=now, language=get_language())) if picked is None else picked
    fresh = [pk for (pk,) in newest(now=now, language=get_language(), _most=LATEST + 1 + SECONDARY)]
    leads = [row.pk for row in chosen_rows if row.featured_slot == Article.Slot.LEAD]
    others = dict.fromkeys([*(row.pk for row in chosen_rows), *fresh])
    found: dict[int, Article] = {row.pk: row for row in picked or []}
    lead = next(iter([*leads, *fresh]), None)
    shown = {lead} if lead else set()
    secondary = [pk for pk in others if pk not in shown][:SECONDARY]
    shown.update(secondary)
    listed = _numbers_of_blocks(tree, shown)
    latest = fresh[:LATEST]
    wanted = {*shown, *latest, *(pk for numbers in listed.values() for pk in numbers)}
    found |= cards(request, wanted - found.keys())
    return {
        "lead": found.get(lead) if lead else None,
        "secondary": [found[pk] for pk in secondary if pk in found],
        "blocks": _blocks(tree, listed, found, shown),
        "latest": [found[pk] for pk in latest if pk in found],
    }


@prepared
def _picked(*, now: datetime, language: str) -> QuerySet[Article]:
    rows = chosen(language, now).filter(is_public(now))
    return rows.only("publish_at", "featured_slot", "featured_place")[:MOST_CHOSEN]


@prepared
def _listed(*, now: datetime, category: int, shown: tuple[int, ...]) -> QuerySet:
    # The time is asked of the listing as well, so that every planner begins there and not with all that is public.
    rows = CategoryListing.objects.filter(is_listed(now), publish_at__has_come=now, category=category)
    return rows.exclude(article__in=shown).order_by("-publish_at", "-article_id").values("article_id")[:BLOCK]


def _numbers_of_blocks(tree: Tree, shown: set[int]) -> dict[int, list[int]]:
    """The newest articles of each category that wants a block; one query."""
    about = {"now": timezone.now(), "shown": filled(shown, 4)}
    wanted = [category.pk for _depth, category in tree.flat() if category.on_front]
    return first_of_each({pk: _listed.statement(category=pk, **about) for pk in wanted})


def _blocks(
    tree: Tree, listed: dict[int, list[int]], found: dict[int, Article], shown: set[int]
) -> list[dict[str, Any]]:
    """The blocks in the order of the tree, of what is `listed` and not yet `shown`."""
    blocks = []
    for pk, numbers in listed.items():
        articles = [found[number] for number in numbers if number in found and number not in shown]
        articles.sort(key=lambda article: (article.publish_at, article.pk), reverse=True)
        if articles:
            shown.update(article.pk for article in articles)
            # The newest with a picture leads its block; the others stay in their order.
            lead = next((article for article in articles if article.lead_image_id), articles[0])
            articles = [lead, *(article for article in articles if article is not lead)]
            category = tree.by_pk[pk]
            blocks.append({"category": category, "first": articles[:1], "second": articles[1:3], "third": articles[3:]})
    return blocks
