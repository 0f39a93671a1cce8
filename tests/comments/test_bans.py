"""Bans, suspensions and always-hold: set down at the desk, honoured by the checks."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from comments import privacy, reports
from comments.models import Ban, Comment, Report
from tests.comments.sending import send
from tests.factories import make_article, make_comment, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    client.force_login(make_user("leo", role="Moderator"))
    return client


def ban(desk, comment, **fields):
    fields = {"effect": "reject", "whom": "person", "reason": "Spam.", "days": ""} | fields
    return desk.post(
        reverse("admin:comments_comment_queue"), {"do": "ban", "comment": comment.pk} | fields, follow=True
    )


@pytest.mark.parametrize("email", ["o.da+boats@googlemail.com", "ODA@gmail.com"])
def test_banned_mailbox_is_refused_in_all_its_spellings(desk, reader, email):
    ban(desk, make_comment(make_article(), email="oda@gmail.com"))
    row = Ban.objects.get()
    assert (row.person, row.network, row.ends_at, row.by.username) == ("oda@gmail.com", "", None, "leo")
    send(reader, make_article(comment_mode="open"), email=email)
    comment = Comment.objects.first()
    assert comment.state == "rejected"
    assert comment.reasons[0]["check"] == "bans"
    assert comment.decisions.get().reason == "Banned: Spam."


def test_always_held_waits_where_comments_are_open(desk, reader):
    ban(desk, make_comment(make_article(), email="oda@post.example"), effect="hold")
    send(reader, make_article(comment_mode="open"))
    comment = Comment.objects.first()
    assert (comment.state, comment.reasons[0]["reason"]) == ("pending", "Always held: Spam.")


def test_suspension_ends(desk, reader):
    ban(desk, make_comment(make_article(), email="oda@post.example"), days="3")
    with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1)):
        send(reader, make_article(comment_mode="open"))
        assert "bans" not in {row["check"] for row in Comment.objects.first().reasons}


def test_network_is_banned_by_its_hash(desk, reader, another_reader):
    send(reader, make_article())
    ban(desk, Comment.objects.get(), whom="network")
    assert len(Ban.objects.get().network) == 64
    send(reader, make_article(), email="other@post.example", body="Something else.")
    assert Comment.objects.first().state == "rejected"
    send(another_reader, make_article(), email="third@post.example", body="And another.")
    assert Comment.objects.first().state == "pending"


@pytest.mark.parametrize(
    "fields", [{"reason": ""}, {"days": "-1"}, {"days": "x"}, {"days": "99999"}, {"effect": "x"}, {"whom": "x"}]
)
def test_odd_bans_are_refused(desk, fields):
    """S26"""
    ban(desk, make_comment(make_article()), **fields)
    assert not Ban.objects.exists()


def test_ban_without_anything_known_is_refused(desk):
    response = ban(desk, make_comment(make_article(), email=""))
    assert [str(message) for message in response.context["messages"]] == ["This is not known of the writer."]
    with pytest.raises(IntegrityError), transaction.atomic():
        Ban.objects.create(reason="Nobody.")


def test_bans_stand_beside_the_comment_and_in_their_list(desk):
    comment = make_comment(make_article(), email="oda@gmail.com", state="pending")
    fields = {"effect": "hold", "person": "O.D.A@gmail.com", "reason": "Long fights.", "notes": "", "ends_at_0": ""}
    response = desk.post(reverse("admin:comments_ban_add"), fields)
    assert response.status_code == 302
    row = Ban.objects.get()
    assert (row.person, row.by.username) == ("oda@gmail.com", "leo")
    page = desk.get(reverse("admin:comments_comment_queue"), {"comment": comment.pk}).content.decode()
    assert "Long fights." in page
    assert "oda@gmail.com" in desk.get(reverse("admin:comments_ban_changelist")).content.decode()
    fields["person"] = "no address"
    assert desk.post(reverse("admin:comments_ban_add"), fields).status_code == 200


def test_bans_are_for_moderators(client):
    """S13"""
    client.force_login(make_user(role="Editor"))
    assert client.get(reverse("admin:comments_ban_changelist")).status_code == 403


def test_hashes_of_networks_end(desk, reader):
    article = make_article()
    send(reader, article)
    comment = Comment.objects.get()
    ban(desk, comment, whom="network")
    ban(desk, make_comment(article, email="oda@post.example"))
    for number in range(2):
        reports.report(comment, reporter=f"{number}" * 64, ground="insult")
    assert privacy.purge_networks(timezone.now() - timedelta(days=1)) == 0
    assert privacy.purge_networks(timezone.now() + timedelta(days=1)) == 4
    assert privacy.purge_networks(timezone.now() + timedelta(days=1)) == 0
    assert Ban.objects.get().person
    assert set(Report.objects.values_list("reporter", flat=True)) == {f"ended-{row.pk}" for row in Report.objects.all()}
