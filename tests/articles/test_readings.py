"""The reading beacon, hourly totals and what is most read."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from articles import readership
from articles.models import Article, Ranking, Reading, ReadingHour, ReadingTotal
from tests.factories import make_article, make_draft, make_rating, make_user

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)
CRAWLERS = Path(__file__).parents[3] / "shared/corpora/bots-crawler-user-agents/crawler-user-agents.json"


def read(client, article, agent=FIREFOX, **extra):
    return client.post(f"/articles/{article.pk}/read/", HTTP_USER_AGENT=agent, **extra)


def readings_of(article):
    return Article.objects.page().get(pk=article.pk).readings


def test_reading_is_counted_and_sets_no_cookie(reader):
    article = make_article()
    response = read(reader, article)
    assert response.status_code == 204
    assert not response.cookies
    assert readings_of(article) == 1


def test_reader_counts_once_in_a_half_hour_and_again_in_the_next(reader):
    article = make_article()
    with time_machine.travel(datetime(2026, 6, 12, 9, 5, tzinfo=ZoneInfo("UTC")), tick=False) as clock:
        Article.objects.update(publish_at=timezone.now() - timedelta(days=1))
        read(reader, article)
        clock.move_to(datetime(2026, 6, 12, 9, 29, 59, tzinfo=ZoneInfo("UTC")))
        read(reader, article)
        assert readings_of(article) == 1
        clock.move_to(datetime(2026, 6, 12, 9, 30, tzinfo=ZoneInfo("UTC")))
        read(reader, article)
        assert readings_of(article) == 2


def test_other_browsers_and_networks_are_other_readers(reader, another_reader):
    article = make_article()
    read(reader, article)
    read(reader, article, SAFARI)
    read(another_reader, article)
    assert readings_of(article) == 3


def test_daily_hash_is_another_one_tomorrow(rf):
    request = rf.post("/", HTTP_USER_AGENT=FIREFOX)
    today = timezone.now()
    assert readership.daily_reader(request, today) == readership.daily_reader(request, today)
    assert readership.daily_reader(request, today) != readership.daily_reader(request, today + timedelta(days=1))


@pytest.mark.parametrize(
    ("agent", "extra", "kind"),
    [
        ("", {}, Reading.Kind.BOT),
        ("curl/8.5", {}, Reading.Kind.BOT),
        ("Mozilla/5.0 (compatible; Examplebot/2.1; +https://bot.example/)", {}, Reading.Kind.BOT),
        (FIREFOX, {"HTTP_SEC_PURPOSE": "prefetch;prerender"}, Reading.Kind.PREFETCH),
        (FIREFOX, {"HTTP_PURPOSE": "prefetch"}, Reading.Kind.PREFETCH),
    ],
)
def test_programs_and_prefetches_are_counted_apart(reader, agent, extra, kind):
    article = make_article()
    read(reader, article, agent, **extra)
    assert Reading.objects.get().kind == kind
    assert readings_of(article) == 0


def test_staff_are_counted_apart(reader):
    article = make_article()
    reader.force_login(make_user(role="Editor"))
    read(reader, article)
    assert Reading.objects.get().kind == Reading.Kind.STAFF
    assert readings_of(article) == 0


@pytest.mark.skipif(not CRAWLERS.exists(), reason="the corpus of crawlers is not beside the project")
def test_most_of_the_known_crawlers_are_told():
    agents = [agent for entry in json.loads(CRAWLERS.read_text()) for agent in entry.get("instances", [])]
    told = sum(map(readership.is_bot, agents))
    assert told >= 0.98 * len(agents)


@pytest.mark.parametrize(
    "agent",
    [
        FIREFOX,
        SAFARI,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 "
        "Safari/537.36",
        "Mozilla/5.0 (Linux; Android 11; Cubot P40) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/110.0.0.0 Mobile "
        "Safari/537.36",
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) DuckDuckGo/5 Chrome/120.0.0.0 "
        "Mobile Safari/537.36",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
        "Safari/537.36 Edg/140.0.0.0",
    ],
)
def test_browsers_are_readers(agent):
    assert not readership.is_bot(agent)


def test_beacon_refuses_other_sites(reader):
    """S16"""
    article = make_article()
    for origin in ("https://evil.example", "null", ""):
        assert reader.post(f"/articles/{article.pk}/read/", HTTP_ORIGIN=origin).status_code == 403
    assert not Reading.objects.exists()


def test_beacon_of_what_is_not_public_is_not_found(reader):
    """S12"""
    for article in (make_draft(), make_article(publish_at=timezone.now() + timedelta(hours=1))):
        assert read(reader, article).status_code == 404
    assert reader.post("/articles/99999999999999999999/read/").status_code == 404


def test_beacon_takes_only_post(reader):
    """S16"""
    article = make_article()
    assert reader.get(f"/articles/{article.pk}/read/").status_code == 405
    assert not Reading.objects.exists()


def add_rows(article, count, *, slot=None, kind=Reading.Kind.READER):
    slot = slot or readership.slot_of(timezone.now())
    first = Reading.objects.count()
    Reading.objects.bulk_create(
        Reading(article=article, reader=f"r{first + n}", slot=slot, kind=kind) for n in range(count)
    )


def test_roll_up_keeps_the_count_and_runs_twice_to_the_same_numbers():
    article = make_article()
    add_rows(article, 7)
    add_rows(article, 2, kind=Reading.Kind.BOT)
    assert readings_of(article) == 7
    assert readership.roll_up(chunk=4) == 9
    assert readership.roll_up() == 0
    hour = ReadingHour.objects.get()
    assert (hour.readings, hour.bots) == (7, 2)
    assert readings_of(article) == 7
    add_rows(article, 1)
    assert readings_of(article) == 8


def test_recount_gives_the_same_numbers_and_mends_wrong_ones():
    article, other = make_article(), make_article()
    add_rows(article, 3)
    add_rows(other, 2, slot=readership.slot_of(timezone.now() - timedelta(hours=5)))
    readership.roll_up()
    assert readership.recount() == 0
    ReadingTotal.objects.filter(article=article).update(readings=99)
    assert readership.recount() == 1
    assert readings_of(article) == 3
    assert readings_of(other) == 2


def test_purge_ends_old_rows_and_keeps_their_numbers():
    article = make_article()
    add_rows(article, 3, slot=readership.slot_of(timezone.now() - timedelta(days=30)))
    add_rows(article, 1)
    readership.roll_up()
    assert readership.purge_rows() == 3
    assert readings_of(article) == 4
    assert readership.recount() == 0


def test_most_read_ranks_each_edition_by_its_window():
    now = timezone.now()
    today, week, foreign = make_article(), make_article(), make_article(language="fa")
    add_rows(today, 3)
    add_rows(week, 5, slot=readership.slot_of(now - timedelta(days=3)))
    add_rows(foreign, 9)
    readership.rebuild_rankings()
    english = readership.rankings("en")
    assert english[Ranking.Kind.READ_DAY] == [today]
    assert english[Ranking.Kind.READ_WEEK] == [week, today]
    assert readership.rankings("fa")[Ranking.Kind.READ_DAY] == [foreign]


def test_withdrawn_article_leaves_the_rankings_at_once(django_assert_num_queries):
    """S12"""
    article = make_article()
    add_rows(article, 3)
    readership.rebuild_rankings()
    Article.objects.update(state=Article.State.WITHDRAWN)
    with django_assert_num_queries(1):
        assert not any(readership.rankings("en").values())


def test_top_rated_wants_votes_enough_and_weighs_few_ones_down():
    loved, liked, lucky = make_article(), make_article(), make_article()
    for _ in range(2):
        make_rating(lucky, 5)
    for _ in range(3):
        make_rating(liked, 5)
    for stars in [5] * 18 + [4] * 2:
        make_rating(loved, stars)
    for _ in range(20):
        make_rating(make_article(), 2)
    readership.rebuild_rankings()
    top = readership.rankings("en")[Ranking.Kind.TOP_RATED]
    assert top == [loved, liked]


def test_rankings_are_rebuilt_by_a_beacon_at_most_every_ten_minutes(reader):
    first, second = make_article(), make_article()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        read(reader, first)
        assert Ranking.objects.filter(article=first).exists()
        read(reader, second)
        assert not Ranking.objects.filter(article=second).exists()
        clock.shift(timedelta(minutes=11))
        read(reader, first)
        assert Ranking.objects.filter(article=second).exists()
