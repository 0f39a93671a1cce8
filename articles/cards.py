"""Public articles by their numbers, as lists and feeds show them; whose number is not public is not among them."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from articles.models import Article
from articles.prepared import filled, prepared


def cards(numbers: Iterable[int]) -> dict[int, Article]:
    """What a teaser shows of each."""
    return {article.pk: article for article in _cards(now=timezone.now(), numbers=filled(numbers, 10))}


def in_full(numbers: Iterable[int]) -> dict[int, Article]:
    """What a feed shows of each."""
    return {article.pk: article for article in _in_full(now=timezone.now(), numbers=filled(numbers, 10))}


def to_quote(numbers: Iterable[int]) -> dict[int, Article]:
    """What a teaser shows of each, and the text that words are quoted from."""
    return {article.pk: article for article in _to_quote(now=timezone.now(), numbers=filled(numbers, 10))}


@prepared
def _cards(*, now: datetime, numbers: tuple[int, ...]) -> QuerySet[Article]:
    return Article.objects.public(now).cards().filter(pk__in=numbers)


@prepared
def _in_full(*, now: datetime, numbers: tuple[int, ...]) -> QuerySet[Article]:
    return Article.objects.public(now).feed().filter(pk__in=numbers)


@prepared
def _to_quote(*, now: datetime, numbers: tuple[int, ...]) -> QuerySet[Article]:
    return Article.objects.public(now).cards().defer(None).defer("body_html").filter(pk__in=numbers)
