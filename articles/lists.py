"""The lists that readers page through: of an edition, and of one category, author or tag."""

from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet

from articles import listing
from articles.models import Article, AuthorListing, CategoryListing, TagListing, is_listed
from articles.prepared import prepared

#: The join tables of the lists that are not a whole edition's; articles/listing.py writes them.
TABLES: dict[str, type[Model]] = {"category": CategoryListing, "author": AuthorListing, "tag": TagListing}


def listed(*, now: datetime, **about: Any) -> QuerySet:
    """What is public at `now`, as rows with `publish_at`.

    `about` names the list: one of category, author and tag, with the language of an edition or without; or the
    language alone. Its values are numbers, or what a query takes for one. Rows are articles of an edition, else of a
    join table, and `number_of` says which column has the article's number.
    """
    for name, table in TABLES.items():
        if name in about:
            return table._default_manager.filter(is_listed(now), publish_at__has_come=now, **about)
    return Article.objects.public(now).filter(**about).only("publish_at")


def number_of(about: dict[str, Any]) -> str:
    return "pk" if TABLES.keys().isdisjoint(about) else "article_id"


def page(*, older: str, newer: str, between: tuple[datetime, datetime] | None = None, **about: Any) -> listing.Page:
    """The part of the list that a cursor leads to, as articles/listing.py reads it. Raises BadCursor."""
    return listing.page(listed, older=older, newer=newer, between=between, pk=number_of(about), **about)


@prepared
def newest(*, _most: int, **about: Any) -> QuerySet:
    """The first numbers of the list, each as a tuple."""
    number = number_of(about)
    return listed(**about).order_by("-publish_at", f"-{number}").values_list(number)[:_most]
