"""Keyset paging and the join tables that lists are read from."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles import listing
from articles.lists import listed
from articles.models import Article, AuthorListing, CategoryListing, TagListing
from tests.factories import make_article, make_author, make_category, make_draft

pytestmark = pytest.mark.django_db


def part(**place):
    return listing.page(listed, now=timezone.now(), language="en", **place)


def walk(size=2):
    """All pages from the newest on, by following "older"."""
    pages, older = [], ""
    while True:
        page = part(older=older, size=size)
        pages.append(page)
        if not page.older:
            return pages
        older = page.older


def test_pages_hold_every_article_once_even_where_moments_are_equal():
    moment = timezone.now() - timedelta(days=1)
    made = [make_article(publish_at=moment) for _ in range(5)] + [make_article(hours_ago=h) for h in (1, 50)]
    pages = walk()
    found = [article for page in pages for article in page.rows]
    assert found == sorted(made, key=lambda article: (article.publish_at, article.pk), reverse=True)
    assert [len(page.rows) for page in pages] == [2, 2, 2, 1]


def test_newer_leads_back_over_the_same_pages():
    for hours in range(1, 6):
        make_article(hours_ago=hours)
    first, second, third = walk()
    back = part(newer=third.newer, size=2)
    assert back.rows == second.rows
    assert part(newer=back.newer, size=2).rows == first.rows


def test_ends_of_the_list_have_no_further_page():
    for hours in range(1, 4):
        make_article(hours_ago=hours)
    first, last = walk()
    assert (first.newer, last.older) == (None, None)
    back = part(newer=last.newer, size=2)
    assert back.is_first
    assert back.newer is None


def test_empty_list_is_a_page_without_rows():
    page = part()
    assert not page
    assert (page.newer, page.older) == (None, None)


@pytest.mark.parametrize("cursor", ["x", "====", "AAAA", "é", "a" * 500, "\x00", "//////////////////////", "-" * 22])
def test_cursor_that_is_not_ours_is_refused(cursor):
    try:
        part(older=cursor)
    except listing.BadCursor:
        return
    # Sixteen bytes that happen to be a place are one; anything else is refused.
    assert len(listing.read_cursor(cursor)) == 2


def test_two_cursors_at_once_are_refused():
    place = listing.cursor(timezone.now(), 1)
    with pytest.raises(listing.BadCursor):
        part(older=place, newer=place)


def test_cursor_keeps_the_microsecond():
    moment = timezone.now()
    assert listing.read_cursor(listing.cursor(moment, 7)) == (moment, 7)


def test_page_is_one_query(django_assert_num_queries):
    for hours in range(1, 4):
        make_article(hours_ago=hours)
    with django_assert_num_queries(1):
        part(size=2)


def test_published_article_is_listed_under_each_ancestor_of_its_categories_once():
    root = make_category()
    inner = make_category(parent=root)
    leaf, other = make_category(parent=inner), make_category(parent=root)
    make_article(category=leaf, categories=[other, inner])
    assert set(CategoryListing.objects.values_list("category", flat=True)) == {root.pk, inner.pk, leaf.pk, other.pk}
    assert CategoryListing.objects.count() == 4


def test_rows_follow_state_time_tags_and_authors():
    first, second = make_author(), make_author()
    article = make_article(category=make_category(), tags=["One"], authors=[first])
    assert (CategoryListing.objects.count(), TagListing.objects.count(), AuthorListing.objects.count()) == (1, 1, 1)
    article.publish_at = timezone.now() - timedelta(days=3)
    article.bylines.update(author=second)
    article.save()
    assert CategoryListing.objects.get().publish_at == article.publish_at
    assert AuthorListing.objects.get().author == second
    article.state = Article.State.WITHDRAWN
    article.save()
    assert not CategoryListing.objects.exists()
    assert not TagListing.objects.exists()
    assert not AuthorListing.objects.exists()


def test_draft_is_listed_nowhere():
    make_draft(category=make_category(), tags=["One"], authors=[make_author()])
    assert not CategoryListing.objects.exists()
    assert not TagListing.objects.exists()


def test_moved_category_lists_its_articles_under_the_new_ancestors():
    old, new = make_category(), make_category()
    leaf = make_category(parent=old)
    make_article(category=leaf)
    leaf.parent = new
    leaf.save()
    listing.refresh_category(leaf)
    assert set(CategoryListing.objects.values_list("category", flat=True)) == {leaf.pk, new.pk}
