"""Word of replies: asked for with a comment, confirmed by the mailbox, ended by one click."""

import re
from datetime import timedelta
from smtplib import SMTPException

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from articles.models import CategoryScope, Upkeep
from comments import letters, moderation, own, replies
from comments.models import Comment, DeskDigest, Follow, Letter
from tests.comments.sending import send
from tests.factories import make_article, make_category, make_comment, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def article():
    return make_article("The late boat")


@pytest.fixture
def moderator():
    return make_user("mo", role="Moderator")


def ask(reader, article, by, **fields):
    """A reader comments, asks for word, and a moderator lets the comment through."""
    send(reader, article, notify="1", **fields)
    comment = Comment.objects.latest("pk")
    moderation.approve([comment], by=by)
    return comment


def post(mailoutbox):
    """What the mail server has got since the last time."""
    del mailoutbox[:]
    letters.send_due()
    return list(mailoutbox)


def link_in(letter):
    return re.search(r"http://[^/\s]+(/\S*comments/word/\S+)", letter.body)[1]


def say(letter, how):
    """Press a button of the page behind the letter's link, from a browser that knows nothing of us."""
    return Client(enforce_csrf_checks=True).post(link_in(letter), {"how": how})


def follow(article, **fields):
    """A comment whose writer has said yes."""
    comment = make_comment(article, **fields)
    Follow.objects.create(comment=comment, confirmed_at=timezone.now())
    return comment


def answer(comment, by, body="Four minutes are long.", **fields):
    fields = {"name": "Noor", "email": "noor@example.org"} | fields
    written = make_comment(comment.article, body, parent=comment, state="pending", **fields)
    moderation.approve([written], by=by)
    return written


def test_mailbox_is_asked_only_once_the_comment_is_shown(reader, article, moderator, mailoutbox):
    send(reader, article, notify="1", body="Words that the question must not carry.")
    assert post(mailoutbox) == []
    moderation.approve(Comment.objects.all(), by=moderator)
    [asked] = post(mailoutbox)
    assert asked.to == ["oda@post.example"]
    html = asked.alternatives[0].content
    for said in ("Words that the question", "Oda"):
        assert said not in asked.body + html + asked.subject
    assert "The late boat" in asked.body
    assert "List-Unsubscribe" not in asked.extra_headers


@pytest.mark.parametrize("verb", ["reject", "mark_spam", "trash"])
def test_comment_that_nobody_sees_sends_no_mail(reader, article, moderator, mailoutbox, verb):
    """S17, S27"""
    send(reader, article, notify="1")
    getattr(moderation, verb)(Comment.objects.all(), by=moderator)
    assert post(mailoutbox) == []


def test_without_the_mark_nobody_is_asked(reader, article, moderator, mailoutbox):
    send(reader, article)
    moderation.approve(Comment.objects.all(), by=moderator)
    assert post(mailoutbox) == []
    assert not Follow.objects.exists()


def test_mark_is_kept_where_the_form_is_wrong(reader, article):
    html = send(reader, article, notify="1", body="").content.decode()
    assert re.search(r'<input name="notify"[^>]* checked', html)


def test_no_word_before_the_mailbox_says_yes(reader, article, moderator, mailoutbox):
    comment = ask(reader, article, moderator)
    [asked] = post(mailoutbox)
    Client().get(link_in(asked))  # as programs that look into mail do
    answer(comment, moderator)
    assert post(mailoutbox) == []
    say(asked, "each")
    answer(comment, moderator, "Another one.")
    [told] = post(mailoutbox)
    assert "Another one." in told.body
    assert told.subject == "Noor answers you on “The late boat”"


def test_answer_is_told_once_with_a_link_that_ends_it(article, moderator, mailoutbox):
    comment = follow(article)
    written = answer(comment, moderator)
    [told] = post(mailoutbox)
    assert told.to == ["oda@example.org"]
    assert f"/comments/{written.pk}/" in told.body
    assert told.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert told.extra_headers["List-Unsubscribe"].strip("<>").endswith(link_in(told))
    moderation.trash([Comment.objects.get(pk=written.pk)], by=moderator)
    moderation.approve([Comment.objects.get(pk=written.pk)], by=moderator)
    assert post(mailoutbox) == []


def test_one_click_ends_every_letter_to_the_mailbox(article, moderator, mailoutbox):
    """RFC 8058: no cookie, no origin, no second question."""
    first, second = follow(article), follow(article)
    answer(first, moderator)
    [told] = post(mailoutbox)
    response = Client(enforce_csrf_checks=True).post(link_in(told), {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert not response.cookies
    answer(first, moderator)
    answer(second, moderator)
    assert post(mailoutbox) == []


def test_get_of_the_link_changes_nothing(article, moderator, mailoutbox):
    """S16"""
    comment = follow(article)
    answer(comment, moderator)
    [told] = post(mailoutbox)
    before = list(Follow.objects.values())
    page = Client().get(link_in(told))
    assert "no-store" in page["Cache-Control"]
    assert 'name="robots" content="noindex"' in page.content.decode()
    assert list(Follow.objects.values()) == before


def test_own_answers_are_not_told(article, moderator, mailoutbox):
    comment = follow(article)
    answer(comment, moderator, email="oda+boats@example.org")
    assert post(mailoutbox) == []


def test_reader_who_said_yes_is_not_asked_again_but_another_is(reader, another_reader, article, moderator, mailoutbox):
    ask(reader, article, moderator)
    [asked] = post(mailoutbox)
    say(asked, "each")
    ask(reader, article, moderator, body="A second one.")
    assert post(mailoutbox) == []
    assert Follow.objects.exclude(confirmed_at=None).count() == 2
    ask(another_reader, article, moderator, body="I only type that address.")
    assert len(post(mailoutbox)) == 1
    assert Follow.objects.exclude(confirmed_at=None).count() == 2


def test_strangers_cannot_fill_a_mailbox_with_questions(article, moderator, mailoutbox):
    for number in range(replies.CONFIRMATIONS + 2):
        comment = make_comment(article, f"Number {number}.", state="pending", email=f"oda+{number}@example.org")
        replies.follow(comment)
        moderation.approve([comment], by=moderator)
    assert len(post(mailoutbox)) == replies.CONFIRMATIONS


def test_withdrawn_comment_is_told_nothing_any_more(article, moderator, mailoutbox):
    comment = follow(article)
    answered = answer(comment, moderator)
    [told] = post(mailoutbox)
    own.withdraw(comment)
    answer(answered, moderator)
    assert post(mailoutbox) == []
    assert "No letters come from here any more." in Client().get(link_in(told)).content.decode()
    assert say(told, "each").status_code == 200
    assert not Follow.objects.exists()


@pytest.mark.parametrize("token", ["x", "answers-1", "answers-1.forged", "desk-1.%00", "." * 4000])
def test_forged_link_is_not_found(client, token):
    assert client.get(f"/comments/word/{token}/").status_code == 404
    assert client.post(f"/comments/word/{token}/", {"how": "stop"}).status_code == 404


def test_daily_letter_holds_the_day_together_and_comes_once(article, moderator, mailoutbox):
    comment = follow(article)
    Follow.objects.update(how="daily")
    answer(comment, moderator, "The first answer.")
    answer(comment, moderator, "The second answer.")
    assert post(mailoutbox) == []
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        call_command("send_letters")
        call_command("send_letters")
        [told] = mailoutbox
        assert told.subject == "2 answers to your comments"
        assert "The first answer." in told.body
        assert "The second answer." in told.body
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        call_command("send_letters")
    assert len(mailoutbox) == 1
    assert Upkeep.objects.get(name="send_letters").finished_at


def test_letter_is_in_the_language_of_the_story_and_its_direction(moderator, mailoutbox):
    comment = follow(make_article("قایق دیر", language="fa"))
    answer(comment, moderator, "چهار دقیقه طولانی است.", name="نور")
    [told] = post(mailoutbox)
    assert '<html lang="fa" dir="rtl">' in told.alternatives[0].content
    assert "/fa/comments/word/" in told.body


def test_letter_in_a_language_that_django_does_not_know_has_its_direction(moderator, mailoutbox, settings):
    settings.LANGUAGES = [*settings.LANGUAGES, ("ps", "پښتو")]
    comment = follow(make_article("بېړۍ", language="ps"))
    answer(comment, moderator, "هو.", name="نور")
    [told] = post(mailoutbox)
    assert '<html lang="ps" dir="rtl">' in told.alternatives[0].content


def test_hostile_words_stay_words_in_letters(article, moderator, mailoutbox):
    """S24"""
    comment = follow(article)
    answer(comment, moderator, "<script>alert(1)</script>", name="Noor\r\nBcc: x@example.org")
    [told] = post(mailoutbox)
    assert "\n" not in told.subject
    assert "Bcc" not in dict(told.message().items())
    assert "<script" not in told.alternatives[0].content
    assert "<script>alert(1)</script>" in told.body


class Refusing:
    """A mail server that is down."""

    tries = 0

    def send_messages(self, messages):
        Refusing.tries += 1
        raise SMTPException("421 come back later")

    def close(self):
        pass


def test_mail_server_that_is_down_loses_nothing(article, moderator, mailoutbox, monkeypatch, caplog):
    """F13"""
    first, second = follow(article), follow(article)
    answer(first, moderator)
    answer(second, moderator)
    with monkeypatch.context() as patched:
        patched.setattr(letters, "get_connection", Refusing)
        Refusing.tries = 0
        assert letters.send_due() == 0
    assert Refusing.tries == 1
    assert len(caplog.records) == 1
    assert Letter.objects.filter(sent_at=None).count() == 2
    assert len(post(mailoutbox)) == 1
    with time_machine.travel(timezone.now() + timedelta(minutes=3), tick=False):
        assert len(post(mailoutbox)) == 1
    assert Letter.objects.filter(sent_at=None).count() == 0


def test_letter_is_given_up_at_last(article, moderator, monkeypatch, caplog):
    answer(follow(article), moderator)
    monkeypatch.setattr(letters, "get_connection", Refusing)
    for _try in range(len(letters.WAITS) + 1):
        Letter.objects.update(due_at=timezone.now())
        letters.send_due()
    assert not Letter.objects.exists()
    assert "given up" in caplog.text


def test_two_senders_send_a_letter_once(article, moderator, mailoutbox):
    answer(follow(article), moderator)
    letter = Letter.objects.get()
    assert letters._claim(letter)
    assert not letters._claim(letter)
    assert post(mailoutbox) == []


def test_sent_letters_keep_neither_words_nor_address(article, moderator, mailoutbox):
    answer(follow(article), moderator)
    assert len(post(mailoutbox)) == 1
    assert list(Letter.objects.values_list("to", "subject", "text", "html", "unsubscribe")) == [("", "", "", "", "")]


def test_old_keys_and_unconfirmed_wishes_end(reader, article, moderator, mailoutbox):
    ask(reader, article, moderator)
    assert len(post(mailoutbox)) == 1
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        call_command("send_letters")
    assert not Letter.objects.exists()
    assert not Follow.objects.exists()


def test_answer_comes_although_the_mail_is_down(
    reader, article, monkeypatch, settings, django_capture_on_commit_callbacks
):
    """F13"""
    settings.COMMENT_MODE = "open"
    monkeypatch.setattr(letters, "get_connection", Refusing)
    with django_capture_on_commit_callbacks(execute=True):
        assert send(reader, article, notify="1").status_code == 303
    assert Letter.objects.get().tries == 1


def test_letters_cost_nothing_where_nobody_follows(article, django_assert_num_queries):
    comment = make_comment(article)
    with django_assert_num_queries(1):
        replies.tell([comment])
    below = make_comment(article, parent=comment)
    with django_assert_num_queries(2):
        replies.tell([below])


# The moderators' letter


@pytest.fixture
def waiting():
    harbour, market = make_category("Harbour"), make_category("Market")
    for category, count in ((harbour, 2), (market, 1)):
        article = make_article(category=category)
        for _number in range(count):
            make_comment(article, state="pending")
    return harbour


def test_moderators_get_a_letter_a_day_with_what_waits_by_category(waiting, moderator, mailoutbox):
    """S27"""
    limited = make_user("lin", role="Moderator")
    CategoryScope.objects.create(user=limited, category=waiting)
    make_user("ed", role="Author")
    call_command("send_letters")
    call_command("send_letters")
    assert sorted(letter.to[0] for letter in mailoutbox) == ["lin@example.org", "mo@example.org"]
    by = {letter.to[0]: letter for letter in mailoutbox}
    assert by["mo@example.org"].subject == "3 comments wait"
    assert "Harbour: 2" in by["mo@example.org"].body
    assert "Market: 1" in by["mo@example.org"].body
    assert by["lin@example.org"].subject == "2 comments wait"
    assert "Market" not in by["lin@example.org"].body


def test_moderator_ends_the_letter_by_one_click_and_takes_it_up_again(waiting, moderator, mailoutbox):
    call_command("send_letters")
    [told] = mailoutbox
    Client(enforce_csrf_checks=True).post(link_in(told), {"List-Unsubscribe": "One-Click"})
    assert DeskDigest.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        call_command("send_letters")
    assert len(mailoutbox) == 1
    say(told, "daily")
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        call_command("send_letters")
    assert len(mailoutbox) == 2


def test_no_letter_where_nothing_waits(moderator, mailoutbox):
    call_command("send_letters")
    assert mailoutbox == []
