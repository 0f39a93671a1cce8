"""Threads as readers see them: opening comments by keyset, oldest first, and below each what answers it.

However long a thread is, a page takes two queries and shows a bounded number of comments.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import override

from articles.listing import BadCursor, cursor, read_cursor
from articles.models import Article, Byline
from comments.models import Comment

#: Threads that a page opens with, and comments that it holds at most, on the thread's own page and below the article.
SIZE, MOST = 50, 500
SIZE_BELOW_ARTICLE, MOST_BELOW_ARTICLE = 20, 200
#: Waiting comments of one reader that are shown to them.
OWN = 20


@dataclass(frozen=True)
class Thread:
    """One page of a thread. `comments` run depth first, as the page prints them (see `_nested`).

    The cursors are values of a query string, "" where there is no such page; `rest` is one for the answers that a
    single long thread has beyond this page, all of them below `comments[0]`.
    """

    comments: list[Comment]
    total: int
    older: str = ""
    newer: str = ""
    rest: str = ""

    @property
    def is_cut(self) -> bool:
        return len(self.comments) < self.total


def address(article: Article) -> str:
    with override(article.language):
        return reverse("comments:thread", kwargs={"pk": article.pk, "slug": article.slug})


def shown(article: Article) -> QuerySet[Comment]:
    """What readers see of a public article's comments, with `is_author` on those of its authors."""
    authors = Byline.objects.filter(article=OuterRef("article"), author__user=OuterRef("user"))
    columns = ("article", "parent", "root", "depth", "name", "user", "body_html", "created_at", "reader")
    return Comment.objects.public().filter(article=article).annotate(is_author=Exists(authors)).only(*columns)


def opening(article: Article) -> Thread:
    """The first threads, as they stand below the article: one query."""
    roots = Comment.objects.public().filter(article=article, root=None).order_by("created_at", "pk")
    roots = roots.values("pk")[:SIZE_BELOW_ARTICLE]
    rows = shown(article).filter(Q(pk__in=roots) | Q(root__in=roots)).annotate(total=_total(article))
    found = list(rows.order_by("created_at", "pk")[:MOST_BELOW_ARTICLE])
    return Thread(_nested(found), found[0].total if found else 0)


def page(article: Article, *, older: str = "", newer: str = "", at: Comment | None = None) -> Thread:
    """The page before or after a cursor, or the one that begins with the thread of `at`. Raises BadCursor."""
    roots = shown(article).filter(root=None).annotate(total=_total(article))
    start = (at.root or at) if at else None
    if older and newer:
        raise BadCursor("both")
    if start:
        before = _beyond(roots, (start.created_at, start.pk), "lt").exists()
        roots = _beyond(roots, (start.created_at, start.pk), "gte")
    elif older or newer:
        roots = _beyond(roots, read_cursor(older or newer), "lt" if older else "gt")
    # Whichever way one reads, what does not fit any more is left to the next page that way.
    way = "-" if older else ""
    found = list(roots.order_by(f"{way}created_at", f"{way}pk")[: SIZE + 1])
    if not found and (older or newer):
        raise BadCursor(older or newer)
    more, found = len(found) > SIZE, found[:SIZE]
    below = shown(article).filter(root__in=[root.pk for root in found])
    below = below.order_by(f"{way}root__created_at", f"{way}root", "created_at", "pk")
    replies = list(below[: MOST + 1]) if found else []
    rest = ""
    if len(replies) > MOST:
        cut = replies.pop().root_id
        kept = [root.pk for root in found].index(cut)
        if kept == 0:
            replies = [reply for reply in replies if reply.root_id == cut]
            rest = cursor(replies[-1].created_at, replies[-1].pk)
            more, found = more or len(found) > 1, found[:1]
        else:
            more, found = True, found[:kept]
            replies = [reply for reply in replies if reply.root_id != cut]
    total = found[0].total if found else 0
    if older:
        found.reverse()
    has_older = more if older else bool(newer) or (before if start else False)
    has_newer = True if older else more
    return Thread(
        _nested([*found, *replies]),
        total,
        older=cursor(found[0].created_at, found[0].pk) if found and has_older else "",
        newer=cursor(found[-1].created_at, found[-1].pk) if found and has_newer else "",
        rest=rest,
    )


def answers_after(article: Article, root: Comment, place: str) -> Thread:
    """One long thread from a cursor on, below the comment that opened it. Raises BadCursor."""
    rows = shown(article).filter(root=root).annotate(total=_total(article), answers=F("parent__name"))
    rows = _beyond(rows, read_cursor(place), "gt").order_by("created_at", "pk")
    found = list(rows[: MOST + 1])
    more, found = len(found) > MOST, found[:MOST]
    further = cursor(found[-1].created_at, found[-1].pk) if more else ""
    return Thread(_nested([root, *found], strays_below=root), found[0].total if found else 0, rest=further)


def find(article: Article, number: str) -> Comment | None:
    """The shown comment of that number, with what opened its thread; None for any other text."""
    if not (number.isascii() and number.isdigit() and len(number) <= 18):
        return None
    return shown(article).filter(pk=int(number)).first()


def own(article: Article, reader: str, account) -> list[Comment]:
    """Somebody's own comments that wait; one held as spam looks the same to its writer."""
    mine = Q(pk=None)
    if reader:
        mine |= Q(reader=reader)
    if account:
        mine |= Q(user=account)
    if not (reader or account):
        return []
    waiting = Comment.objects.filter(mine, article=article, state__in=[Comment.State.PENDING, Comment.State.SPAM])
    return list(waiting.order_by("-created_at", "-pk")[:OWN])[::-1]


def _total(article: Article) -> Subquery:
    # It asks nothing of the outer row, so that the database counts once and not once a row.
    public = Comment.objects.public().filter(article=article).order_by()
    return Subquery(public.values("article").annotate(total=Count("pk")).values("total"))


def _beyond(rows: QuerySet[Comment], place: tuple[datetime, int], side: str) -> QuerySet[Comment]:
    """Rows on one side of a place; the first comparison bounds the index scan, the second settles ties."""
    then, number = place
    strict = side.removesuffix("e")
    return rows.filter(**{f"created_at__{strict}e": then}).filter(
        Q(**{f"created_at__{strict}": then}) | Q(**{f"pk__{side}": number})
    )


def _nested(comments: Iterable[Comment], strays_below: Comment | None = None) -> list[Comment]:
    """The comments depth first, each saying what the page opens and closes around it.

    `opens`: a list of answers follows inside this item. `closes`: as many lists end after it. A comment whose parent is
    not among them is left out, or put below `strays_below`.
    """
    comments = list(comments)
    known = {comment.pk for comment in comments}
    below: dict[int | None, list[Comment]] = defaultdict(list)
    for comment in comments:
        above = comment.parent_id
        comment.is_stray = bool(above and above not in known)
        if comment.is_stray:
            if strays_below is None:
                continue
            above = strays_below.pk
        below[above].append(comment)
    ordered = []
    waiting = [(comment, 0) for comment in reversed(below[None])]
    while waiting:
        comment, level = waiting.pop()
        comment.level = level
        ordered.append(comment)
        waiting += [(reply, level + 1) for reply in reversed(below[comment.pk])]
    for comment, following in zip_longest(ordered, ordered[1:]):
        level = following.level if following else 0
        comment.opens = level > comment.level
        comment.closes = range(max(0, comment.level - level))
    return ordered
