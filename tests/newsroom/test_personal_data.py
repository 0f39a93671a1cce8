"""What is kept of readers ends: networks are known under keys that change, and upkeep empties what is old."""

import io
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from articles import ratings, readership, visitors
from articles.models import Rating, Reading, Upkeep
from comments import checks, privacy
from comments.models import Comment, Letter
from tests.comments.sending import send
from tests.factories import make_article, make_comment, make_rating

DAYS = timedelta(days=1)


def purge():
    out = io.StringIO()
    call_command("purge_personal_data", stdout=out)
    return out.getvalue().splitlines()[-1]


def test_network_is_known_for_the_days_of_a_key_and_those_after(rf, settings):
    settings.NETWORK_KEY_DAYS = 10
    request, other = rf.get("/", REMOTE_ADDR="192.0.2.1"), rf.get("/", REMOTE_ADDR="192.0.2.2")
    begin = datetime.fromtimestamp(2000 * 10 * 86400, UTC)
    first, earlier = visitors.network_hashes(request, begin)
    assert visitors.network_hashes(request, begin + 9 * DAYS) == (first, earlier)
    second, still = visitors.network_hashes(request, begin + 10 * DAYS)
    assert still == first
    assert len({first, earlier, second}) == 3
    assert first not in visitors.network_hashes(request, begin + 20 * DAYS)
    assert not {first, earlier} & set(visitors.network_hashes(other, begin))
    assert "192.0.2.1" not in first


@pytest.mark.django_db
def test_checks_know_a_network_across_the_change_of_its_key(reader, settings):
    settings.NETWORK_KEY_DAYS, settings.COMMENT_NETWORK_RATE = 10, 1
    change = datetime.fromtimestamp(2100 * 10 * 86400, UTC)
    article = make_article(publish_at=change - DAYS)
    with time_machine.travel(change - timedelta(minutes=5), tick=False):
        send(reader, article, body="The ferry was late again on Tuesday.")
    with time_machine.travel(change + timedelta(minutes=5), tick=False):
        send(
            reader,
            make_article(publish_at=change - DAYS),
            body="The ferry was late again on Tuesday.",
            email="x@post.example",
        )
    first, second = Comment.objects.order_by("pk")
    assert first.network != second.network
    assert {row["check"] for row in second.reasons} >= {"repeat", "network_rate"}


@pytest.mark.django_db
def test_burst_of_votes_is_known_across_the_change_of_the_key(rf, settings, monkeypatch):
    settings.NETWORK_KEY_DAYS = 10
    monkeypatch.setattr(ratings, "BURST", 1)
    change = datetime.fromtimestamp(2100 * 10 * 86400, UTC)
    article = make_article(publish_at=change - DAYS)
    for moment in (change - timedelta(minutes=5), change + timedelta(minutes=5)):
        with time_machine.travel(moment, tick=False):
            ratings.vote(article, rf.post("/"), "4")
    assert list(Rating.objects.order_by("pk").values_list("is_held", flat=True)) == [False, True]


@pytest.mark.django_db
def test_what_is_old_is_emptied_and_what_is_not_stays(settings):
    settings.PERSONAL_DATA_DAYS = 60
    now, article = timezone.now(), make_article()
    facts = {"network": "n" * 64, "reader": "r" * 64}
    new = make_comment(article, created_at=now - 59 * DAYS, **facts)
    old = make_comment(article, created_at=now - 61 * DAYS, **facts)
    older = make_comment(article, created_at=now - 366 * DAYS, **facts)
    votes = [make_rating(article, 4, network="n" * 64) for _number in range(2)]
    Rating.objects.filter(pk=votes[0].pk).update(created_at=now - 61 * DAYS)
    Reading.objects.create(
        article=article, reader="a", slot=readership.slot_of(now - readership.KEEP_ROWS - 2 * DAYS), is_counted=True
    )
    letter = Letter.objects.create(key="k", due_at=now, sent_at=now)
    Letter.objects.update(created_at=now - 31 * DAYS)
    assert purge() == "ended 3 networks, 1 readers, 1 readings, 1 letters, 0 bans"
    kept = {row.pk: (bool(row.network), bool(row.reader)) for row in Comment.objects.all()}
    assert kept == {new.pk: (True, True), old.pk: (False, True), older.pk: (False, False)}
    assert Comment.objects.get(pk=older.pk).email == "oda@example.org"
    assert [bool(network) for network in Rating.objects.order_by("pk").values_list("network", flat=True)] == [
        False,
        True,
    ]
    assert not Letter.objects.filter(pk=letter.pk).exists()
    assert purge() == "ended 0 networks, 0 readers, 0 readings, 0 letters, 0 bans"
    assert Upkeep.objects.get(name="purge_personal_data").finished_at


@pytest.mark.django_db
def test_old_rows_are_emptied_in_batches(monkeypatch):
    monkeypatch.setattr(privacy, "BATCH", 2)
    monkeypatch.setattr(ratings, "BATCH", 2)
    article, long_ago = make_article(), timezone.now() - 400 * DAYS
    for _number in range(5):
        make_comment(article, created_at=long_ago, network="n", reader="r")
        make_rating(article, 4, network="n")
    Rating.objects.update(created_at=long_ago)
    assert purge() == "ended 10 networks, 5 readers, 0 readings, 0 letters, 0 bans"
    assert not Comment.objects.exclude(network="", reader="").exists()


@pytest.mark.django_db
def test_emptied_comments_are_of_no_network(settings):
    """What is empty is like nothing else, so that no stranger is held for it."""
    settings.COMMENT_NETWORK_RATE = 1
    article = make_article()
    for _number in range(3):
        make_comment(article, network="")
    submission = checks.Submission(Comment(article=make_article(), body="Good evening to all.", email="", person=""))
    assert checks.network_rate(submission) == checks.PASSED
