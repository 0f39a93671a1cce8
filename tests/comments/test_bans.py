"""Bans, suspensions and always-hold: set down at the desk, honoured by the checks."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from comments import privacy, reports
from comments.models import Ban, Comment, Decision, Report
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
    assert (row.person, row.network, row.ends_at, row.known_until) == ("oda@gmail.com", "", None, None)
    assert row.by.username == "leo"
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


@pytest.mark.parametrize(("days", "asked"), [("", None), ("3650", 3650), ("5", 5)])
def test_ban_of_a_network_holds_until_its_end_and_never_longer_than_the_network_is_known(
    desk, reader, settings, days, asked
):
    settings.NETWORK_KEY_DAYS, settings.PERSONAL_DATA_DAYS = 10, 60
    begin = datetime.fromtimestamp(10 * 86400 * 2000, UTC) + timedelta(days=9)
    queue = reverse("admin:comments_comment_queue")
    with time_machine.travel(begin, tick=False):
        desk.force_login(make_user("ann", role="Moderator"))
        send(reader, make_article())
        comment = Comment.objects.get()
        page = desk.get(queue).content.decode()
        assert "This network can be told again until" in page
        ban(desk, comment, whom="network", days=days)
        row = Ban.objects.get()
        assert row.known_until == begin + timedelta(days=11)
        assert row.ends_at == (begin + timedelta(days=asked) if days == "5" else row.known_until)
    for days_on, is_banned in [(4, True), (10, days != "5"), (12, False)]:
        with time_machine.travel(begin + timedelta(days=days_on), tick=False):
            send(reader, make_article(comment_mode="open"), body=f"Words after {days_on} days.")
            assert (Comment.objects.first().state == "rejected") == is_banned
    with time_machine.travel(begin + timedelta(days=12), tick=False):
        desk.force_login(make_user("bo", role="Moderator"))
        page = desk.get(f"{queue}?tab=pending&comment={comment.pk}").content.decode()
        assert "the network it came from" not in page
        ban(desk, comment, whom="network")
        assert Ban.objects.count() == 1


def test_end_of_a_networks_ban_is_changed_within_what_is_known_of_it(desk):
    soon, late = timezone.now() + timedelta(days=2), timezone.now() + timedelta(days=9)
    row = Ban.objects.create(network="n" * 64, reason="Spam.", ends_at=soon, known_until=late)
    path = reverse("admin:comments_ban_change", args=[row.pk])
    assert "This network can be told again until" in desk.get(path).content.decode()
    assert desk.post(path, {"effect": "hold", "reason": "Spam.", "notes": "", "ends_at_0": ""}).status_code == 302
    row.refresh_from_db()
    assert (row.effect, row.ends_at) == ("hold", late)


def log_of(desk, comment):
    rows = desk.get(reverse("admin:comments_decision_changelist"), {"writer": comment.pk}).context["cl"].result_list
    return [(row.what, row.by.username, row.reason) for row in rows if row.ban_id]


def test_ban_has_its_lines_in_the_log_of_the_person(desk):
    comment = make_comment(make_article(), email="o.d.a@gmail.com", state="pending")
    make_comment(comment.article, email="noor@post.example")
    ban(desk, comment, days="30", reason="Long fights.")
    row = Ban.objects.get()
    path = reverse("admin:comments_ban_change", args=[row.pk])
    fields = {
        "effect": "hold",
        "person": "other@post.example",
        "reason": "Fights.",
        "notes": "Be kind.",
        "ends_at_0": "",
    }
    desk.post(path, fields)
    desk.post(path, fields)  # nothing new
    row.refresh_from_db()
    assert (row.person, row.effect, row.ends_at) == ("oda@gmail.com", "hold", None)
    end = {"action": "end_now", "_selected_action": row.pk}
    desk.post(reverse("admin:comments_ban_changelist"), end)
    desk.post(reverse("admin:comments_ban_changelist"), end)
    assert not Ban.objects.in_force().exists()
    lines = log_of(desk, comment)
    assert [(what, by) for what, by, _words in lines] == [
        ("ban_ended", "leo"),
        ("ban_change", "leo"),
        ("banned", "leo"),
    ]
    begun = Decision.objects.get(what="banned")
    until = timezone.localtime(timezone.now() + timedelta(days=30)).date().isoformat()
    assert begun.reason.startswith(f"banned: comments are rejected · {until}")
    assert begun.reason.endswith(" · Long fights.")
    assert lines[1][2] == "always held: comments wait for a moderator · Fights."
    assert log_of(desk, Comment.objects.get(email="noor@post.example")) == []
    page = desk.get(reverse("admin:comments_comment_queue"), {"comment": comment.pk}).content.decode()
    for words in ("ban set down", "ban changed", "ban ended", "Long fights."):
        assert words in page
    csv = b"".join(desk.get(reverse("admin:comments_decision_csv"))).decode()
    assert "Long fights." in csv
    assert "oda@gmail.com" not in csv


def test_ban_that_is_dropped_stays_in_the_log(desk):
    comment = make_comment(make_article(), email="oda@post.example")
    ban(desk, comment, days="3")
    assert (
        desk.post(reverse("admin:comments_ban_delete", args=[Ban.objects.get().pk]), {"post": "yes"}).status_code == 403
    )
    assert privacy.purge_bans(timezone.now() + timedelta(days=2)) == 0
    assert privacy.purge_bans(timezone.now() + timedelta(days=4)) == 1
    page = desk.get(reverse("admin:comments_decision_changelist"))
    assert page.status_code == 200
    assert "ban set down" in page.content.decode()


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
