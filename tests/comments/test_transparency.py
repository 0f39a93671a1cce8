"""The public page of decisions by month: counted from the log alone, and the same when it is counted again."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from comments import moderation, transparency
from comments.models import Comment, Decision
from tests.comments.sending import send
from tests.factories import make_article, make_comment, make_user

pytestmark = pytest.mark.django_db

PAGE = "/comments/decisions/"
MAY = datetime(2026, 5, 10, 12, tzinfo=UTC)


@pytest.fixture
def moderator():
    return make_user("leo", role="Moderator")


def at(moment):
    return time_machine.travel(moment, tick=False)


def written(moment, **fields):
    with at(moment):
        return make_comment(make_article(publish_at=moment - timedelta(days=1)), state="pending", **fields)


def decide(comment, verb, moment, by, **fields):
    with at(moment):
        verb([Comment.objects.get(pk=comment.pk)], by=by, **fields)


def test_figures_of_a_month_come_from_the_log(moderator):
    hour = timedelta(hours=1)
    first, second, third, fourth = (written(MAY) for _number in range(4))
    decide(first, moderation.approve, MAY + hour, moderator)
    decide(second, moderation.reject, MAY + 2 * hour, moderator, ground="insult")
    decide(third, moderation.mark_spam, MAY + 5 * hour, moderator)
    decide(fourth, moderation.approve, MAY + timedelta(days=30), moderator)
    figures = transparency.count(date(2026, 5, 1))
    assert (figures.received, figures.approved, figures.refused) == (4, 1, 2)
    assert figures.grounds == [("advertising", 1), ("insult", 1)]
    assert figures.median == 2 * hour
    june = transparency.count(date(2026, 6, 1))
    assert (june.received, june.approved, june.median) == (0, 1, timedelta(days=30))


def test_a_second_count_is_the_same_whatever_becomes_of_comments(moderator):
    comments = [written(MAY + timedelta(minutes=number)) for number in range(3)]
    for comment in comments:
        decide(comment, moderation.reject, MAY + timedelta(hours=1), moderator, ground="off_topic")
    before = transparency.count(date(2026, 5, 1))
    decide(comments[0], moderation.approve, MAY + timedelta(days=40), moderator)
    comments[1].article.delete()
    assert transparency.count(date(2026, 5, 1)) == before
    assert before.grounds == [("off_topic", 3)]


def test_what_checks_and_mode_did_stands_apart_from_decisions(reader):
    send(reader, make_article(comment_mode="open"))
    send(reader, make_article(), website="x", body="Something else altogether.")
    figures = transparency.count(timezone.localdate().replace(day=1))
    assert (figures.received, figures.shown_unread, figures.refused_by_checks) == (2, 1, 1)
    assert (figures.approved, figures.refused, figures.median) == (0, 0, None)
    assert figures.grounds == [("checks", 1)]


def test_undone_decision_and_withdrawn_comment_are_counted(moderator):
    comment = written(MAY)
    decide(comment, moderation.reject, MAY, moderator)
    with at(MAY):
        moderation.undo([Comment.objects.get()], by=moderator)
    Decision.objects.create(comment=comment, what="withdrawn", before="pending", after="trash", decided_at=MAY)
    figures = transparency.count(date(2026, 5, 1))
    assert (figures.refused, figures.undone, figures.withdrawn) == (1, 1, 1)


def test_own_comments_of_the_desk_do_not_make_the_newsroom_look_quick(moderator):
    decide(written(MAY, user=moderator), moderation.approve, MAY, moderator)
    decide(written(MAY), moderation.approve, MAY + timedelta(hours=3), moderator)
    assert transparency.count(date(2026, 5, 1)).median == timedelta(hours=3)


def test_month_is_that_of_the_sites_time_zone(settings, moderator):
    settings.TIME_ZONE = "Asia/Tehran"
    with timezone.override("Asia/Tehran"):
        written(datetime(2026, 4, 30, 21, tzinfo=UTC))
        assert transparency.count(date(2026, 5, 1)).received == 1
        assert transparency.count(date(2026, 4, 1)).received == 0


def test_page_shows_a_month_and_links_the_others(client, moderator):
    decide(written(MAY), moderation.reject, MAY + timedelta(hours=2, minutes=5), moderator, ground="insult")
    with at(MAY + timedelta(days=60)):
        page = client.get(f"{PAGE}2026/5/").content.decode()
        latest = client.get(PAGE).content.decode()
    assert "It insults or attacks somebody." in page
    assert "2 hours 5 minutes" in page
    assert f'href="{PAGE}2026/5/"' in latest
    assert "July 2026" in latest
    assert "so far" in latest
    assert "so far" not in page


@pytest.mark.parametrize("path", ["2026/4/", "2026/13/", "2026/0/", "9999/12/", "99999999999/1/"])
def test_month_of_which_the_log_knows_nothing_is_not_found(client, path):
    written(MAY)
    with at(MAY):
        assert client.get(PAGE + path).status_code == 404


def test_page_before_the_first_comment(client):
    assert "No comment has come yet." in client.get(PAGE).content.decode()


def test_page_names_nobody(client, moderator):
    """S27"""
    comment = written(MAY, name="Oda Fenwick", body="A private thing.")
    decide(comment, moderation.reject, MAY, moderator, reason="Oda again.")
    with at(MAY):
        page = client.get(PAGE).content.decode()
    for secret in ("Oda", "private thing", "leo"):
        assert secret not in page


@pytest.mark.parametrize("count", [1, 3])
def test_figures_take_the_same_number_of_queries(moderator, count, django_assert_num_queries):
    for _number in range(count):
        decide(written(MAY), moderation.approve, MAY, moderator)
    with django_assert_num_queries(3):
        transparency.count(date(2026, 5, 1))


def test_figures_are_kept_for_a_while(moderator, django_assert_num_queries):
    cache.clear()
    written(MAY)
    with at(MAY):
        first = transparency.of_month(date(2026, 5, 1))
    written(MAY)
    with at(MAY + timedelta(minutes=5)):
        assert transparency.of_month(date(2026, 5, 1)) == first
    cache.clear()  # the clock of a cache server is its own
    with at(MAY + timedelta(minutes=11)):
        assert transparency.of_month(date(2026, 5, 1)).received == 2
