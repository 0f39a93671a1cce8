"""Public articles by their numbers, as lists and feeds show them; whose number is not public is not among them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from articles import body, kept, stale
from articles.models import Article
from articles.prepared import filled, prepared


def cards(request: HttpRequest, numbers: Iterable[int]) -> dict[int, Article]:
    """What a teaser shows of each; one query for those that are not kept. They are shared and not to be changed."""
    found: dict[int, Article] = {}
    missing = []
    for pk in dict.fromkeys(numbers):
        article = kept.find(request, _key(pk))
        if article is None:
            missing.append(pk)
        elif article.is_public:
            found[pk] = article
    if missing:
        for article in _cards(now=timezone.now(), numbers=filled(missing, 10)):
            found[article.pk] = article
            kept.keep(request, _key(article.pk), article, *tags(article))
    return found


def tags(article: Article) -> tuple[str, ...]:
    """What marks a teaser as stale."""
    return stale.tag_of(article), stale.edition(article.language)


def is_kept(request: HttpRequest, article: Article) -> bool:
    """Whether this very row came from `cards` in this request, so that what is made of it may be kept as well."""
    return kept.find(request, _key(article.pk)) is article


def _key(pk: int) -> tuple[str, int]:
    return "card", pk


class Teasers:
    """The articles of one page of a list, read together and only if somebody asks for one."""

    def __init__(self, request: HttpRequest, rows: Iterable[tuple[int, datetime]]):
        self.request = request
        self.articles: dict[int, Article] | None = None
        self.rows = [Teaser(pk, moment, self._article) for pk, moment in rows]

    def _article(self, pk: int) -> Article | None:
        if self.articles is None:
            self.articles = cards(self.request, [row.pk for row in self.rows])
        return self.articles.get(pk)


@dataclass(frozen=True)
class Teaser:
    """A row of a list: where it stands, and its article once it is asked for."""

    pk: int
    publish_at: datetime
    _read: Callable[[int], Article | None]

    @property
    def publish_day(self) -> date:
        return timezone.localdate(self.publish_at)

    @property
    def article(self) -> Article | None:
        """None where it has been taken from readers since the list was read."""
        return self._read(self.pk)


def teasers(request: HttpRequest, rows: Iterable[tuple[int, datetime]]) -> Sequence[Teaser]:
    """Rows of a page of a list, of numbers and moments of publication."""
    return Teasers(request, rows).rows


def in_full(numbers: Iterable[int]) -> dict[int, Article]:
    """What a feed shows of each."""
    return {article.pk: article for article in _in_full(now=timezone.now(), numbers=filled(numbers, 10))}


def texts(request: HttpRequest, articles: Iterable[Article], longest: int) -> dict[int, str]:
    """The beginning of the plain text of each, for words to be quoted from; one query for those that are not kept."""
    by_pk = {article.pk: article for article in articles}
    found = {pk: text for pk in by_pk if (text := kept.find(request, ("text", pk, longest))) is not None}
    if missing := by_pk.keys() - found.keys():
        for row in _bodies(numbers=filled(missing, 10)):
            found[row.pk] = text = body.plain_text(row.body)[:longest]
            kept.keep(request, ("text", row.pk, longest), text, *tags(by_pk[row.pk]))
    return found


@prepared
def _cards(*, now: datetime, numbers: tuple[int, ...]) -> QuerySet[Article]:
    return Article.objects.public(now).cards().filter(pk__in=numbers)


@prepared
def _in_full(*, now: datetime, numbers: tuple[int, ...]) -> QuerySet[Article]:
    return Article.objects.public(now).feed().filter(pk__in=numbers)


@prepared
def _bodies(*, numbers: tuple[int, ...]) -> QuerySet[Article]:
    return Article.objects.filter(pk__in=numbers).only("body")
