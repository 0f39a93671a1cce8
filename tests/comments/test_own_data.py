"""What is stored of somebody: said, taken away and erased by a link that reaches their mailbox."""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from articles.models import StaleTag
from comments import bans, letters, moderation, own_data, reports
from comments.models import Ban, Comment, Decision, Follow, Letter
from tests.comments.sending import hidden
from tests.conftest import ReaderClient
from tests.factories import make_article, make_comment, make_user
from tests.oracle import unsafe_parts

pytestmark = pytest.mark.django_db

PAGE = "/comments/data/"


def ask(client, email="oda@post.example", **fields):
    token = hidden(client.get(PAGE).content.decode(), "token")
    return client.post(PAGE, {"email": email, "token": token} | fields)


def link(mailoutbox, client, email="oda@post.example"):
    """The address in the letter that comes when somebody asks."""
    del mailoutbox[:]
    ask(client, email)
    letters.send_due()
    [letter] = mailoutbox
    assert [to.lower() for to in letter.to] == [email]
    return re.search(r"http://[^/\s]+(/\S*comments/data/\S+)", letter.body)[1]


@pytest.fixture
def comment():
    return make_comment(make_article(), "My own words.", email="oda@post.example", network="n" * 64, reader="r" * 64)


def test_page_says_what_is_stored_and_for_how_long(client, settings):
    settings.PERSONAL_DATA_DAYS = 47
    page = client.get(PAGE).content.decode()
    assert "for 47 days at most" in page
    assert "Akismet" not in page
    settings.AKISMET_KEY = "key"
    assert "Akismet" in client.get(PAGE).content.decode()


def test_letter_leads_to_a_file_with_everything(reader, comment, mailoutbox):
    moderation.reject([comment], by=make_user(role="Moderator"), reason="Off the story.")
    Follow.objects.create(comment=comment)
    make_comment(comment.article, "Somebody else's.", email="noor@post.example")
    path = link(mailoutbox, reader)
    page = reader.get(path).content.decode()
    assert "1 comment is stored" in page
    response = reader.get(f"{path}?file=1")
    assert response["Content-Type"].startswith("application/json")
    assert "attachment" in response["Content-Disposition"]
    assert "no-store" in response["Cache-Control"]
    [row] = json.loads(response.content)["comments"]
    assert (row["words"], row["email"], row["state"]) == ("My own words.", "oda@post.example", "rejected")
    assert row["log"][0]["reason"] == "Off the story."
    assert row["word_of_answers"] == {"how": "each", "confirmed": False}
    assert b"Somebody else" not in response.content


def test_file_holds_bans_of_the_mailbox_and_what_was_reported_and_names_nobody_else(reader, comment, mailoutbox):
    leo = make_user("leo", role="Moderator")
    ban = Ban(person="oda@post.example", effect="hold", reason="Long fights.", notes="Be kind to her.")
    bans.save(ban, by=leo)
    bans.save(Ban(person="noor@post.example", reason="Another's ban."), by=leo)
    bans.save(Ban(network="n" * 64, reason="A network's ban.", known_until=timezone.now()), by=leo)
    reports.report(comment, reporter="q" * 64, ground="insult", words="I am the ferryman.")
    moderation.reject([comment], by=leo)
    response = reader.get(f"{link(mailoutbox, reader)}?file=1")
    found = json.loads(response.content)
    [row] = found["bans"]
    assert (row["effect"], row["reason"], row["notes"], row["until"]) == (
        "hold",
        "Long fights.",
        "Be kind to her.",
        None,
    )
    assert [line["what"] for line in row["log"]] == ["banned"]
    [report] = found["comments"][0]["reports_against"]
    assert (report["ground"], report["outcome"]) == ("insult", "upheld")
    for words in ("leo", "ferryman", "Another's ban.", "A network's ban.", "q" * 60):
        assert words not in response.content.decode()


def test_everything_is_erased_and_the_log_says_so(reader, comment, mailoutbox):
    answer = make_comment(comment.article, "An answer.", parent=comment, email="noor@post.example")
    other = make_comment(make_article(), "Mine too.", email="Oda@post.example", state="pending")
    Letter.objects.create(key="waiting", to="oda@post.example", due_at=timezone.now() + timedelta(hours=1))
    path = link(mailoutbox, reader)
    StaleTag.objects.all().delete()
    assert reader.post(path, {"verb": "erase"}).status_code == 303
    for row in (comment, other):
        row.refresh_from_db()
        assert (row.body, row.name, row.email, row.person, row.network, row.reader) == ("",) * 6
        assert Decision.objects.filter(comment=row).first().what == "erased"
    assert (comment.state, other.state) == ("approved", "trash")  # an empty place stays above the answer
    answer.refresh_from_db()
    assert answer.body == "An answer."
    assert not Letter.objects.filter(key="waiting").exists()
    assert StaleTag.objects.filter(tag=f"article:{comment.article_id}").exists()
    assert "Nothing is stored under this address." in reader.get(path).content.decode()
    assert "comments" not in reader.get(f"{path}?file=1").get("Content-Disposition", "")
    assert reader.post(path, {"verb": "erase"}).status_code == 303
    assert Decision.objects.filter(what="erased").count() == 2


def test_answer_is_the_same_for_an_address_that_nobody_used(reader, comment, mailoutbox):
    known, unknown = ask(reader), ask(reader, "nobody@post.example")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    letters.send_due()
    assert len(mailoutbox) == 1
    assert "a letter with a link is on its way" in reader.get(known["Location"]).content.decode()


def test_other_names_of_a_mailbox_are_not_taken_for_it(reader, mailoutbox):
    make_comment(make_article(), email="oda+news@post.example")
    ask(reader)
    letters.send_due()
    assert mailoutbox == []


@pytest.mark.usefixtures("in_one_window")
def test_one_mailbox_gets_few_letters_a_day(reader, comment, mailoutbox):
    for _number in range(own_data.LETTERS + 2):
        ask(reader)
    letters.send_due()
    assert len(mailoutbox) == own_data.LETTERS


@pytest.mark.usefixtures("in_one_window")
def test_too_many_forms_of_a_network_are_told_to_wait(reader, comment, monkeypatch):
    monkeypatch.setattr(own_data, "FORMS", 1)
    ask(reader)
    response = ask(reader)
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert 'value="oda@post.example"' in response.content.decode()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"email": ""}, "Write the email address that you gave."),
        ({"email": "oda"}, "An address looks like"),
        ({"email": "\x00"}, "Write the email address"),
        ({"token": "x"}, "Send it once more."),
        ({"email": '"><img src=x onerror=alert(1)>@x'}, "An address looks like"),
    ],
)
def test_wrong_form_says_so_and_writes_nothing(reader, comment, fields, message):
    """F8, S5"""
    response = ask(reader, **fields)
    assert response.status_code == 400
    assert message in response.content.decode()
    assert unsafe_parts(response.content.decode()) == []
    assert not Letter.objects.exists()


def test_form_that_was_open_for_long_is_sent_once_more(reader, comment):
    token = hidden(reader.get(PAGE).content.decode(), "token")
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        response = reader.post(PAGE, {"email": "oda@post.example", "token": token})
        assert response.status_code == 400
        again = hidden(response.content.decode(), "token")
        assert reader.post(PAGE, {"email": "oda@post.example", "token": again}).status_code == 303


def test_link_ends_after_a_day_and_only_ours_opens(reader, comment, mailoutbox):
    path = link(mailoutbox, reader)
    assert "oda" not in path
    assert reader.get(f"{PAGE}1.x.y/").status_code == 404
    assert reader.get(path.replace(f"/{comment.pk}.", f"/{comment.pk + 1}.")).status_code == 404
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1), tick=False):
        assert reader.get(path).status_code == 404
        assert reader.post(path, {"verb": "erase"}).status_code == 404
    assert Comment.objects.get(pk=comment.pk).body


def test_nothing_is_erased_from_another_site_or_by_a_get(reader, comment, mailoutbox):
    path = link(mailoutbox, reader)
    reader.get(f"{path}?verb=erase")
    response = ReaderClient().post(path, {"verb": "erase"}, HTTP_ORIGIN="https://evil.example")
    assert response.status_code == 403
    assert Comment.objects.get(pk=comment.pk).body
