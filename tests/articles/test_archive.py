"""The date archive and its calendar, by the newsroom's clock."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.utils import timezone
from django.utils.translation import override
from hijridate import Hijri
from persiantools.jdatetime import MONTH_NAMES_EN, MONTH_NAMES_FA

from articles import archive
from articles.calendars import GREGORIAN, HIJRI, PERSIAN
from articles.metadata import site_address
from articles.models import Edition
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
        month = archive.month("en", GREGORIAN.month(2026, 6))
    assert days_with_articles(month) == [14]
    assert (month.previous, month.next) == (None, None)
    assert [day.date.day for week in month.weeks for day in week if day and day.is_today] == [20]


def test_calendar_leads_to_the_nearest_months_that_hold_something():
    for text in ("2025-01-31T10:00", "2025-11-03T10:00", "2026-06-01T00:00"):
        on(text)
    assert archive.month("en", GREGORIAN.month(2026, 2)).previous == GREGORIAN.month(2025, 11)
    assert archive.month("en", GREGORIAN.month(2026, 2)).next == GREGORIAN.month(2026, 6)
    assert archive.month("en", GREGORIAN.month(2025, 1)).previous is None


def test_calendar_of_a_category_asks_for_its_stories_only():
    harbour = make_category()
    on("2026-06-14T10:00", category=make_category(parent=harbour))
    on("2026-06-15T10:00")
    assert days_with_articles(archive.month("en", GREGORIAN.month(2026, 6), harbour.pk)) == [14]


@pytest.mark.parametrize(
    ("language", "first"), [("en", "Monday"), ("fr", "Monday"), ("fa", "Saturday"), ("ar", "Saturday")]
)
def test_week_begins_as_the_language_s_people_count(language, first):
    month = archive.month(language, GREGORIAN.month(2026, 6))
    assert month.weekdays[0][1] == first
    column = [week[0].date for week in month.weeks if week[0]]
    assert {f"{day:%A}" for day in column} == {first}
    assert all(len(week) == 7 for week in month.weeks)


def test_day_is_cut_by_the_newsroom_s_clock():
    on("2026-06-14T21:00")
    with timezone.override("Asia/Tehran"):
        assert days_with_articles(archive.month("en", GREGORIAN.month(2026, 6))) == [15]


def test_years_hold_the_months_that_have_something(django_assert_num_queries):
    for text in ("2024-12-31T10:00", "2026-06-01T10:00", "2026-01-01T10:00"):
        on(text)
    with django_assert_num_queries(2):
        years = archive.years("en")
    june, january, december = (GREGORIAN.month(*month) for month in ((2026, 6), (2026, 1), (2024, 12)))
    assert years == [(GREGORIAN.year(2026), [january, june]), (GREGORIAN.year(2024), [december])]
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


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tehran", "America/New_York"])
def test_ends_of_time_are_no_fault(client, settings, zone):
    settings.TIME_ZONE = zone
    on("2026-06-14T10:00")
    for path in ("0001/", "0001/01/", "0001/01/01/", "9998/12/31/", "9998/12/"):
        assert client.get(f"/archive/{path}").status_code in {200, 404}


def test_archive_of_the_persian_edition_speaks_persian(client):
    on("2026-06-14T10:00", language="fa")
    html = client.get("/fa/archive/2026/06/14/").content.decode()
    assert "۲۰۲۶" in html
    assert ">۱۴</a>" in html


# By other calendars


@pytest.fixture
def persian():
    return Edition.objects.create(language="fa", name="پیک", archive_calendar="persian")


@pytest.fixture
def hijri():
    return Edition.objects.create(language="ar", name="بريد", archive_calendar="hijri")


def test_masthead_bears_both_dates_as_papers_do(client, persian, hijri):
    with time_machine.travel(datetime(2026, 11, 27, 12, tzinfo=UTC), tick=False):
        for path, dates in (
            ("/", ["Friday 27 November 2026"]),
            ("/fa/", ["جمعه ۶ آذر ۱۴۰۵", "۲۷ نوامبر ۲۰۲۶"]),
            ("/ar/", ["الجمعة ١٧ جمادى الآخرة ١٤٤٨", "٢٧ نوفمبر ٢٠٢٦"]),
        ):
            masthead = client.get(path).content.decode().partition('<div class="wrap util">')[2].partition("</p>")[0]
            assert re.findall(r'<time datetime="2026-11-27">(.*?)</time>', masthead) == dates


def test_days_that_narrow_a_search_say_by_which_calendar(client, persian):
    html = client.get("/fa/search/", {"q": "x", "from": "2026-06-13"}).content.decode()
    assert "از روز (تقویم میلادی)</label>" in html
    assert "شنبه ۲۳ خرداد ۱۴۰۵" in html
    assert "From day</label>" in client.get("/search/", {"q": "x", "from": "2026-06-13"}).content.decode()


@pytest.mark.parametrize(
    ("calendar", "day", "parts"),
    [
        (PERSIAN, date(2026, 6, 14), (1405, 3, 24)),
        (PERSIAN, date(2025, 3, 20), (1403, 12, 30)),  # a leap year's last day
        (PERSIAN, date(2025, 3, 21), (1404, 1, 1)),
        (PERSIAN, date(1979, 2, 11), (1357, 11, 22)),
        (HIJRI, date(2026, 6, 14), (1447, 12, 28)),
        (HIJRI, date(2025, 3, 1), (1446, 9, 1)),
        (HIJRI, date(1924, 8, 1), (1343, 1, 1)),
    ],
)
def test_days_of_other_calendars(calendar, day, parts):
    assert calendar.parts(day) == parts
    assert calendar.date_of(*parts) == day
    month = calendar.month_of(day)
    assert (month.year, month.number) == parts[:2]
    assert month.days[parts[2] - 1] == day


@pytest.mark.parametrize("calendar", [GREGORIAN, HIJRI, PERSIAN])
def test_months_of_a_calendar_follow_each_other_without_a_gap(calendar):
    month = calendar.month_of(date(2000, 1, 1))
    for _ in range(12 * 60):
        after = calendar.month_of(month.end)
        assert (after.first, after.year * 12 + after.number) == (month.end, month.year * 12 + month.number + 1)
        assert len(month.days) in {28, 29, 30, 31}
        month = after


def test_names_of_months_are_those_of_the_libraries():
    for language, names in (("en", MONTH_NAMES_EN), ("fa", MONTH_NAMES_FA)):
        with override(language):
            assert [str(name) for name in PERSIAN.month_names] == names[1:]
    for language in ("en", "ar"):
        with override(language):
            expected = [Hijri(1447, number, 1).month_name(language) for number in range(1, 13)]
            assert [str(name) for name in HIJRI.month_names] == expected


def caption(html):
    return re.search(r"<caption>([^<]*)</caption>", html)[1]


def test_table_of_a_persian_month_links_to_gregorian_days(client, persian):
    on("2026-06-14T10:00", language="fa")
    on("2026-03-25T10:00", language="fa")
    for path in ("/fa/", "/fa/archive/", "/fa/archive/2026/06/14/", "/fa/archive/persian/1405/03/"):
        html = client.get(path).content.decode()
        table = html[html.index('<table class="calendar">') : html.index("</nav>", html.index("<caption>"))]
        assert "<caption>خرداد ۱۴۰۵</caption>" in table
        assert re.search('<a href="/fa/archive/2026/06/14/"[^>]*>۲۴</a>', table)
        assert len(re.findall(r"<(?:a|span)[^>]*>[۰-۹]+</", table)) == 31
        assert '<a href="/fa/archive/persian/1405/01/">« فروردین ۱۴۰۵</a>' in table
        assert re.findall(r'abbr="([^"]*)"', table)[0] == "شنبه"


def test_day_names_both_dates(client, persian, hijri):
    on("2026-06-14T10:00", language="fa")
    html = client.get("/fa/archive/2026/06/14/").content.decode()
    assert "<h1>یکشنبه ۲۴ خرداد ۱۴۰۵</h1>" in html
    assert '<time datetime="2026-06-14">یکشنبه ۲۴ خرداد ۱۴۰۵</time></h2>' in html
    assert "<p>۱۴ ژوئن ۲۰۲۶</p>" in html
    assert '<time datetime="2026-06-14">یکشنبه ۱۴ ژوئن ۲۰۲۶</time>' in html
    html = client.get("/ar/archive/2026/06/14/").content.decode()
    assert "<h1>الأحد ٢٨ ذو الحجة ١٤٤٧</h1>" in html
    assert re.search(r'<time datetime="2026-06-14">[^<]*٢٠٢٦</time>', html)
    assert caption(html) == "ذو الحجة ١٤٤٧"


def test_pages_of_other_calendars_list_their_stories(client, persian, hijri):
    inside, before = on("2026-06-20T10:00", language="fa"), on("2026-05-20T10:00", language="fa")
    for path, found in (("1405/03/", {inside}), ("1405/02/", {before}), ("1405/", {inside, before}), ("1404/", set())):
        main = client.get(f"/fa/archive/persian/{path}").content.decode().split("<aside")[0]
        assert {story for story in (inside, before) if story.get_absolute_url() in main} == found
    story = on("2026-06-16T10:00", language="ar")  # the first day of 1448
    for path, is_in in (("1448/", True), ("1448/01/", True), ("1447/12/", False), ("1447/", False)):
        main = client.get(f"/ar/archive/hijri/{path}").content.decode().split("<aside")[0]
        assert (story.get_absolute_url() in main) is is_in


def test_calendars_lead_to_each_other(client, persian):
    on("2026-06-14T10:00", language="fa")
    for path, others in (
        ("/fa/archive/", ["/fa/archive/gregorian/", "/fa/archive/persian/1405/", "/fa/archive/persian/1405/03/"]),
        ("/fa/archive/gregorian/", ["/fa/archive/", "/fa/archive/2026/", "/fa/archive/2026/06/"]),
        ("/fa/archive/2026/", ["/fa/archive/persian/1404/", "/fa/archive/persian/1405/"]),
        ("/fa/archive/persian/1405/", ["/fa/archive/2026/", "/fa/archive/2027/"]),
        ("/fa/archive/2026/06/", ["/fa/archive/persian/1405/03/", "/fa/archive/persian/1405/04/"]),
        ("/fa/archive/persian/1405/03/", ["/fa/archive/2026/05/", "/fa/archive/2026/06/"]),
        ("/fa/archive/2026/06/14/", ["/fa/archive/persian/1405/03/"]),
    ):
        html = client.get(path).content.decode()
        assert f'<link rel="canonical" href="{site_address(path)}">' in html
        main = html[html.index('id="main"') : html.index("<aside")] if "/14/" not in path else html
        for other in others:
            assert f'href="{other}"' in main, (path, other)
            assert client.get(other).status_code == 200
    assert "/archive/persian/" not in client.get("/archive/2026/06/").content.decode()
    assert "/archive/gregorian/" not in client.get("/archive/").content.decode()


def test_category_narrows_other_calendars_too(client, persian):
    harbour = make_category("بندر", slug="harbour", language="fa")
    inside = on("2026-06-14T10:00", language="fa", category=harbour)
    outside = on("2026-06-14T11:00", language="fa")
    for path in ("/fa/archive/", "/fa/archive/gregorian/", "/fa/archive/persian/1405/", "/fa/archive/persian/1405/03/"):
        main = client.get(f"{path}?category=harbour").content.decode().split("<aside")[0]
        assert inside.get_absolute_url() in main
        assert outside.get_absolute_url() not in main
        assert re.search(r'href="/fa/archive/[\w/]+\?category=harbour"', main)


def test_index_by_the_edition_s_own_calendar_is_the_archive_itself(client, persian):
    for path, target in (("/fa/archive/persian/", "/fa/archive/"), ("/archive/gregorian/", "/archive/")):
        answer = client.get(f"{path}?category=harbour")
        assert (answer.status_code, answer["Location"]) == (301, f"{target}?category=harbour")


@pytest.mark.parametrize(
    "path",
    [
        "/archive/persian/",
        "/archive/persian/1405/",
        "/archive/hijri/1447/12/",
        "/fa/archive/hijri/",
        "/fa/archive/hijri/1447/",
        "/fa/archive/gregorian/2026/",
        "/fa/archive/gregorian/2026/06/",
        "/fa/archive/persian/1405/13/",
        "/fa/archive/persian/1405/00/",
        "/fa/archive/persian/1405/03/24/",
        "/fa/archive/persian/1405/3/",
        "/fa/archive/persian/9378/",
        "/fa/archive/persian/0000/",
        "/fa/archive/julian/",
        "/ar/archive/hijri/1342/",
        "/ar/archive/hijri/1501/",
        "/ar/archive/hijri/1501/01/",
        "/ar/archive/hijri/1447/13/",
        "/ar/archive/persian/1405/03/",
    ],
)
def test_month_that_a_calendar_has_not_or_that_the_edition_has_not_chosen_is_not_found(client, persian, hijri, path):
    assert client.get(path).status_code == 404


def test_days_outside_the_calendar_keep_the_gregorian(client, persian, hijri):
    on("1901-05-02T10:00", language="ar")
    on("2026-06-14T10:00", language="ar")
    html = client.get("/ar/archive/1901/05/02/").content.decode()
    assert "١٩٠١" in caption(html)
    assert "/ar/archive/1901/05/02/" in html
    assert "/hijri/" not in client.get("/ar/archive/1901/05/").content.decode().split("<aside")[0]
    assert 'href="/ar/archive/hijri/1343/"' in client.get("/ar/archive/1924/").content.decode()
    years = archive.years("ar", None, HIJRI)
    assert [year.number for year, _months in years] == [1447]
    for path in ("/ar/archive/hijri/1500/12/", "/ar/archive/hijri/1343/01/", "/ar/archive/2077/11/17/"):
        assert client.get(path).status_code == 200
    for path in (
        "/fa/archive/0001/",
        "/fa/archive/0001/01/01/",
        "/fa/archive/9998/12/",
        "/fa/archive/persian/9377/12/",
    ):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/fa/archive/", (12, 2)),
        ("/fa/archive/gregorian/", (13, 3)),
        ("/fa/archive/2026/06/", (10, 2)),
        ("/fa/archive/2026/06/14/", (10, 2)),
        ("/fa/archive/persian/1405/", (13, 5)),
        ("/fa/archive/persian/1405/03/", (11, 3)),
    ],
)
@pytest.mark.parametrize("rows", [1, 3])
def test_archive_by_another_calendar_runs_few_queries(client, persian, queries_of, path, queries, rows):
    for number in range(rows):
        on(f"2026-0{number + 4}-14T10:00", language="fa")
    on("2026-06-14T10:00", language="fa")
    assert queries_of(path) == queries
