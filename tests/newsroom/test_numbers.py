"""The desk's numbers by article and by day, as plots, tables and CSV."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from articles.models import CategoryScope, ReadingHour
from tests.factories import make_article, make_category, make_comment, make_rating, make_user

pytestmark = pytest.mark.django_db
OVERVIEW = reverse("admin:numbers")


def make_readings(article, readings, *, days_ago=0):
    hour = timezone.now() - timedelta(days=days_ago)
    ReadingHour.objects.create(article=article, hour=hour, readings=readings, bots=1000)


def as_rows(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_articles_stand_by_their_readings(client):
    client.force_login(make_user(role="Editor"))
    few, many, old = (make_article(f"=Story {number}") for number in range(3))
    make_readings(few, 3)
    make_readings(many, 4210)
    make_readings(old, 90, days_ago=40)
    make_rating(many, 5)
    make_comment(many, state="pending")
    make_comment(many, state="spam")
    page = client.get(OVERVIEW).content.decode()
    assert "<td>4,210</td><td>1</td><td>1</td>" in page
    assert "=Story 2" not in page
    assert "=Story 2" in client.get(OVERVIEW, {"days": "90"}).content.decode()
    found = as_rows(client.get(OVERVIEW, {"format": "csv"}))
    assert found[1:] == [
        [str(many.pk), "'=Story 1", "en", "4210", "1", "1"],
        [str(few.pk), "'=Story 0", "en", "3", "0", "0"],
    ]


def test_article_has_its_own_days(client):
    client.force_login(make_user(role="Editor"))
    article = make_article("The quay")
    make_readings(article, 7)
    make_readings(article, 2, days_ago=1)
    make_readings(make_article(), 500)
    address = reverse("admin:numbers-article", args=[article.pk])
    page = client.get(address).content.decode()
    assert "Readings: <b>9</b>" in page
    assert "The quay" in page
    found = as_rows(client.get(address, {"format": "csv", "days": "7"}))
    assert found[0] == ["Day", "Readings", "Ratings", "Comments"]
    assert found[1] == [timezone.localdate().isoformat(), "7", "0", "0"]
    assert len(found) == 8


def test_numbers_stay_within_what_a_person_may_see(client):
    """S13"""
    author, limited = make_user(role="Author"), make_user(role="Editor")
    CategoryScope.objects.create(user=limited, category=make_category("Sport"))
    own, other = make_article("Own", created_by=author), make_article("Of another")
    for article in (own, other):
        make_readings(article, 5)
    client.force_login(author)
    page = client.get(OVERVIEW).content.decode()
    assert "Own" in page
    assert "Of another" not in page
    assert client.get(reverse("admin:numbers-article", args=[own.pk])).status_code == 200
    assert client.get(reverse("admin:numbers-article", args=[other.pk])).status_code == 404
    client.force_login(limited)
    assert "Nobody has read anything" in client.get(OVERVIEW).content.decode()
    client.force_login(make_user(role="Moderator"))
    assert client.get(OVERVIEW).status_code == 403


@pytest.mark.parametrize("query", ["?days=0", "?days=-5", "?days=9999999999", "?days=x", "?format=xls"])
def test_odd_spans_are_no_error(client, query):
    client.force_login(make_user(role="Editor"))
    assert client.get(OVERVIEW + query).status_code == 200


def test_numbers_cost_the_same_however_many_articles(client, django_assert_num_queries):
    client.force_login(make_user(role="Editor"))
    for _rows in range(2):
        make_readings(make_article(), 5)
        with django_assert_num_queries(13):
            client.get(OVERVIEW)
