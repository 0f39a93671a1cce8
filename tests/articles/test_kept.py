"""Parts of pages that a process keeps: right whoever changes something, and bounded."""

from datetime import timedelta

import pytest
import time_machine
from django.test import RequestFactory
from django.utils import timezone

from articles import kept, stale, workflow
from articles.cards import cards
from articles.feed_forms import Written
from articles.models import Article, Author, StaleTag
from tests.factories import make_article, make_author, make_category, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def made():
    return []


def request():
    return RequestFactory().get("/")


def show(made, key="key", *tags, of=None, meanwhile=lambda: None):
    def make():
        made.append(key)
        meanwhile()
        return f"{key} {len(made)}"

    return kept.kept(of or request(), key, make, *(tags or ("article:1",)))


def test_part_is_made_once(made):
    assert show(made) == show(made)
    assert show(made, "other") != show(made)


def test_request_asks_once_and_another_again(made, django_assert_num_queries):
    one = request()
    with django_assert_num_queries(2):  # a process that has just begun asks what has settled as well
        show(made, of=one)
        show(made, "other", of=one)
    with django_assert_num_queries(1):
        show(made)
        assert len(made) == 2


def test_mark_of_any_of_its_tags_ends_a_part(made):
    show(made, "key", "article:1", "edition:en")
    for tag in ("article:1", "edition:en", stale.EVERYTHING):
        stale.mark(tag)
        before = len(made)
        show(made, "key", "article:1", "edition:en")
        assert len(made) == before + 1
    stale.mark("article:2", "edition:fa")
    show(made, "key", "article:1", "edition:en")
    assert len(made) == before + 1


def test_mark_that_is_committed_late_is_seen(made):
    """Two transactions: the one with the lower number ends after the part was made."""
    stale.mark("article:1")
    last = StaleTag.objects.order_by("-pk").first().pk
    StaleTag.objects.create(pk=last + 2, tag="article:1")
    show(made)
    StaleTag.objects.create(pk=last + 1, tag="article:1")
    show(made)
    assert len(made) == 2


def test_what_was_marked_while_it_was_made_is_not_kept(made):
    def change():
        stale.mark("article:1")
        kept.find(request(), "another request sees the mark")

    show(made)
    stale.mark("article:1")
    show(made, meanwhile=change)
    show(made)
    assert len(made) == 3


def test_request_keeps_nothing_of_before_it_asked(made):
    """What was made in a request that has asked before the change, and is put down after it."""
    early = request()
    kept.find(early, "key")
    stale.mark("article:1")
    kept.find(request(), "key")
    show(made, of=early)
    show(made)
    assert len(made) == 2


def test_marks_of_long_ago_are_not_looked_at_again(made):
    with time_machine.travel(timezone.now() - timedelta(minutes=5)):
        stale.mark("article:1")
    show(made)
    assert kept._shelf.tail.seen == set()
    assert kept._shelf.tail.known[0][1] == StaleTag.objects.get().pk


def test_clock_ends_a_part(made):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for number in range(2):
            kept.kept(request(), "key", lambda: made.append(1) or "x", until=lambda: timezone.now().timestamp() + 60)
            clock.shift(59 + number)
        assert len(made) == 1
        kept.kept(request(), "key", lambda: made.append(1) or "x")
        assert len(made) == 2


def test_bytes_are_bounded_and_what_was_asked_for_stays(monkeypatch):
    """F16"""
    monkeypatch.setattr(kept, "MOST", 3 * kept.SIZE)
    for key in "abc":
        kept.keep(request(), key, [key])
    kept.find(request(), "a")
    kept.keep(request(), "d", ["d"])
    assert list(kept._shelf.parts) == ["c", "a", "d"]
    assert kept._shelf.size == 3 * kept.SIZE


def test_item_of_a_feed_counts_with_its_text():
    """F16"""
    kept.keep(request(), "a", Written("x" * 100_000, timezone.now()))
    assert kept._shelf.size > 100_000


def test_texts_that_are_the_key_count_as_well():
    """F16"""
    kept.keep(request(), ("a", "x" * 100_000), "short")
    assert kept._shelf.size > 100_000


def test_no_thread_looks_between_the_reading_and_the_letting_go_of_another(made, monkeypatch):
    """Its reading would bring nothing, and it would find what is about to go."""
    show(made)
    held = []

    def read():
        held.append(kept._shelf.looking.locked())
        return frozenset({"article:1"})

    monkeypatch.setattr(kept._shelf.tail, "read", read)
    show(made)
    assert held == [True]
    assert len(made) == 2


def shown(article):
    return cards(request(), [article.pk]).get(article.pk)


def test_teasers_are_read_once(django_assert_num_queries):
    article = make_article()
    assert shown(article) is shown(article)
    with django_assert_num_queries(1):
        shown(article)


def test_teaser_that_has_ended_by_the_clock_is_none_any_more():
    """S12"""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        article = make_article(expire_at=timezone.now() + timedelta(minutes=1))
        assert shown(article)
        clock.shift(60)
        assert shown(article) is None


def _rename(model, **fields):
    for row in model.objects.all():
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()


CHANGES = {
    "headline": lambda article: _rename(Article, headline="Changed"),
    "author": lambda article: _rename(Author, name="Changed"),
    "category": lambda article: _rename(type(article.category), name="Changed"),
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("path", ["/", "/archive/", "/categories/harbour/", "/authors/ines/"])
def test_change_shows_in_every_list_at_once(client, what, path):
    article = make_article("Old", category=make_category("Harbour", on_front=True), authors=[make_author("Ines")])
    before = client.get(path).content.decode()
    assert "Changed" not in before
    CHANGES[what](article)
    assert "Changed" in client.get(path).content.decode()


def test_withdrawn_article_leaves_every_list_at_once(client):
    """S12"""
    category = make_category("Harbour", on_front=True)
    article = make_article("Canary", category=category, tags=["Boats"], authors=[make_author("Ines")])
    make_article("Other", category=category, tags=["Boats"], authors=article.authors.all())
    paths = ["/", "/archive/", "/categories/harbour/", "/authors/ines/", "/tags/boats/", "/feed/"]
    for path in paths:
        assert "Canary" in client.get(path).content.decode()
    workflow.withdraw(article, by=make_user(role="Editor"))
    for path in paths:
        assert "Canary" not in client.get(path).content.decode()
