"""The clock: times that daylight saving skips or gives twice, and what falls due at its moment, once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone

from articles import clock, due, versions, workflow
from articles.models import Article, CategoryListing, StaleTag, Upkeep
from articles.versions import Kind
from tests.articles.desk import change, form, opened
from tests.factories import make_article, make_category, make_draft, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def announced():
    """The numbers of the stories that were announced."""
    numbers = []

    def note(sender, article, **kwargs):
        numbers.append(article.pk)

    workflow.announced.connect(note)
    yield numbers
    workflow.announced.disconnect(note)


@pytest.fixture
def editor(client):
    client.editor = make_user("ed", role="Editor")
    client.force_login(client.editor)
    return client


def read(zone, text):
    with timezone.override(zone):
        return clock.read(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("zone", "text", "utc"),
    [
        ("Europe/Lisbon", "2027-07-14 09:30", "2027-07-14T08:30"),
        ("Asia/Tehran", "2027-03-22 00:30", "2027-03-21T21:00"),  # no daylight saving since 2022
        ("Asia/Kathmandu", "2028-02-29 06:00", "2028-02-29T00:15"),  # a leap day, +05:45
        ("Pacific/Kiritimati", "2027-01-01 00:00", "2026-12-31T10:00"),
        ("UTC", "9998-12-31 23:59", "9998-12-31T23:59"),
    ],
)
def test_time_is_that_of_the_newsrooms_zone(zone, text, utc):
    """F9"""
    assert read(zone, text) == (datetime.fromisoformat(utc).replace(tzinfo=UTC), False)


@pytest.mark.parametrize(
    ("zone", "text"), [("Europe/Lisbon", "2027-03-28 01:30"), ("America/New_York", "2027-03-14 02:30")]
)
def test_time_in_the_gap_of_spring_is_refused_with_the_reason(zone, text):
    """F9"""
    with pytest.raises(ValidationError) as refused:
        read(zone, text)
    assert f"{text} does not exist in {zone}: the clocks are put forward over it." in refused.value.messages[0]


def test_time_that_comes_twice_is_the_first():
    """F9"""
    assert read("Europe/Lisbon", "2027-10-31 01:30") == (datetime(2027, 10, 31, 0, 30, tzinfo=UTC), True)
    assert read("America/New_York", "2027-11-07 01:30") == (datetime(2027, 11, 7, 5, 30, tzinfo=UTC), True)


@pytest.mark.parametrize("text", ["9999-12-31 23:59", "1899-12-31 00:00"])
def test_year_that_no_archive_has_is_refused(text):
    """F9"""
    with pytest.raises(ValidationError, match="Choose a year"):
        read("Pacific/Kiritimati", text)


def test_form_names_the_zone_refuses_the_gap_and_says_what_comes_twice(editor, settings):
    """F9"""
    settings.TIME_ZONE = "Europe/Lisbon"
    address = reverse("admin:articles_article_add")
    assert "Time zone: Europe/Lisbon." in editor.get(address).content.decode()
    response = editor.post(address, form(publish_at_0="2027-03-28", publish_at_1="01:30"))
    assert "does not exist in Europe/Lisbon" in response.content.decode()
    assert 'value="01:30"' in response.content.decode()
    assert not Article.objects.exists()
    response = editor.post(address, form(publish_at_0="2027-10-31", publish_at_1="01:30"), follow=True)
    assert "2027-10-31 01:30 comes twice in Europe/Lisbon" in response.content.decode()
    assert Article.objects.get().publish_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(("at", "said"), [("2027-03-28T01:30", "does not exist"), ("2027-10-31T01:30", "comes twice")])
def test_button_that_takes_a_time_says_the_same(editor, settings, at, said):
    """F9"""
    settings.TIME_ZONE = "Europe/Lisbon"
    article = make_draft()
    address = reverse("admin:articles_verb", args=[article.pk, "schedule"])
    assert said in editor.post(address, {"at": at}, follow=True).content.decode()
    article.refresh_from_db()
    assert (article.state == "published") is (said == "comes twice")


def test_story_is_public_exactly_from_its_moment_on_though_nothing_runs(reader):
    """F9: also while the clock stands five minutes back or forward."""
    at = datetime(2027, 7, 14, 9, 0, tzinfo=UTC)
    article = make_draft("Quay", state="published", publish_at=at)
    for moment, status in (
        (at - timedelta(microseconds=1), 404),
        (at, 200),
        (at - timedelta(minutes=5), 404),
        (at + timedelta(minutes=5), 200),
    ):
        with time_machine.travel(moment, tick=False):
            assert reader.get(article.get_absolute_url()).status_code == status


def test_story_is_announced_once_however_often_the_command_runs(announced, django_capture_on_commit_callbacks):
    """F9: and the clock that goes back announces nothing again."""
    at = datetime(2027, 7, 14, 9, 0, tzinfo=UTC)
    article = make_draft("Quay", state="published", publish_at=at)
    with django_capture_on_commit_callbacks(execute=True):
        for minutes in (-1, 0, 60, -5, 61):
            with time_machine.travel(at + timedelta(minutes=minutes), tick=False):
                due.publish_due()
    assert announced == [article.pk]


def test_publishing_now_announces_at_once(announced, django_capture_on_commit_callbacks):
    article = make_draft()
    with django_capture_on_commit_callbacks(execute=True):
        workflow.publish(article, by=make_user(role="Editor"))
        due.publish_due()
    assert announced == [article.pk]


def test_old_stories_count_as_announced_and_nobody_is_told(announced, django_capture_on_commit_callbacks):
    make_article(hours_ago=100)
    with django_capture_on_commit_callbacks(execute=True):
        due.publish_due()
    assert announced == []
    assert not Article.objects.filter(announced_at=None).exists()


def waiting(article, at, **fields):
    editor = make_user(role="Editor")
    workflow.change(article, {**versions.stored(article), **fields}, by=editor)
    article.revisions.pending().update(apply_at=at)
    return editor


def test_scheduled_changes_are_read_from_their_moment_on_though_nothing_runs(reader):
    """F9"""
    at = timezone.now() + timedelta(days=1)
    article = make_article("Before", body="<p>Old words.</p>")
    waiting(article, at, body="<p>New words.</p>")
    for moment, words in ((at - timedelta(seconds=1), "Old words."), (at, "New words.")):
        with time_machine.travel(moment, tick=False):
            assert words in reader.get(article.get_absolute_url()).content.decode()


def test_command_applies_scheduled_changes_and_writes_down_its_run():
    """F9"""
    at = timezone.now() + timedelta(days=1)
    article = make_article("Before")
    writer = waiting(article, at, headline="After")
    due.publish_due()
    assert versions.pending(article)
    with time_machine.travel(at + timedelta(hours=1), tick=False):  # an hour late
        call_command("publish_due", verbosity=0)
    article.refresh_from_db()
    assert article.headline == "After"
    assert versions.pending(article) is None
    assert versions.standing(article).created_by == writer
    run = Upkeep.objects.get(name="publish_due")
    assert run.finished_at
    assert run.note.startswith("announced 0, changed 1, ended 0, refused 0")


def test_changes_that_cannot_be_published_keep_their_time_and_say_why():
    """F9"""
    at = timezone.now() + timedelta(days=1)
    article = make_article("Before")
    waiting(article, at, headline="After")
    Article.objects.filter(pk=article.pk).update(headline="By command")
    with time_machine.travel(at, tick=False):
        result = due.publish_due()
    assert "open the form and save" in result.refused[0]
    assert versions.pending(article).apply_at == at


def test_changes_of_a_withdrawn_story_wait_on():
    at = timezone.now() + timedelta(days=1)
    article = make_article("Before")
    editor = waiting(article, at, headline="After")
    workflow.withdraw(article, by=editor)
    with time_machine.travel(at, tick=False):
        due.publish_due()
    assert versions.pending(article).kind == Kind.PENDING


def test_ended_story_leaves_the_lists_and_their_pages_end():
    category = make_category()
    at = timezone.now() + timedelta(days=1)
    article = make_article(category=category, expire_at=at)
    with time_machine.travel(at - timedelta(seconds=1), tick=False):
        assert due.publish_due().ended == 0
    assert CategoryListing.objects.filter(article=article).exists()
    StaleTag.objects.all().delete()
    with time_machine.travel(at, tick=False):
        due.publish_due()
        assert due.publish_due().ended == 0
    assert not CategoryListing.objects.filter(article=article).exists()
    assert StaleTag.objects.filter(tag="lists:en").exists()


def test_order_of_stories_at_one_moment_is_stable(reader):
    """F9"""
    at = timezone.now() - timedelta(hours=1)
    for name in ("One", "Two", "Three"):
        make_article(name, publish_at=at)
    assert list(Article.objects.public().newest().values_list("headline", flat=True)) == ["Three", "Two", "One"]


def test_time_that_was_set_stays_set_by_another_save(editor):
    """F9"""
    at = timezone.now().replace(microsecond=0, second=0) + timedelta(days=1)
    article = make_draft(state="published", publish_at=at)
    change(editor, article, headline="After")
    article.refresh_from_db()
    assert (article.publish_at, article.state) == (at, "published")
    assert opened(editor, article)["headline"] == "After"


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_announce_and_apply_once(announced):
    """F9"""
    if connection.vendor == "sqlite":
        pytest.skip("threads cannot share SQLite's database in memory")
    at = timezone.now() - timedelta(minutes=1)
    articles = [make_article(f"Story {number}", publish_at=at) for number in range(5)]
    waiting(articles[0], at, headline="After")
    barrier, results = threading.Barrier(2), []

    def run():
        try:
            barrier.wait(timeout=30)
            results.append(due.publish_due())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(announced) == sorted(article.pk for article in articles)
    assert sum(result.changed for result in results) == 1
    articles[0].refresh_from_db()
    assert articles[0].headline == "After"
