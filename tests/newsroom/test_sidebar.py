"""The sidebar that pages share: kept in the process, and right whoever changes something."""

from datetime import timedelta

import pytest
import time_machine
from django.test import RequestFactory
from django.utils import timezone

from articles import stale, workflow
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

    return sidebar.fragment(RequestFactory().get("/"), language, key, make)


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


def test_withdrawn_article_leaves_the_sidebar_at_once(client):
    """S12"""
    category = make_category()
    make_article("Canary", category=category)
    other = make_article(category=category).get_absolute_url()
    assert "Canary" in client.get(other).content.decode()
    workflow.withdraw(category.primary_articles.get(headline="Canary"), by=make_user(role="Editor"))
    assert "Canary" not in client.get(other).content.decode()
