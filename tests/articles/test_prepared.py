"""Queries put together once: they answer what the queryset would, whatever values they are asked with."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article, TagListing
from articles.prepared import filled, prepared
from tests.factories import make_article, make_author, make_category

pytestmark = pytest.mark.django_db


@prepared
def shown(*, now, pk):
    return Article.objects.public(now).page(now).filter(pk=pk)


@prepared
def named(*, headline, numbers, _order="pk"):
    return Article.objects.filter(headline=headline, pk__in=numbers).only("headline").order_by(_order)


@prepared
def listed(*, language):
    return TagListing.objects.filter(language=language).order_by("pk").values("article_id")[:2]


@prepared
def moments(*, language):
    return Article.objects.filter(language=language).values_list("publish_at", "pk")


def test_rows_are_those_of_the_queryset(django_assert_num_queries):
    category, author = make_category(), make_author()
    for tags in (["One"], ["One", "Two"]):
        made = make_article(category=category, tags=tags, authors=[author])
        now = timezone.now()
        with django_assert_num_queries(1):
            (found,) = shown(now=now, pk=made.pk)
            assert found.category == category
        expected = Article.objects.public(now).page(now).get(pk=made.pk)
        assert found == expected
        for name in ("byline", "shown_tags", "headline", "publish_at", "version_group", "rating_count"):
            assert getattr(found, name) == getattr(expected, name)


def test_rows_by_values_list_are_tuples_as_the_field_reads_them():
    made = make_article()
    assert moments(language="en") == [(made.publish_at, made.pk)]


def test_moment_is_that_of_each_call():
    made = make_article(publish_at=timezone.now() + timedelta(hours=1))
    assert shown(now=timezone.now(), pk=made.pk) == []
    assert shown(now=timezone.now() + timedelta(hours=2), pk=made.pk) == [made]


def test_texts_and_lists_of_any_length_are_values():
    first, second, third = (make_article(headline=headline) for headline in ("One", "One", "Two"))
    everything = (first.pk, second.pk, third.pk)
    assert named(headline="One", numbers=everything) == [first, second]
    assert named(headline="Two", numbers=everything) == [third]
    assert named(headline="One", numbers=(second.pk,)) == [second]
    assert named(headline="One", numbers=everything, _order="-pk") == [second, first]
    assert named(headline="One", numbers=filled([], 4)) == []


def test_missing_numbers_are_filled_up_with_some_that_no_row_has():
    assert filled([7, 9, 8], 4) == (7, 9, 8, -1)
    assert filled([7, 9, 8, 6], 4) == (7, 9, 8, 6)
    assert filled([], 2) == (-1, -2)


def test_number_that_no_column_holds_finds_nothing():
    assert shown(now=timezone.now(), pk=10**30) == []


def test_statement_is_ready_to_be_put_together_with_others():
    sql, parameters = listed.statement(language="en")
    assert parameters == ("en",)
    assert listed.statement(language="ar") == (sql, ("ar",))


def test_function_that_looks_at_the_clock_itself_is_refused():
    @prepared
    def careless(*, pk):
        return Article.objects.public().filter(pk=pk)

    with pytest.raises(TypeError, match="looks at more than its arguments"):
        careless(pk=1)
