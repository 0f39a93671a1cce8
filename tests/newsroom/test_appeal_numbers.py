"""How often appeals are shown and followed, and what their links say of where a reader comes from."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from articles import readership
from articles.models import Reading
from newsroom.appeals import numbers
from newsroom.appeals.models import AppealNumbers, DonationLink
from tests.factories import make_appeal, make_article, make_category, make_user

pytestmark = pytest.mark.django_db
BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}
Place = AppealNumbers.Place


def make_reading(article, reader="r", kind=Reading.Kind.READER, **fields):
    slot = readership.slot_of(timezone.now())
    return Reading.objects.create(article=article, reader=reader, kind=kind, **{"slot": slot, **fields})


def counted():
    rows = AppealNumbers.objects.order_by("appeal", "day", "place", "article")
    return [(row.appeal.title, row.place, row.article, row.impressions, row.clicks) for row in rows]


# Shown


def test_appeals_beside_what_is_read_are_shown_once_a_reading():
    article, other = make_article(), make_article()
    make_appeal("Lamp")
    make_appeal("Hidden", is_featured=False)
    make_appeal("Over", ends_at=timezone.now() - timedelta(hours=1))
    make_appeal("Elsewhere", language="fa")
    for reader in ("a", "b", "c"):
        make_reading(article, reader)
    make_reading(other)
    make_reading(other, "robot", Reading.Kind.BOT)
    make_reading(other, "colleague", Reading.Kind.STAFF)
    readership.roll_up()
    readership.roll_up()
    assert counted() == [("Lamp", "sidebar", article.pk, 3, 0), ("Lamp", "sidebar", other.pk, 1, 0)]


def test_later_readings_are_added_and_a_recount_adds_nothing():
    article = make_article()
    make_appeal("Lamp")
    for reader in ("a", "b"):
        make_reading(article, reader)
        readership.roll_up()
    readership.recount()
    assert counted() == [("Lamp", "sidebar", article.pk, 2, 0)]


def test_appeal_of_a_category_is_shown_beside_what_lies_below_it():
    harbour = make_category("Harbour")
    inside = make_article(category=make_category("Ferries", parent=harbour))
    outside = make_article(category=make_category("Sport"))
    make_appeal("Lamp").categories.add(harbour)
    for article in (inside, outside):
        make_reading(article)
    readership.roll_up()
    assert [row[2] for row in counted()] == [inside.pk]


def test_beacon_counts_without_a_cookie(reader):
    article = make_article()
    make_appeal("Lamp")
    for _time in range(2):
        response = reader.post(f"/articles/{article.pk}/read/", headers=BROWSER)
        assert not response.cookies
    readership.roll_up()
    assert counted() == [("Lamp", "sidebar", article.pk, 1, 0)]


def test_counting_costs_the_same_however_many_articles(django_assert_num_queries):
    make_appeal("Lamp")
    for _rows in range(2):
        make_reading(make_article())
        make_reading(make_article())
        found = {(row.article_id, timezone.localdate()): 1 for row in Reading.objects.filter(is_counted=False)}
        with django_assert_num_queries(6):
            numbers.count_impressions(None, days=found)
        Reading.objects.update(is_counted=True)


# Followed


@pytest.mark.parametrize(
    ("page", "place"),
    [
        ("http://testserver/appeals/lamp/", Place.PAGE),
        ("http://testserver/appeals/?older=x", Place.LIST),
        ("http://testserver/", Place.OTHER),
        ("http://testserver/no-such-page", Place.OTHER),
        ("https://evil.example/articles/1/x/", Place.OTHER),
        ("http://[::1/", Place.OTHER),
        ("", Place.OTHER),
    ],
)
def test_click_counts_for_where_it_came_from(client, page, place):
    """S26: and an odd Referer is no error."""
    make_appeal("Lamp")
    assert client.get("/appeals/lamp/donate/1/", headers={**BROWSER, "referer": page}).status_code == 302
    assert counted() == [("Lamp", place, 0, 0, 1)]


@pytest.mark.parametrize("language", ["en", "fa"])
def test_click_beside_an_article_counts_for_it(client, language):
    article = make_article(language=language)
    appeal = make_appeal("Lamp", language=language)
    page = f"http://testserver{article.get_absolute_url()}"
    for _click in range(2):
        client.get(appeal.links.get().get_absolute_url(), headers={**BROWSER, "referer": page})
    assert counted() == [("Lamp", "sidebar", article.pk, 0, 2)]


def test_click_of_a_machine_counts_nowhere(client):
    make_appeal("Lamp")
    client.get("/appeals/lamp/donate/1/", headers={"user-agent": "Googlebot/2.1"})
    assert counted() == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://give.example/1", "https://give.example/1?{utm}"),
        ("https://give.example", "https://give.example?{utm}"),
        ("https://give.example/?", "https://give.example/?{utm}"),
        ("https://give.example/?a=1&b=%20+x%2F", "https://give.example/?a=1&b=%20+x%2F&{utm}"),
        ("https://give.example/?a=1&", "https://give.example/?a=1&{utm}"),
        ("https://give.example/?a=1#give?now", "https://give.example/?a=1&{utm}#give?now"),
        ("https://give.example/#/route?x=1", "https://give.example/?{utm}#/route?x=1"),
        ("https://give.example/ä?q=ü", "https://give.example/ä?q=ü&{utm}"),
    ],
)
def test_links_own_query_stays_as_it_is(url, expected):
    utm = "utm_source=127.0.0.1&utm_medium=appeal&utm_campaign=lamp&utm_content=sidebar-7"
    appeal = make_appeal("Lamp")
    assert numbers.with_source(DonationLink(url=url), appeal, Place.SIDEBAR, 7) == expected.format(utm=utm)


def test_what_the_link_says_of_the_source_itself_is_left_alone():
    appeal = make_appeal("Lamp")
    link = DonationLink(url="https://give.example/?utm_source=own&UTM_medium=own&utm_campaign=&utm_content=own")
    assert numbers.with_source(link, appeal, Place.PAGE, 0) == link.url


# At the desk


def make_numbers(appeal, **fields):
    row = {"appeal": appeal, "day": timezone.localdate(), "place": Place.SIDEBAR, "impressions": 0, "clicks": 0}
    return AppealNumbers.objects.create(**{**row, **fields})


def test_desk_shows_numbers_by_place_appeal_and_article(client):
    client.force_login(make_user(role="Appeals manager"))
    article, lamp, room = make_article("The quay"), make_appeal("Lamp"), make_appeal("Room")
    make_numbers(lamp, article=article.pk, impressions=4321, clicks=12)
    make_numbers(lamp, place=Place.PAGE, clicks=3)
    make_numbers(room, article=99999, impressions=5)
    make_numbers(room, day=timezone.localdate() - timedelta(days=60), impressions=777)
    page = client.get(reverse("admin:appeals_numbers")).content.decode()
    for words in ("Shown: <b>4,326</b>", "Clicks: <b>15</b>", "The quay", "99999", "Lamp", "beside an article"):
        assert words in page
    assert "777" not in page
    page = client.get(reverse("admin:appeals_numbers_of", args=[room.pk])).content.decode()
    assert "Shown: <b>5</b>" in page
    assert "The quay" not in page


def test_numbers_come_as_csv_without_formulas(client):
    """S5"""
    client.force_login(make_user(role="Appeals manager"))
    appeal, article = make_appeal("=1+1"), make_article("@SUM(A1)")
    make_numbers(appeal, article=article.pk, impressions=5, clicks=2)
    make_numbers(appeal, place=Place.PAGE, clicks=1)
    response = client.get(reverse("admin:appeals_numbers"), {"format": "csv"})
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    today = timezone.localdate().isoformat()
    assert rows == [
        ["Day", "Appeal", "Place", "Article", "Headline", "Shown", "Clicks"],
        [today, "'=1+1", "the appeal's page", "", "", "0", "1"],
        [today, "'=1+1", "beside an article", f"{article.pk}", "'@SUM(A1)", "5", "2"],
    ]


def test_export_speaks_the_desks_language_and_leaves_nothing_out(client):
    client.force_login(make_user(role="Appeals manager"))
    appeal, today = make_appeal("Lamp"), timezone.localdate()
    rows = [AppealNumbers(appeal=appeal, day=today, place=Place.SIDEBAR, article=pk) for pk in range(1, 2501)]
    AppealNumbers.objects.bulk_create(rows)
    headers = {"accept-language": "fa"}
    response = client.get(reverse("admin:appeals_numbers"), {"format": "csv"}, headers=headers)
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert len(rows) == 2501
    with override("fa"):
        assert rows[1][2] == Place.SIDEBAR.label != "beside an article"


@pytest.mark.parametrize("query", ["?days=0", "?days=x", "?days=99999999999", "?format=pdf"])
def test_odd_spans_are_no_error(client, query):
    client.force_login(make_user(role="Appeals manager"))
    assert client.get(reverse("admin:appeals_numbers") + query).status_code == 200
