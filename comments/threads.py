"""Threads as readers see them: opening comments by keyset, in one of three orders, and below each what answers it.

However long a thread is, a page takes two queries and shows a bounded number of comments.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from django.conf import settings
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from articles.languages import address_in
from articles.listing import BadCursor, cursor, read_cursor
from articles.models import Article, Byline
from articles.prepared import prepared
from comments.models import Comment

#: Threads that a page opens with, and comments that it holds at most, on the thread's own page and below the article.
SIZE, MOST = 50, 500
SIZE_BELOW_ARTICLE, MOST_BELOW_ARTICLE = 20, 200
#: Orders of threads; answers stand in the order of time below what they answer.
OLDEST, NEWEST, DISCUSSED = ORDERS = ("oldest", "newest", "discussed")
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
    more: str = ""
    rest: str = ""
    order: str = OLDEST

    @property
    def is_cut(self) -> bool:
        return len(self.comments) < self.total


def address(article: Article) -> str:
    return address_in(article.language, "comments:thread", pk=article.pk, slug=article.slug)


def shown(article: Article | int, now: datetime | None = None) -> QuerySet:
    """What readers see of a public article's comments, with `is_author` on those of its authors."""
    authors = Byline.objects.filter(article=OuterRef("article"), author__user=OuterRef("user"))
    return (
        Comment.objects.public(now)
        .filter(article=article)
        .annotate(is_author=Exists(authors))
        .only(
            *("article", "parent", "root", "depth", "name", "user", "body_html", "created_at", "reader", "state"),
            *("edited_at", "desk_edited_at", "featured_at", "withdrawn_at"),
        )
    )


def opening(article: Article) -> Thread:
    """The first threads, as they stand below the article: one query."""
    found = _opening(article=article.pk, now=timezone.now(), _depth=settings.COMMENT_MAX_DEPTH)
    return Thread(_nested(found), found[0].total if found else 0)


@prepared
def _opening(*, article: int, now: datetime, _depth: int) -> QuerySet[Comment]:
    roots = Comment.objects.public(now).filter(article=article, root=None).order_by("created_at", "pk")
    roots = roots.values("pk")[:SIZE_BELOW_ARTICLE]
    rows = shown(article, now).filter(Q(pk__in=roots) | Q(root__in=roots)).annotate(total=_total(article, now))
    return rows.order_by("created_at", "pk")[:MOST_BELOW_ARTICLE]


def page(
    article: Article,
    *,
    order: str = OLDEST,
    older: str = "",
    newer: str = "",
    more: str = "",
    at: Comment | None = None,
) -> Thread:
    """The page before or after a cursor, or the one on which `at` stands. Raises BadCursor.

    What was said lately and what was said first turn pages both ways; most discussed goes on by `more` alone.
    """
    if at:
        return _page_of(article, at)
    if sum(map(bool, (older, newer, more))) > 1 or bool(more) > (order == DISCUSSED):
        raise BadCursor("both")
    if order == DISCUSSED:
        return _discussed(article, more)
    return _in_time(article, order, older, newer)


def _page_of(article: Article, at: Comment) -> Thread:
    """The page that begins with the thread of a comment; far down in a long one, the rest from the comment on."""
    if not at.root_id:
        return _in_time(article, OLDEST, start=at)
    earlier = _beyond(shown(article).filter(root=at.root_id), (at.created_at, at.pk), "lt")
    places = list(earlier.order_by("-created_at", "-pk").values_list("created_at", "pk")[:MOST])
    if len(places) < MOST:
        return _in_time(article, OLDEST, start=at.root)
    return answers_after(article, shown(article).get(pk=at.root_id), cursor(*places[0]))


def _in_time(article: Article, order: str, older: str = "", newer: str = "", start: Comment | None = None) -> Thread:
    roots = shown(article).filter(root=None).annotate(total=_total(article))
    before = False
    if start:
        before = _beyond(roots, (start.created_at, start.pk), "lt").exists()
        roots = _beyond(roots, (start.created_at, start.pk), "gte")
    elif older or newer:
        roots = _beyond(roots, read_cursor(older or newer), "lt" if older else "gt")
    # Whichever way one reads, what does not fit any more is left to the next page that way.
    is_back = bool(older) or (order == NEWEST and not newer)
    way = "-" if is_back else ""
    found = list(roots.order_by(f"{way}created_at", f"{way}pk")[: SIZE + 1])
    if not found and (older or newer):
        raise BadCursor(older or newer)
    found, replies, rest, more = _with_replies(article, found, f"{way}root__created_at", f"{way}root")
    total = found[0].total if found else 0
    has_older = more if is_back else bool(newer) or before
    has_newer = bool(older) if is_back else more
    if is_back:
        found.reverse()
    older = cursor(found[0].created_at, found[0].pk) if found and has_older else ""
    newer = cursor(found[-1].created_at, found[-1].pk) if found and has_newer else ""
    if order == NEWEST:
        found.reverse()
    return Thread(
        _nested([*found, *replies]),
        total,
        older=older,
        newer=newer,
        rest=rest,
        order=order,
    )


def _discussed(article: Article, more: str) -> Thread:
    """Threads by the number of their answers, of as many the older one first."""
    answers = Comment.objects.filter(root=OuterRef("pk"), state=Comment.State.APPROVED).order_by().values("root")
    count_ = Coalesce(Subquery(answers.annotate(count=Count("pk")).values("count")), 0)
    roots = shown(article).filter(root=None).annotate(total=_total(article), answers_count=count_)
    if more:
        count, _dot, place = more.partition(".")
        if not (count.isascii() and count.isdigit() and len(count) < 10):
            raise BadCursor(more)
        further = _beyond(roots.filter(answers_count=int(count)), read_cursor(place), "gt")
        roots = roots.filter(Q(answers_count__lt=int(count)) | Q(pk__in=further.values("pk")))
    found = list(roots.order_by("-answers_count", "created_at", "pk")[: SIZE + 1])
    if more and not found:
        raise BadCursor(more)
    found, replies, rest, is_more = _with_replies(article, found)
    last = found[-1] if found else None
    onward = f"{last.answers_count}.{cursor(last.created_at, last.pk)}" if last and is_more else ""
    total = found[0].total if found else 0
    return Thread(_nested([*found, *replies]), total, more=onward, rest=rest, order=DISCUSSED)


def _with_replies(
    article: Article, found: list[Comment], *order: str
) -> tuple[list[Comment], list[Comment], str, bool]:
    """Of the threads in reading order those that fit on a page, their answers, the cursor of the rest, and whether
    threads are left over."""
    more, found = len(found) > SIZE, found[:SIZE]
    numbers = [root.pk for root in found]
    below = shown(article).filter(root__in=numbers)
    if not order:  # that of `found`, which no column gives
        below = below.annotate(place=Case(*(When(root=pk, then=place) for place, pk in enumerate(numbers)), default=0))
        order = ("place",)
    replies = list(below.order_by(*order, "created_at", "pk")[: MOST + 1]) if found else []
    if len(replies) <= MOST:
        return found, replies, "", more
    cut = replies.pop().root_id
    kept = numbers.index(cut)
    if kept:
        return found[:kept], [reply for reply in replies if reply.root_id != cut], "", True
    replies = [reply for reply in replies if reply.root_id == cut]
    return found[:1], replies, cursor(replies[-1].created_at, replies[-1].pk), more or len(found) > 1


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


def refused(article: Article, number: str, reader: str) -> Comment | None:
    """A reader's own comment that was refused, for the link to its private page."""
    if not (reader and number.isascii() and number.isdigit() and len(number) <= 18):
        return None
    return Comment.objects.filter(
        article=article, pk=int(number), reader=reader, state=Comment.State.REJECTED, withdrawn_at=None
    ).first()


def _total(article: Article | int, now: datetime | None = None) -> Subquery:
    # It asks nothing of the outer row, so that the database counts once and not once a row.
    public = Comment.objects.public(now).filter(article=article).order_by()
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
