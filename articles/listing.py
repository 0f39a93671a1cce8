"""Lists of any depth at the price of their first page: the join tables' only writer, and paging by keyset."""

import base64
import binascii
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q, QuerySet, Value

from articles import search, stale
from articles.prepared import prepared

if TYPE_CHECKING:
    from articles.models import Article

PAGE_SIZE = 20
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def refresh(article: "Article") -> None:
    """Write the rows that list `article`, and what search knows of it, in the caller's transaction.

    Only what is published is listed. Call it after a change of state, time, language, categories, authors or tags.
    """
    from articles.models import Article, AuthorListing, CategoryListing, TagListing

    facts = {"language": article.language, "publish_at": article.publish_at}
    published = article.state == Article.State.PUBLISHED
    with transaction.atomic():
        categories = _with_ancestors(article) if published else set()
        tags = set(article.tagged.values_list("tag_id", flat=True)) if published else set()
        authors = set(article.bylines.values_list("author_id", flat=True)) if published else set()
        touched: set[tuple[str, int]] = set()
        listings: tuple[tuple[type[Any], str, set[int]], ...] = (
            (CategoryListing, "category_id", categories),
            (TagListing, "tag_id", tags),
            (AuthorListing, "author_id", authors),
        )
        for model, link, wanted in listings:
            have = model.objects.filter(article=article)
            touched |= {(link, pk) for pk in {*have.values_list(link, flat=True), *wanted}}
            have.exclude(**{f"{link}__in": wanted}).delete()
            model.objects.bulk_create(
                [model(article=article, **{link: pk}, **facts) for pk in sorted(wanted)],
                update_conflicts=True,
                unique_fields=[link.removesuffix("_id"), "article"],
                update_fields=list(facts),
            )
        search.index(article, categories=categories, authors=authors, tags=tags)
        tags = {f"{link.removesuffix('_id')}:{pk}" for link, pk in touched}
        if published:
            tags |= {stale.tag_of(article), stale.lists(article.language)}
        stale.mark(*tags)


def refresh_category(category) -> None:
    """Write the rows again for every article at or below `category`, after it has moved in the tree."""
    from articles.models import Article

    below, level = {category.pk}, {category.pk}
    while level:
        level = set(type(category).objects.filter(parent__in=level).values_list("pk", flat=True)) - below
        below |= level
    articles = Article.objects.filter(Q(category__in=below) | Q(categories__in=below)).distinct()
    for article in articles.iterator(chunk_size=500):
        refresh(article)


def _with_ancestors(article: "Article") -> set[int]:
    from articles.models import Category

    found = set(article.categories.values_list("pk", flat=True))
    if article.category_id:
        found.add(article.category_id)
    level = found
    while level:
        parents = Category.objects.filter(pk__in=level, parent__isnull=False)
        level = {pk for pk in parents.values_list("parent_id", flat=True) if pk} - found
        found |= level
    return found


# Paging


class BadCursor(ValueError):
    """The cursor in the address is not one that we made."""


@dataclass(frozen=True)
class Page:
    """One page of a list, newest first; the cursors are query strings' values, None where there is no such page."""

    rows: Sequence[Any]
    newer: str | None
    older: str | None
    is_first: bool

    def __bool__(self) -> bool:
        return bool(self.rows)

    def with_rows(self, rows: Sequence[Any]) -> "Page":
        """The same place in the list, showing other rows for those that it was found by."""
        return replace(self, rows=rows)


def cursor(publish_at: datetime, pk: int, *rank: int) -> str:
    """An opaque place in a list: microseconds since 1970, the number of the article, and its rank where it has one."""
    moment = (publish_at - EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(struct.pack(f">qq{len(rank)}H", moment, pk, *rank)).decode().rstrip("=")


def read_cursor(text: str, ranks: int = 0) -> tuple[Any, ...]:
    """The place that a cursor names, as `cursor` took it. Raises BadCursor."""
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        moment, *numbers = struct.unpack(f">qq{ranks}H", packed)
        return EPOCH + timedelta(microseconds=moment), *numbers
    except (ValueError, binascii.Error, struct.error, OverflowError) as error:
        raise BadCursor(text[:40]) from error


def page(
    rows: Callable[..., QuerySet],
    *,
    older: str = "",
    newer: str = "",
    size: int = PAGE_SIZE,
    between: tuple[datetime, datetime] | None = None,
    moment: str = "publish_at",
    pk: str = "pk",
    rank: str = "",
    **about: Any,
) -> Page:
    """One page of a list by keyset on (`moment`, `pk`), newest first: one query, no OFFSET, no COUNT.

    `rows` answers the list for the values `about` it, and looks at nothing else (articles/prepared.py). `older` and
    `newer` are cursors out of the address, at most one of them set; `moment` and `pk` name the columns that an index
    orders. Of a foreign key name the number (`article_id`): its name alone stands for the order that the other model
    prefers. `between` bounds the moment, the second excluded. `rank` names a small number that goes before both, the
    least first: what editors put in order. Raises BadCursor.
    """
    if older and newer:
        raise BadCursor("both")
    backwards = bool(newer)
    place = newer or older
    bounds: dict[str, Any] = {}
    if place:
        then, number, *ranks = read_cursor(place, ranks=1 if rank else 0)
        bounds = {"then": then, "number": number, **({"ranked": ranks[0]} if rank else {})}
    if between:
        bounds |= {"first": between[0], "end": between[1]}
    columns = (moment, pk, rank)
    found = _part(_rows=rows, _columns=columns, _backwards=backwards, _most=size + 1, **bounds, **about)
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([], None, None, not place)

    def place_of(row) -> str:
        return cursor(getattr(row, moment), getattr(row, pk), *([getattr(row, rank)] if rank else []))

    has_newer = more if backwards else bool(place)
    has_older = bool(place) if backwards else more
    return Page(
        found,
        newer=place_of(found[0]) if has_newer else None,
        older=place_of(found[-1]) if has_older else None,
        is_first=not has_newer,
    )


@prepared
def _part(
    *,
    _rows: Callable[..., QuerySet],
    _columns: tuple[str, str, str],
    _backwards: bool,
    _most: int,
    then: datetime | None = None,
    number: int | None = None,
    ranked: int | None = None,
    first: datetime | None = None,
    end: datetime | None = None,
    **about: Any,
) -> QuerySet:
    moment, pk, rank = _columns
    rows = _rows(**about)
    if then:
        side = "gt" if _backwards else "lt"
        # The first comparison bounds the index scan, the second settles ties within one moment.
        at_most = Q(**{f"{moment}__{side}e": then})
        beyond = Q(**{f"{moment}__{side}": then}) | Q(**{f"{pk}__{side}": number})
        if rank:
            past = {"lt": "gt", "gt": "lt"}[side]
            before = Value(ranked)  # a bare number that its column cannot hold would make no statement at all
            beyond = Q(**{f"{rank}__{past}": before}) | (at_most & beyond)
            at_most = Q(**{f"{rank}__{past}e": before})
        rows = rows.filter(at_most).filter(beyond)
    if first:
        # Behind the cursor's: of two bounds on one side SQLite seeks by the first.
        rows = rows.filter(**{f"{moment}__gte": first, f"{moment}__lt": end})
    order: tuple[str, ...] = (moment, pk) if _backwards else (f"-{moment}", f"-{pk}")
    if rank:
        order = (f"-{rank}" if _backwards else rank, *order)
    return rows.order_by(*order)[:_most]
