"""Upkeep by command: done twice it changes nothing, two at once harm nothing, and the last run is written down."""

import io
import threading

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles import body, library, readership, renditions, upkeep, uploads
from articles.models import Article, Image, Reading, ReadingHour, ReadingTotal, StaleTag, Upkeep
from articles.upkeep import refresh_statistics
from comments.models import Comment
from tests.articles.test_uploads import picture
from tests.factories import make_article, make_comment, make_page


def run(name, *arguments):
    out, errors = io.StringIO(), io.StringIO()
    call_command(name, *arguments, stdout=out, stderr=errors)
    return out.getvalue().splitlines()[-1], errors.getvalue()


def read(article, times, **fields):
    fields.setdefault("slot", readership.slot_of(timezone.now()))
    rows = [Reading(article=article, reader=f"{fields.get('kind', '')}{number}", **fields) for number in range(times)]
    Reading.objects.bulk_create(rows)


def stored_image(django_capture_on_commit_callbacks):
    cleaned = uploads.clean_image(ContentFile(picture(size=(700, 400)), name="ferry.jpg"))
    with django_capture_on_commit_callbacks(execute=True):
        image, _ = library.add_image(cleaned)
    image.refresh_from_db()
    return image


@pytest.mark.django_db
def test_recount_mends_hours_and_sums_and_says_how_many():
    article, other = make_article(), make_article()
    read(article, 3)
    read(article, 2, kind=Reading.Kind.BOT)
    read(other, 1)
    readership.roll_up()
    assert run("recount_readings")[0] == "changed 0"
    ReadingHour.objects.filter(article=article).update(readings=9, bots=0)
    ReadingTotal.objects.filter(article=other).delete()
    assert run("recount_readings")[0] == "changed 2"
    hour = ReadingHour.objects.get(article=article)
    assert (hour.readings, hour.bots) == (3, 2)
    assert dict(ReadingTotal.objects.values_list("article", "readings")) == {article.pk: 3, other.pk: 1}
    assert run("recount_readings")[0] == "changed 0"


@pytest.mark.django_db
def test_recount_goes_through_all_articles_in_batches(monkeypatch):
    monkeypatch.setattr(readership, "BATCH", 2)
    articles = [make_article() for _ in range(5)]
    for article in articles:
        read(article, 2)
    readership.roll_up()
    ReadingTotal.objects.update(readings=0)
    assert run("recount_readings")[0] == "changed 5"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time anyway")
def test_reader_does_not_wait_while_totals_are_made_again():
    """F5: whoever rolls up goes on; the rows stay for the next."""
    article = make_article()
    read(article, 2)
    done = []

    def roll_up():
        done.append(readership.roll_up())
        connection.close()

    with transaction.atomic():
        readership._hold_totals()
        thread = threading.Thread(target=roll_up)
        thread.start()
        thread.join(30)
    assert done == [0]
    assert readership.roll_up() == 2


@pytest.mark.django_db
def test_last_run_is_written_down():
    run("recount_readings")
    last = Upkeep.objects.get(name="recount_readings")
    assert last.note == "changed 0"
    assert last.started_at <= last.finished_at


@pytest.mark.django_db
def test_failed_run_has_no_end(monkeypatch):
    run("recount_readings")

    def fail(stepped):
        raise RuntimeError("no")

    monkeypatch.setattr(readership, "recount", fail)
    with pytest.raises(RuntimeError):
        run("recount_readings")
    assert Upkeep.objects.get(name="recount_readings").finished_at is None


@pytest.mark.django_db
def test_renditions_that_are_not_there_are_made(django_capture_on_commit_callbacks):
    image = stored_image(django_capture_on_commit_callbacks)
    assert run("render_images")[0] == "rendered 0, failed 0"
    before = image.renditions
    default_storage.delete(before["webp"][0][2])
    assert run("render_images")[0] == "rendered 1, failed 0"
    assert default_storage.exists(before["webp"][0][2])
    Image.objects.update(renditions={})
    assert run("render_images")[0] == "rendered 1, failed 0"
    image.refresh_from_db()
    assert image.renditions == before
    assert run("render_images", "--all")[0] == "rendered 1, failed 0"


@pytest.mark.django_db
def test_picture_that_is_away_or_broken_is_named_and_the_rest_goes_on(django_capture_on_commit_callbacks):
    image = stored_image(django_capture_on_commit_callbacks)
    away = Image.objects.create(file=f"images/{'0' * 32}.jpg", content_hash="0", width=9, height=9)
    broken = Image.objects.create(
        file=renditions.store(f"images/{'1' * 32}.jpg", b"no picture"), content_hash="1", width=9, height=9
    )
    Image.objects.update(renditions={})
    last, errors = run("render_images")
    assert last == "rendered 1, failed 2"
    assert f"Picture {away.pk} " in errors
    assert f"Picture {broken.pk} " in errors
    image.refresh_from_db()
    assert image.renditions


@pytest.mark.django_db
def test_bodies_of_an_older_sanitiser_are_cleaned_again():
    article, other = make_article(), make_article()
    page = make_page()
    StaleTag.objects.all().delete()
    dirty = {
        "body": "<p onclick=x>Hi<script>x</script></p>",
        "body_html": "<p onclick=x>Hi</p>",
        "sanitizer_version": 1,
    }
    Article.objects.filter(pk=article.pk).update(**dirty)
    type(page).objects.filter(pk=page.pk).update(**dirty)
    assert run("resanitize")[0] == "cleaned 2, changed 2"
    for row in (article, page):
        row.refresh_from_db()
        assert (row.body, row.body_html) == ("<p>Hi</p>", "<p>Hi</p>")
        assert row.sanitizer_version == body.SANITIZER_VERSION
    tags = set(StaleTag.objects.values_list("tag", flat=True))
    assert {f"article:{article.pk}", f"page:{page.pk}", "lists:en"} <= tags
    assert f"article:{other.pk}" not in tags
    assert run("resanitize")[0] == "cleaned 0, changed 0"


@pytest.mark.django_db
def test_all_bodies_and_comments_are_cleaned_again():
    article = make_article()
    comment = make_comment(article, "Words")
    assert run("resanitize", "--all")[0] == "cleaned 2, changed 0"
    Comment.objects.update(body_html="<p onclick=x>Words</p>")
    assert run("resanitize", "--all")[0] == "cleaned 2, changed 1"
    comment.refresh_from_db()
    assert comment.body_html == body.sanitize_comment("Words")


@pytest.mark.django_db
def test_who_saves_meanwhile_loses_nothing(monkeypatch):
    article = make_article()
    Article.objects.update(sanitizer_version=1)
    sanitize = body.sanitize

    def save_first(html):
        Article.objects.filter(pk=article.pk).update(body="<p>Newer.</p>", body_html="<p>Newer.</p>")
        return sanitize(html)

    monkeypatch.setattr(body, "sanitize", save_first)
    run("resanitize")
    article.refresh_from_db()
    assert (article.body, article.body_html) == ("<p>Newer.</p>", "<p>Newer.</p>")


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL gathers its statistics by itself")
def test_sqlite_gets_its_statistics_now_and_then():
    make_article()
    with connection.cursor() as cursor:
        refresh_statistics()
        cursor.execute("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'articles_article'")
        assert cursor.fetchone()[0] > 0
    first = Upkeep.objects.get(name="statistics").finished_at
    refresh_statistics()
    assert Upkeep.objects.get(name="statistics").finished_at == first


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="only FTS5 has tables of its own")
def test_search_index_of_an_empty_site_is_not_taken_for_a_small_one():
    """Each time that pieces of it were merged, the whole index was read for what the planner knew."""
    upkeep.analyze()
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN DELETE FROM articles_searchwords_data WHERE id >= 1 AND id <= 2")
        (*_numbers, plan) = cursor.fetchone()
    assert plan.startswith("SEARCH")


@pytest.mark.django_db
@pytest.mark.parametrize(("plan", "times"), [([("a migration", False)], 1), ([], 0)])
def test_planner_gets_to_know_the_tables_after_migrations(plan, times):
    """One that makes a table anew on SQLite drops what was known of it."""
    with CaptureQueriesContext(connection) as captured:
        emit_post_migrate_signal(0, False, connection.alias, plan=plan)
    assert [query["sql"] for query in captured.captured_queries].count("ANALYZE") == times
