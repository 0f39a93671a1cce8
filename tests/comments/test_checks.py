"""What checks find in a comment, and what becomes of it."""

import csv
import io
import logging
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from comments import akismet, people, promotion, work
from comments.models import Comment, WordList
from comments.words import Terms, likeness, shingles
from tests.comments.sending import filled, send
from tests.factories import make_article, make_comment, make_user

pytestmark = pytest.mark.django_db

CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "spam-youtube"


def found(comment):
    return [row["check"] for row in comment.reasons]


def sent(reader, **fields):
    assert send(reader, make_article(), **fields).status_code == 303
    return Comment.objects.order_by("-pk").first()


# Words


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("casino", "The CASINO, again."),
        ("café noir", "a Cafe  Noir!"),
        ("straße", "STRASSE"),
        ("كازينو", "أفضل كَازِينُو هنا"),
        ("کازینو", "كازينو"),
        ("赌场", "最好的赌场在这里"),
        ("казино", "Лучшее Казино"),
        ("casino", "ca\u200bsi\u00adno"),
        ("casino", "ｃａｓｉｎｏ"),
    ],
)
def test_word_is_found_whatever_its_script_and_form(term, text):
    assert Terms([term]).first_in(text)


@pytest.mark.parametrize(
    ("term", "text"), [("casino", "casinos"), ("ass", "class assembly"), ("a b", "a c b"), ("", "x")]
)
def test_only_whole_words_are_found(term, text):
    assert Terms([term]).first_in(text) == ""


def test_banned_word_rejects_and_suspect_word_holds(reader):
    """S17"""
    WordList.objects.create(kind="banned", terms="casino royal\r\nloans")
    suspect = WordList.objects.create(kind="suspect", terms="mayor")
    comment = sent(reader, body="Visit the Casino  Royal of the mayor")
    assert comment.state == "rejected"
    assert comment.reasons == [
        {"check": "banned_words", "outcome": "reject", "reason": "Says “casino royal”, which is banned here."},
        {"check": "suspect_words", "outcome": "hold", "reason": "Says “mayor”."},
    ]
    assert "suspect_words" in found(sent(reader, name="The mayor", email="ines@post.example"))
    suspect.terms = "councillor"
    suspect.save()
    assert sent(reader, body="A word on the mayor.", email="leo@post.example").reasons == []


def test_sixty_thousand_words_are_looked_up_by_their_first_word_alone():
    terms = Terms(f"word{number} end" for number in range(60_000))
    assert terms.first_in("here is word59999 end") == "word59999 end"
    assert sum(map(len, terms._lengths.values())) == 60_000


# What the text is


@pytest.mark.parametrize(
    "body",
    [
        "Great post! Visit my blog for more",
        "Subscribe to my channel please",
        "Earn $500 a day from home",
        "abonnez-vous à ma chaîne",
        "اشتركوا في قناتي",
        "best p\u200brices, click here",
    ],
)
def test_advertising_is_held(reader, body):
    assert "advertising" in found(sent(reader, body=body))


@pytest.mark.parametrize(
    "body",
    [
        "My father drove the night bus for years. He always said the boat could wait four minutes.",
        "Please stop the ferry from leaving early, I missed it twice.",
        "I see what the council did; check the figures in the second table.",
        "We follow the story from abroad. Like my mother said: good boats wait.",
        "Could the list also mention biscuits? I like this song of the deckhand.",
        "خیلی ممنون از این گزارش زیبا",
        "The video of the harbour is worth watching: https://www.youtube.com/watch?v=abcdefghijk",
    ],
)
def test_what_readers_write_is_left_alone(reader, body):
    assert sent(reader, body=body).reasons == []


@pytest.mark.parametrize(
    "text",
    [
        *("a shop.com b", "shop . com", "shop dot com", "hxxp://x.example/a"),
        *("www.shop.example", "oda@post.example", "[url=x]"),
    ],
)
def test_address_is_seen_however_it_is_written(text):
    assert len(promotion.addresses(text)) == 1


def test_link_of_a_newcomer_is_held_until_enough_comments_were_approved(reader):
    body = "The table is at https://figures.example/table"
    assert found(sent(reader, body=body)) == ["newcomer"]
    article = make_article()
    for number in range(5):
        make_comment(article, f"Word {number}", email="o.d.a+news@gmail.com")
    assert sent(reader, body="Or see https://other.example/a", email="oda@googlemail.com").reasons == []


def test_many_links_are_held_for_anybody(reader):
    body = " ".join(f"https://youtu.be/{number}" for number in range(3))
    comment = sent(reader, body=body)
    assert comment.reasons == [{"check": "links", "outcome": "hold", "reason": "Holds 3 links."}]


@pytest.mark.parametrize(
    "text", ["my " * 1300, "a@b." * 1000, "check " * 660, "a." * 2000, "http : " * 500, "\n" * 4000]
)
def test_patterns_read_a_long_text_once(text):
    """S26: the patterns hold no repetition of a repetition, so that this ends at once."""
    assert promotion.invitation(text) == "" or len(promotion.invitation(text)) <= 60
    assert len(promotion.addresses(text)) < 2000


# Who sends it


def test_same_words_are_held_and_nearly_the_same_too(reader):
    words = "The boat waited for us for six minutes, and nobody on board looked at the clock."
    sent(reader, body=words)
    assert found(sent(reader, body=words.upper().replace(" ", "  "))) == ["repeat"]
    assert found(sent(reader, body=words.replace("six", "seven"))) == ["repeat"]
    assert sent(reader, body="The bus waited, and the driver said nothing at all about it to anybody.").reasons == []
    assert likeness(shingles("abc"), shingles("")) == 0


def test_earlier_rejection_follows_the_mailbox_under_its_other_names(reader):
    make_comment(make_article(), email="Oda.F+x@gmail.com", state="rejected")
    assert found(sent(reader, email="odaf@googlemail.com")) == ["rejected_before"]
    assert sent(reader, body="From another.", email="oda.f@post.example").reasons == []


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("O.d.a+b@GMail.com", "oda@gmail.com"),
        ("o.da+b@post.example", "o.da@post.example"),
        ("+x@a.example", "+x@a.example"),
        ("", ""),
    ],
)
def test_mailbox_behind_an_address(address, mailbox):
    assert people.normalized(address) == mailbox


def test_busy_network_is_held(reader, settings):
    settings.COMMENT_NETWORK_RATE = 2
    for number in range(2):
        assert sent(reader, body=("Nobody looked at a watch.", "There was tea.")[number]).reasons == []
    assert found(sent(reader, body="And then a third one, late.")) == ["network_rate"]


def test_throw_away_address_is_held(reader):
    WordList.objects.create(kind="disposable", terms="throw.example\n")
    assert found(sent(reader, email="oda@box.mailinator.com")) == ["disposable_email"]
    assert found(sent(reader, body="Once more from me.", email="oda@throw.example")) == ["disposable_email"]


def test_honeypot_makes_it_spam_and_its_writer_sees_no_difference(reader):
    """S17"""
    response = send(reader, make_article(), website="https://x.example", follow=True)
    assert Comment.objects.get().state == "spam"
    assert "Your comment waits for an editor." in response.content.decode()


def test_comment_in_a_moment_is_held(reader):
    comment = sent(reader, age=timedelta(seconds=1))
    assert comment.reasons == [{"check": "time_trap", "outcome": "hold", "reason": "Sent within 1 second."}]


# The small sum


def answer_to(token, bits):
    return next(str(number) for number in range(100_000) if work.is_done(token, str(number), bits))


def test_comment_with_the_sum_done_passes_and_one_without_is_held_not_refused(reader, settings):
    settings.COMMENT_WORK_BITS = 6
    article = make_article()
    form = filled(article)
    reader.post(f"/articles/{article.pk}/x/comments/", form | {"work": answer_to(form["token"], 6)})
    assert Comment.objects.get().reasons == []
    assert found(sent(reader, body="Without scripts, but with words.")) == ["proof_of_work"]


@pytest.mark.parametrize("answer", ["", "x", "-1", "٣", "9" * 13, "1.0"])
def test_wrong_answer_is_no_work(answer):
    assert not work.is_done("token", answer, 1)


# Checks of others, and checks that fail


def test_akismet_is_asked_only_with_a_key_and_its_answer_holds(reader, settings, monkeypatch):
    asked = []
    monkeypatch.setattr(akismet, "is_spam", lambda facts: asked.append(facts) or True)
    assert sent(reader).reasons == []
    settings.AKISMET_KEY = "key"
    assert found(sent(reader, body="Some other words")) == ["akismet"]
    assert [facts["comment_content"] for facts in asked] == ["Some other words"]
    assert asked[0]["user_ip"] == "127.0.0.1"


def test_akismet_s_answer_is_read_and_anything_else_is_no_answer(monkeypatch, settings):
    settings.AKISMET_KEY = "key"
    answers = [b"true", b"false", b"invalid"]
    posted = []

    def answer(request, timeout):
        posted.append(request)
        return io.BytesIO(answers.pop(0))

    monkeypatch.setattr(akismet._opener, "open", answer)
    assert akismet.is_spam({"comment_content": "é\ud800"}) is True
    assert akismet.is_spam({}) is False
    with pytest.raises(ValueError, match="invalid"):
        akismet.is_spam({})
    assert posted[0].full_url.startswith("https://rest.akismet.com/")


def test_check_that_fails_holds_the_comment_and_is_logged_once(reader, settings, monkeypatch, caplog):
    settings.AKISMET_KEY = "key"
    monkeypatch.setattr(akismet, "is_spam", lambda facts: 1 / 0)
    with caplog.at_level(logging.ERROR):
        comments = [sent(reader, body=body) for body in ("Words about boats", "Other matters, too")]
    assert [found(comment) for comment in comments] == [["akismet"], ["akismet"]]
    assert comments[0].reasons[0]["reason"] == "This check could not be made."
    assert len(caplog.records) == 1
    monkeypatch.setattr(akismet, "is_spam", lambda facts: False)
    assert sent(reader, body="It works again").reasons == []


def test_site_names_the_checks_it_uses(reader, settings):
    settings.COMMENT_CHECKS = ["time_trap"]
    assert sent(reader, body="Visit my blog at https://x.example").reasons == []


def test_reason_is_in_the_site_s_language(reader):
    article = make_article(language="fa")
    send(reader, article, body="Subscribe to my channel")
    assert Comment.objects.get().reasons[0]["reason"].startswith("Reads like advertising")


# The command


def checked(path):
    out = io.StringIO()
    call_command("check_comments", str(path), stdout=out)
    return out.getvalue().splitlines()


def test_command_says_both_figures_and_the_reasons(tmp_path):
    path = tmp_path / "comments.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [("content", "spam"), ("Visit my shop", "1"), ("A fine\nboat\x00", "0"), ("Plain", "1"), ("shop.com", "0")]
        )
    lines = checked(path)
    assert lines[0] == "spam held 50.0 % · others held 50.0 %"
    assert "advertising: 1 of 2 spam, 0 of 2 others" in lines
    assert "newcomer: 0 of 2 spam, 1 of 2 others" in lines
    assert not Comment.objects.exists()


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "content,spam\n"])
def test_command_says_what_is_wrong_with_a_file(tmp_path, content):
    path = tmp_path / "comments.csv"
    path.write_text(content)
    with pytest.raises(CommandError):
        checked(path)
    with pytest.raises(CommandError):
        checked(tmp_path / "none.csv")


@pytest.mark.skipif(not CORPUS.exists(), reason="the labelled comments are not here")
@pytest.mark.parametrize("name", ["Youtube01-Psy.csv", "Youtube02-KatyPerry.csv"])
def test_labelled_comments(name):
    """S17"""
    first = checked(CORPUS / name)[0].split()
    assert float(first[2]) >= 80
    assert float(first[7]) <= 2


# At the desk


def test_moderators_keep_the_lists_and_authors_do_not(client):
    address = "/admin/comments/wordlist/"
    client.force_login(make_user(role="Author"))
    assert client.get(address).status_code == 403
    client.force_login(make_user(role="Moderator"))
    response = client.post(f"{address}add/", {"kind": "banned", "terms": "one\ntwo"})
    assert response.status_code == 302
    assert WordList.objects.get().terms.split() == ["one", "two"]
    assert client.get(address).status_code == 200
    assert timezone.now() - WordList.objects.get().changed_at < timedelta(minutes=5)
