"""The date archive and its calendar, by the newsroom's clock."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.utils import timezone

from articles import archive
from tests.factories import make_article, make_category, make_draft

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(datetime(2026, 6, 20, 12, tzinfo=UTC), tick=False):
        yield


def on(text, **fields):
    return make_article(publish_at=datetime.fromisoformat(text).replace(tzinfo=UTC), **fields)


def days_with_articles(month):
    return [day.date.day for week in month.weeks for day in week if day and day.has_articles]


def test_calendar_marks_days_with_public_articles(django_assert_num_queries):
    on("2026-06-14T10:00")
    on("2026-06-14T11:00")
    on("2026-06-25T10:00")  # not yet public
    on("2026-06-10T10:00", language="fa")
    make_draft(publish_at=timezone.now())
    with django_assert_num_queries(1):
        month = archive.month("en", date(2026, 6, 1))
    assert days_with_articles(month) == [14]
    assert (month.previous, month.next) == (None, None)
    assert [day.date.day for week in month.weeks for day in week if day and day.is_today] == [20]


def test_calendar_leads_to_the_nearest_months_that_hold_something():
    for text in ("2025-01-31T10:00", "2025-11-03T10:00", "2026-06-01T00:00"):
        on(text)
    assert archive.month("en", date(2026, 2, 1)).previous == date(2025, 11, 1)
    assert archive.month("en", date(2026, 2, 1)).next == date(2026, 6, 1)
    assert archive.month("en", date(2025, 1, 1)).previous is None


def test_calendar_of_a_category_asks_for_its_stories_only():
    harbour = make_category()
    on("2026-06-14T10:00", category=make_category(parent=harbour))
    on("2026-06-15T10:00")
    assert days_with_articles(archive.month("en", date(2026, 6, 1), harbour.pk)) == [14]


@pytest.mark.parametrize(
    ("language", "first"), [("en", "Monday"), ("fr", "Monday"), ("fa", "Saturday"), ("ar", "Saturday")]
)
def test_week_begins_as_the_language_s_people_count(language, first):
    month = archive.month(language, date(2026, 6, 1))
    assert month.weekdays[0][1] == first
    column = [week[0].date for week in month.weeks if week[0]]
    assert {f"{day:%A}" for day in column} == {first}
    assert all(len(week) == 7 for week in month.weeks)


def test_day_is_cut_by_the_newsroom_s_clock():
    on("2026-06-14T21:00")
    with timezone.override("Asia/Tehran"):
        assert days_with_articles(archive.month("en", date(2026, 6, 1))) == [15]


def test_years_hold_the_months_that_have_something(django_assert_num_queries):
    for text in ("2024-12-31T10:00", "2026-06-01T10:00", "2026-01-01T10:00"):
        on(text)
    with django_assert_num_queries(2):
        years = archive.years("en")
    assert years == [(2026, [date(2026, 1, 1), date(2026, 6, 1)]), (2024, [date(2024, 12, 1)])]
    assert archive.years("fa") == []


def test_pages_of_year_month_and_day_list_their_stories(client):
    article = on("2026-06-14T11:00")
    other = on("2025-06-14T11:00")
    for path in ("/archive/2026/", "/archive/2026/06/", "/archive/2026/06/14/"):
        main = client.get(path).content.decode().split("<aside")[0]
        assert article.get_absolute_url() in main
        assert other.get_absolute_url() not in main


def test_calendar_is_a_table_with_a_caption(client):
    on("2026-06-14T10:00")
    html = client.get("/archive/2026/06/14/").content.decode()
    assert '<table class="calendar">' in html
    assert "<caption>June 2026</caption>" in html
    assert '<a href="/archive/2026/06/14/" aria-current="date">14</a>' in html


def test_category_narrows_the_archive(client):
    harbour = make_category("Harbour")
    inside, outside = on("2026-06-14T10:00", category=harbour), on("2026-06-14T11:00")
    for path in ("/archive/", "/archive/2026/", "/archive/2026/06/", "/archive/2026/06/14/"):
        main = client.get(f"{path}?category=harbour").content.decode().split("<aside")[0]
        assert inside.get_absolute_url() in main
        assert outside.get_absolute_url() not in main
        assert client.get(f"{path}?category=unknown").status_code == 404
    assert 'href="/archive/2026/06/14/?category=harbour"' in client.get("/archive/?category=harbour").content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "2026/13/",
        "2026/00/",
        "2026/02/30/",
        "2026/6/",
        "2026/06/1/",
        "0000/",
        "9999/",
        "26/",
        "20260/",
        "２０２６/",
        "2026/06/14/x/",
    ],
)
def test_day_that_is_none_is_not_found(client, path):
    assert client.get(f"/archive/{path}").status_code == 404


@pytest.mark.parametrize(
    "path", ["/archive/2001/", "/archive/2001/02/", "/archive/2001/02/03/", "/archive/0001/01/01/"]
)
def test_empty_day_says_so(client, path):
    html = client.get(path).content.decode()
    assert "Nothing was published" in html


def test_ends_of_time_are_no_fault(client):
    on("2026-06-14T10:00")
    for path in ("/archive/0001/", "/archive/0001/01/", "/archive/9998/12/31/", "/archive/9998/12/"):
        assert client.get(path).status_code in {200, 404}


def test_archive_of_the_persian_edition_speaks_persian(client):
    on("2026-06-14T10:00", language="fa")
    html = client.get("/fa/archive/2026/06/14/").content.decode()
    assert "۲۰۲۶" in html
    assert ">۱۴</a>" in html
