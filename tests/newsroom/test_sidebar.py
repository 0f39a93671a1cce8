"""The sidebar that pages share: kept in the process, and right whoever changes something."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from articles import stale, workflow
from articles.models import StaleTag
from newsroom import sidebar
from newsroom.pagecache import LIFE
from tests.factories import make_appeal, make_article, make_category, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def made():
    """How often the fragment was made."""
    return []


def show(made, language="en", key=""):
    def make():
        made.append(key)
        return f"{language} {key} {len(made)}"

    return sidebar.kept(language, key, make)


def test_fragment_is_made_once_and_checked_by_one_query(made, django_assert_num_queries):
    make_article()
    first = show(made)
    with django_assert_num_queries(1):
        assert show(made) == first
    assert show(made, key="other") != first
    assert len(made) == 2


@pytest.mark.parametrize(
    "change", [lambda: make_article(), lambda: make_appeal(), lambda: stale.mark(stale.EVERYTHING)]
)
def test_change_in_the_edition_makes_it_anew(made, change):
    show(made)
    show(made, "fa")
    change()
    show(made)
    assert len(made) == 3


def test_change_in_another_edition_does_not(made):
    show(made)
    make_article(language="fa")
    show(made)
    assert len(made) == 1


def test_mark_that_is_committed_late_is_seen(made):
    """Two transactions: the one with the lower number ends after the fragment was made."""
    stale.mark(stale.lists("en"))
    last = StaleTag.objects.order_by("-pk").first().pk
    StaleTag.objects.create(pk=last + 2, tag=stale.lists("en"))
    show(made)
    StaleTag.objects.create(pk=last + 1, tag=stale.lists("en"))
    show(made)
    assert len(made) == 2


def test_marks_of_long_ago_are_not_looked_at_again(made, django_assert_num_queries):
    with time_machine.travel(timezone.now() - timedelta(minutes=5)):
        stale.mark(stale.lists("en"))
    show(made)
    (fragment,) = sidebar._fragments.values()
    assert fragment.known == frozenset()
    assert fragment.floor == StaleTag.objects.get().pk


def test_it_ends_when_the_clock_changes_it_and_after_some_minutes(made):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        make_article(publish_at=timezone.now() + timedelta(seconds=30))
        show(made)
        clock.shift(29)
        show(made)
        assert len(made) == 1
        clock.shift(1)
        show(made)
        assert len(made) == 2
        clock.shift(LIFE + 1)
        show(made)
        assert len(made) == 3


def test_number_of_fragments_is_bounded(made, monkeypatch):
    """F16"""
    monkeypatch.setattr(sidebar, "MOST", 3)
    for key in "abcde":
        show(made, key=key)
    assert [key for _language, key in sidebar._fragments] == ["c", "d", "e"]


def test_withdrawn_article_leaves_the_sidebar_at_once(client):
    """S12"""
    category = make_category()
    make_article("Canary", category=category)
    other = make_article(category=category).get_absolute_url()
    assert "Canary" in client.get(other).content.decode()
    workflow.withdraw(category.primary_articles.get(headline="Canary"), by=make_user(role="Editor"))
    assert "Canary" not in client.get(other).content.decode()
