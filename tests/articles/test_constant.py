"""The lookup whose text stands in the statement (articles/models/constant.py)."""

import pytest
from django.utils import timezone

from articles import front
from articles.models import Article, ArticleRevision
from tests.factories import make_article

pytestmark = pytest.mark.django_db


def test_text_is_part_of_the_statement_and_no_parameter():
    sql, parameters = ArticleRevision.objects.pending().query.sql_with_params()
    assert "= 'pending'" in sql
    assert "pending" not in parameters


def test_chosen_stories_are_those_with_a_place():
    make_article()
    chosen = make_article(featured_slot=Article.Slot.LEAD)
    assert list(front.chosen("en", timezone.now())) == [chosen]


@pytest.mark.parametrize("text", ["it's", "a b", "x;--", "é", "1"])
def test_what_might_end_the_text_is_refused(text):
    with pytest.raises(ValueError, match="no constant"):
        ArticleRevision.objects.filter(kind__constant=text)
