"""The layer that answers readers from memory: what it keeps, for whom, and when a page ends."""

import gzip
import threading
from datetime import UTC, datetime, timedelta

import brotli
import pytest
import time_machine
from django.core.handlers.wsgi import WSGIHandler
from django.utils import timezone

from articles import stale, tail, workflow
from articles.calendars import PERSIAN
from articles.models import Article, Edition, StaleTag
from comments import moderation
from comments.models import Comment
from newsroom import pagecache, wsgi
from newsroom.pagecache import PageCache, encoding_for
from tests.browser.newsroom import make_newsroom
from tests.conftest import ReaderClient
from tests.factories import (
    make_appeal,
    make_article,
    make_author,
    make_category,
    make_comment,
    make_correction,
    make_draft,
    make_page,
    make_user,
)
from tests.newsroom.wsgi import ask

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)


class Counting:
    """Django's handler, with what it was asked."""

    def __init__(self):
        self.handler = WSGIHandler()
        self.asked = []

    def __call__(self, environ, start_response):
        self.asked.append(environ["PATH_INFO"])
        return self.handler(environ, start_response)


@pytest.fixture
def behind():
    return Counting()


@pytest.fixture
def layer(behind):
    layer = PageCache(behind, size=10_000_000, follows=False)
    layer.look()
    return layer


def test_server_answers_through_the_layer():
    assert isinstance(wsgi.application, PageCache)


def test_hit_touches_neither_django_nor_the_database(layer, behind, django_assert_num_queries):
    address = make_article().get_absolute_url()
    first = ask(layer, address)
    behind.asked.clear()
    with django_assert_num_queries(0):
        second = ask(layer, address)
    assert behind.asked == []
    assert (first.status, first.body, first.headers) == (second.status, second.body, second.headers)


def test_answer_is_compressed_as_the_reader_likes(layer):
    address = make_article().get_absolute_url()
    plain = ask(layer, address)
    packed = ask(layer, address, accept_encoding="gzip, deflate")
    best = ask(layer, address, accept_encoding="gzip, deflate, br, zstd")
    assert (plain["Content-Encoding"], packed["Content-Encoding"], best["Content-Encoding"]) == ("", "gzip", "br")
    assert gzip.decompress(packed.body) == brotli.decompress(best.body) == plain.body
    for answer in (plain, packed, best):
        assert answer["Content-Length"] == str(len(answer.body))
        assert answer["Vary"] == "Accept-Encoding"
    assert len({answer["ETag"] for answer in (plain, packed, best)}) == 3


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", ""),
        ("identity", ""),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br; q=0.1", "br"),
        ("*", "br"),
        ("*;q=0", ""),
        ("gzip;q=x", ""),
        (";;,,q=", ""),
    ],
)
def test_encoding_follows_the_header(accepted, encoding):
    assert encoding_for(accepted) == encoding


def test_reader_who_has_the_page_is_told_so(layer):
    address = make_article().get_absolute_url()
    first = ask(layer, address, accept_encoding="br")
    for claimed in (first["ETag"], f'W/{first["ETag"]}, "other"', "*"):
        again = ask(layer, address, accept_encoding="br", if_none_match=claimed)
        assert (again.status, again.body, again["ETag"]) == (304, b"", first["ETag"])
        assert again["Content-Length"] == again["Content-Encoding"] == ""
    other = ask(layer, address, if_none_match='"other"', if_modified_since="Fri, 01 Jan 2100 00:00:00 GMT")
    assert other.status == 200


def test_head_has_the_headers_and_no_body(layer, behind):
    address = make_article().get_absolute_url()
    head = ask(layer, address, "HEAD")
    whole = ask(layer, address)
    assert (head.status, head.body, head.headers) == (200, b"", whole.headers)
    assert len(behind.asked) == 1


def test_etag_is_the_same_in_every_process(layer):
    address = make_article().get_absolute_url()
    other = PageCache(WSGIHandler(), size=10_000_000, follows=False)
    other.look()
    assert ask(layer, address)["ETag"] == ask(other, address)["ETag"]


def test_page_names_its_tags_and_how_long_others_may_keep_it(layer, settings):
    article = make_article(category=make_category())
    page = ask(layer, article.get_absolute_url())
    assert page["Cache-Tag"] == f"article:{article.pk},edition:en"
    assert page["Cache-Control"] == "public, max-age=0, s-maxage=1"
    assert ask(layer, "/")["Cache-Tag"] == "edition:en,lists:en"
    category = ask(layer, article.category.get_absolute_url())
    assert category["Cache-Tag"] == f"category:{article.category_id},edition:en"
    settings.PURGE_URLS = ["http://127.0.0.1:6081/"]
    page = ask(layer, "/archive/")
    assert page["Cache-Control"] == f"public, max-age=0, s-maxage={pagecache.LIFE}"
    assert page["Age"] == "0"


# Whose page it is


@time_machine.travel(NOW, tick=False)  # what is never kept names the second
def test_page_is_the_same_whatever_the_first_reader_sent(behind):
    """S15"""
    addresses = [
        address
        for name, address in make_newsroom().items()
        if name not in {"thread", "Persian thread", "report", "what is stored", "rating", "sign-in", "password reset"}
    ]
    odd = {
        "cookie": "reader=abc; messages=x; csrf=y; =; ;;",
        "accept_language": "ar",
        "x_forwarded_host": "evil.example",
        "x_forwarded_proto": "https",
        "x_http_method_override": "DELETE",
        "range": "bytes=0-9",
        "if_none_match": '"x"',
        "if_modified_since": "Fri, 01 Jan 2100 00:00:00 GMT",
        "user_agent": "Other",
        "accept": "application/json",
        "origin": "https://evil.example",
    }
    for address in addresses:
        cold, poisoned = (PageCache(WSGIHandler(), size=10_000_000, follows=False) for _ in range(2))
        cold.look()
        poisoned.look()
        joint = "&" if "?" in address else "?"
        ask(poisoned, f"{address}{joint}utm_source=x&preview=1&format=json&version=3", **odd)
        plain, after = ask(cold, address), ask(poisoned, address)
        assert plain.body == after.body, address
        assert plain.headers == after.headers, address
        assert plain["Set-Cookie"] == "", address
        assert b"csrfmiddlewaretoken" not in plain.body, address


def test_somebody_with_a_session_goes_past_the_layer(layer, behind):
    """S15"""
    client = ReaderClient()
    client.force_login(make_user(role="Editor"))
    address = make_article().get_absolute_url()
    cookie = f"session={client.cookies['session'].value}"
    public = ask(layer, address)
    mine = ask(layer, address, cookie=cookie)
    assert "no-store" in mine["Cache-Control"]
    assert mine.body != public.body
    assert ask(layer, address).body == public.body
    assert len(behind.asked) == 2


@pytest.mark.parametrize("path", ["/healthz", "/accounts/sign-in/", "/admin/", "/static/css/newsroom.css", "/nowhere"])
def test_what_is_no_readers_page_reaches_django_untouched(layer, behind, path):
    ask(layer, path, cookie="reader=x")
    ask(layer, path, cookie="reader=x")
    assert len(behind.asked) == 2
    assert not layer.pages


def test_readers_own_pages_are_never_kept(layer):
    """S15: form, rating and thread differ per reader."""
    article = make_article()
    for address in (f"{article.get_absolute_url()}comments/", article.get_rating_url()):
        answer = ask(layer, address)
        assert answer.status == 200
        assert "no-store" in answer["Cache-Control"]
    assert not layer.pages


def test_post_goes_through(layer, behind):
    article = make_article()
    answer = ask(layer, article.get_rating_url(), "POST", origin="http://testserver")
    assert answer.status == 400
    assert behind.asked == [article.get_rating_url()]


def test_key_is_the_same_in_any_order_and_without_unknown_parameters(layer, behind):
    """S15"""
    make_article(category=make_category("Harbour"))
    first = ask(layer, "/archive/?category=harbour")
    for query in ("utm_source=a&category=harbour", "category=harbour&x=1", "category=other&category=harbour"):
        assert ask(layer, f"/archive/?{query}").body == first.body
    assert len(behind.asked) == 1


def test_archive_by_another_calendar_is_kept_until_the_edition_chooses_otherwise(layer, behind):
    edition = Edition.objects.create(language="fa", name="پیک", archive_calendar="persian")
    day = timezone.localdate(make_article(language="fa").publish_at)
    month = PERSIAN.month_of(day)
    address = f"/fa/archive/persian/{month.year}/{month.number:02}/"
    layer.look()
    for number in range(3):
        assert ask(layer, f"{address}?x={number}").status == 200
    assert behind.asked == [address]
    edition.archive_calendar = "gregorian"
    edition.save()
    layer.look()
    assert ask(layer, address).status == 404


def test_random_parameters_make_no_entry(layer, behind):
    """S15"""
    address = make_article().get_absolute_url()
    for number in range(300):
        assert ask(layer, f"{address}?x{number}={number}").status == 200
    assert len(layer.pages) == 1
    assert len(behind.asked) == 1


def test_memory_is_bounded_and_what_is_asked_for_stays(behind):
    """S15, F16"""
    articles = [make_article() for _ in range(8)]
    layer = PageCache(behind, size=100_000, follows=False)
    layer.look()
    favourite, *others = (article.get_absolute_url() for article in articles)
    for address in others:
        ask(layer, favourite)
        ask(layer, address)
        assert layer.size <= 100_000
    assert behind.asked.count(favourite) == 1
    assert 1 < len(layer.pages) < 8
    assert layer.size == sum(entry.size for entry in layer.pages.values())
    assert set().union(*layer.by_tag.values()) == set(layer.pages)


def test_each_host_and_scheme_has_its_own_page(layer, behind, settings):
    settings.ALLOWED_HOSTS = ["testserver", "127.0.0.1"]
    settings.TRUSTED_PROXIES = ["192.0.2.0/24"]
    pagecache._is_proxy.cache_clear()
    address = make_article().get_absolute_url()
    ask(layer, address)
    ask(layer, address, HTTP_HOST="127.0.0.1")
    ask(layer, address, x_forwarded_proto="https")
    assert len(layer.pages) == 3
    assert ask(layer, address, HTTP_HOST="evil.example").status == 400
    assert len(layer.pages) == 3
    pagecache._is_proxy.cache_clear()


@pytest.mark.parametrize("query", ["category=%ff", "category=" + "a" * 600, "&".join("category=a" for _ in range(40))])
def test_odd_query_is_left_to_the_view(layer, query):
    """S26"""
    assert ask(layer, f"/archive/?{query}").status in {200, 404}
    assert not layer.pages


def test_errors_and_redirects_are_kept_for_seconds(layer, behind):
    """S15"""
    article = make_article()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(2):
            assert ask(layer, "/nowhere/").status == 404
            assert ask(layer, f"/articles/{article.pk}/old-headline/").status == 301
        assert len(behind.asked) == 2
        clock.shift(pagecache.LIFE_OF_ERROR + 1)
        ask(layer, "/nowhere/")
        assert len(behind.asked) == 3


def test_failure_is_not_kept_and_what_was_kept_is_shown_instead(layer, behind):
    """F2"""
    address = make_article().get_absolute_url()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        page = ask(layer, address)
        behind.handler = failing
        clock.shift(pagecache.LIFE + 1)
        assert ask(layer, address).body == page.body
        other = ask(layer, "/archive/")
        assert other.status == 503
        assert len(layer.pages) == 1


def failing(environ, start_response):
    start_response("503 Service Unavailable", [("Content-Length", "4")])
    return [b"away"]


def test_one_renders_and_the_others_wait(behind):
    """Several ask for a page that nobody has yet: Django is asked once."""
    gate, asked = threading.Event(), []

    def slow(environ, start_response):
        asked.append(1)
        gate.wait(30)
        start_response("200 OK", [("Content-Length", "3")])
        return [b"one"]

    layer = PageCache(slow, size=10_000, follows=False)
    layer.look()
    bodies = []
    threads = [threading.Thread(target=lambda: bodies.append(ask(layer, "/archive/").body)) for _ in range(5)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join(30)
    assert bodies == [b"one"] * 5
    assert len(asked) == 1


# When a page ends


def test_change_ends_the_pages_that_show_it_and_no_others(layer, behind):
    """An article's change reaches its page, its neighbours and its lists in another process by the table."""
    category, other = make_category(), make_category()
    oldest, older, article, newer = (
        make_article(hours_ago=hours, category=category if hours == 2 else other) for hours in (4, 3, 2, 1)
    )
    layer.look()
    addresses = {
        name: thing.get_absolute_url()
        for name, thing in {
            "oldest": oldest,
            "older": older,
            "article": article,
            "newer": newer,
            "category": category,
            "other": other,
        }.items()
    } | {"front": "/", "archive": "/archive/", "page": make_page().get_absolute_url()}
    layer.look()
    for address in addresses.values():
        ask(layer, address)
    article.headline = "Another headline"
    article.save()
    assert len(layer.pages) == 9
    layer.look()
    behind.asked.clear()
    for address in addresses.values():
        ask(layer, address)
    again = {name for name, address in addresses.items() if address in behind.asked}
    assert again == {"article", "older", "newer", "category", "front", "archive", "page"}
    assert "Another headline" in ask(layer, addresses["newer"]).text


@pytest.mark.parametrize("how", ["withdraw", "delete", "move"])
def test_what_is_taken_away_ends_every_page_of_the_edition(layer, how):
    """S12"""
    article, other = make_article("Canary"), make_article()
    persian = make_article(language="fa")
    layer.look()
    addresses = [article.get_absolute_url(), other.get_absolute_url(), "/", "/tags/", persian.get_absolute_url()]
    for address in addresses:
        ask(layer, address)
    if how == "withdraw":
        workflow.withdraw(article, by=make_user(role="Editor"))
    elif how == "delete":
        article.delete()
    else:
        article.publish_at = timezone.now() + timedelta(days=1)
        article.save()
    layer.look()
    assert {entry.key[2] for entry in layer.pages.values()} == {persian.get_absolute_url()}
    assert "Canary" not in ask(layer, "/").text
    assert ask(layer, addresses[0]).status == 404


def test_draft_marks_nothing():
    make_draft()
    assert not StaleTag.objects.exists()


def test_publishing_ends_the_answer_that_there_is_none(layer):
    article = make_draft()
    assert ask(layer, article.get_absolute_url()).status == 404
    workflow.publish(article, by=make_user(role="Editor"))
    layer.look()
    assert ask(layer, article.get_absolute_url()).status == 200


def test_decision_on_a_comment_ends_the_page_of_its_article(layer):
    article, other = make_article(), make_article()
    comment = make_comment(article, "canaryword", state=Comment.State.PENDING)
    moderator = make_user(role="Moderator")
    layer.look()
    for address in (article.get_absolute_url(), other.get_absolute_url()):
        assert "canaryword" not in ask(layer, address).text
    moderation.approve([comment], by=moderator)
    layer.look()
    assert [entry.key[2] for entry in layer.pages.values()] == [other.get_absolute_url()]
    assert "canaryword" in ask(layer, article.get_absolute_url()).text
    comment.refresh_from_db()
    moderation.reject([comment], by=moderator)
    layer.look()
    assert "canaryword" not in ask(layer, article.get_absolute_url()).text


def test_waiting_comment_ends_no_page(layer):
    article = make_article()
    layer.look()
    ask(layer, article.get_absolute_url())
    make_comment(article, state=Comment.State.PENDING)
    layer.look()
    assert layer.pages


@pytest.mark.parametrize(
    "change",
    [
        lambda article: make_appeal("New appeal"),
        lambda article: make_page("New page"),
        lambda article: make_category("New category"),
        lambda article: make_correction(article),
        lambda article: article.category.delete() if article.category else article.tags.get().delete(),
        lambda article: article.authors.get().save(),
    ],
)
def test_change_of_what_stands_around_an_article_ends_its_page(layer, change):
    article = make_article(authors=[make_author()], tags=["Boats"])
    layer.look()
    ask(layer, article.get_absolute_url())
    change(article)
    layer.look()
    assert not layer.pages


def test_page_that_was_being_made_when_it_changed_is_not_kept(layer, behind):
    article = make_article()
    layer.look()
    handler = behind.handler

    def changing(environ, start_response):
        answer = handler(environ, start_response)
        Article.objects.get(pk=article.pk).save()
        layer.look()
        return answer

    behind.handler = changing
    assert ask(layer, article.get_absolute_url()).status == 200
    assert not layer.pages


def test_number_that_is_committed_late_is_still_seen(layer):
    """Two transactions: the one with the lower number ends later."""
    article, other = make_article(), make_article()
    layer.look()
    for row in (article, other):
        ask(layer, row.get_absolute_url())
    highest = StaleTag.objects.order_by("-pk").first().pk
    StaleTag.objects.create(pk=highest + 2, tag=f"article:{other.pk}")
    layer.look()
    StaleTag.objects.create(pk=highest + 1, tag=f"article:{article.pk}")
    layer.look()
    assert not layer.pages


def test_change_is_known_at_once_where_it_was_made(layer, django_capture_on_commit_callbacks):
    article = make_article()
    layer.look()
    ask(layer, article.get_absolute_url())
    with django_capture_on_commit_callbacks(execute=True):
        article.save()
    assert not layer.pages


def test_change_that_is_undone_marks_nothing(layer):
    """F1: the tags share the transaction of the change."""
    from django.db import transaction

    article = make_article()
    before = StaleTag.objects.count()
    with transaction.atomic():
        article.save()
        transaction.set_rollback(True)
    assert StaleTag.objects.count() == before


def test_process_that_saw_too_much_at_once_forgets_everything(layer, monkeypatch):
    monkeypatch.setattr(tail, "MANY", 10)
    ask(layer, "/")
    stale.mark(*(f"article:{number}" for number in range(20)))
    layer.look()
    assert not layer.pages
    ask(layer, "/")
    layer.look()
    assert not layer.pages  # numbers below may still come
    layer.tail.known = [(moment - stale.WINDOW, number) for moment, number in layer.tail.known]
    layer.look()
    ask(layer, "/")
    layer.look()
    assert layer.pages


def test_process_that_was_blind_for_long_forgets_everything(layer):
    ask(layer, "/")
    layer.tail.read_at -= tail.BLIND + 1
    layer.look()
    assert not layer.pages


def test_old_tags_end(layer):
    stale.mark("lists:en")
    with time_machine.travel(timezone.now() + stale.KEEP + timedelta(minutes=1)):
        stale.mark("lists:fa")
        stale.prune()
    assert [row.tag for row in StaleTag.objects.all()] == ["lists:fa"]


MOMENTS = {
    "publish": lambda: make_article("Canary", publish_at=NOW + timedelta(minutes=2)),
    "end": lambda: make_article("Canary", hours_ago=0, publish_at=NOW, expire_at=NOW + timedelta(minutes=2)),
    "featured until": lambda: make_article(
        "Canary", publish_at=NOW, featured_slot="lead", featured_until=NOW + timedelta(minutes=2)
    ),
    "correction": lambda: make_correction(make_article(publish_at=NOW), published_at=NOW + timedelta(minutes=2)),
    "appeal begins": lambda: make_appeal("Canary", starts_at=NOW + timedelta(minutes=2)),
    "appeal ends": lambda: make_appeal("Canary", starts_at=NOW, ends_at=NOW + timedelta(minutes=2)),
}


@pytest.mark.parametrize("what", MOMENTS)
def test_page_ends_at_the_moment_at_which_the_clock_changes_it(layer, behind, what):
    """F9: nothing runs at that moment, no process looks at the table."""
    with time_machine.travel(NOW, tick=False) as clock:
        MOMENTS[what]()
        layer.moments_until = 0.0
        layer.look()
        clock.shift(1)
        ask(layer, "/")
        behind.asked.clear()
        clock.move_to(NOW + timedelta(seconds=119))
        ask(layer, "/")
        assert behind.asked == []
        clock.move_to(NOW + timedelta(seconds=120))
        ask(layer, "/")
        assert behind.asked == ["/"]
        ask(layer, "/")
        assert behind.asked == ["/"]


def test_page_ends_at_midnight_of_the_newsroom(layer, behind, settings):
    """F9: the masthead names the day."""
    settings.TIME_ZONE = "Asia/Kathmandu"  # +05:45
    midnight = datetime(2026, 6, 15, 18, 15, tzinfo=UTC)
    with time_machine.travel(midnight - timedelta(seconds=5), tick=False) as clock:
        layer.moments_until = 0.0
        layer.look()
        before = ask(layer, "/")
        clock.shift(4)
        assert ask(layer, "/").body == before.body
        clock.shift(1)
        after = ask(layer, "/")
    assert len(behind.asked) == 2
    assert "2026-06-15" in before.text
    assert "2026-06-16" in after.text


def test_page_that_nothing_marks_ends_after_some_minutes(layer, behind):
    """Ratings, readings and other pages' sidebars may lag so long, and no longer."""
    make_article()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        ask(layer, "/")
        clock.shift(pagecache.LIFE - 1)
        ask(layer, "/")
        assert len(behind.asked) == 1
        clock.shift(2)
        ask(layer, "/")
        assert len(behind.asked) == 2


def test_marks_cost_an_article_few_queries(django_assert_num_queries):
    article = make_article()
    with django_assert_num_queries(5):  # versions, both neighbours, one insert in a savepoint
        stale.article_saved(article, stale_before(article))


def stale_before(article):
    return {name: getattr(article, name) for name in ("state", "publish_at", "expire_at", "language")}


# Caches in front


class Caught:
    def __init__(self):
        self.requests = []

    def __call__(self, *handlers):
        return self

    def open(self, request, timeout):
        self.requests.append((request.get_method(), request.full_url, request.get_header("Cache-tag")))
        return self

    def close(self):
        pass


def test_cache_in_front_is_told_after_the_commit(settings, monkeypatch, django_capture_on_commit_callbacks):
    settings.PURGE_URLS = ["http://127.0.0.1:6081/"]
    caught = Caught()
    monkeypatch.setattr("newsroom.purge.build_opener", caught)
    with django_capture_on_commit_callbacks(execute=True):
        stale.mark("article:3", "lists:en")
        assert caught.requests == []
    assert caught.requests == [("PURGE", "http://127.0.0.1:6081/", "article:3,lists:en")]


def test_each_process_tells_the_cache_in_front_once_it_has_let_go(layer, settings, monkeypatch):
    """Between the change and that moment it may have given the old page to whoever asked."""
    settings.PURGE_URLS = ["http://127.0.0.1:6081/"]
    caught = Caught()
    monkeypatch.setattr("newsroom.purge.build_opener", caught)
    for tag in ("article:3", "lists:en"):
        StaleTag.objects.create(tag=tag)
    for _ in range(2):
        layer.look()
        for thread in threading.enumerate():
            if thread.name == "purge":
                thread.join()
    assert caught.requests == [("PURGE", "http://127.0.0.1:6081/", "article:3,lists:en")]


def test_cache_in_front_that_is_away_stops_nothing(settings, monkeypatch, caplog, django_capture_on_commit_callbacks):
    settings.PURGE_URLS = ["http://127.0.0.1:9/"]
    with django_capture_on_commit_callbacks(execute=True):
        stale.mark("article:3")
    assert "was not told what has gone stale" in caplog.text
