"""Changing and withdrawing the own comment: by whom, how long, and through which checks."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from articles.models import StaleTag
from comments import own, threads
from comments.models import Comment, Decision, WordList
from tests.comments.sending import WORDS, hidden, send
from tests.conftest import ReaderClient
from tests.factories import make_article, make_comment, make_user
from tests.oracle import unsafe_parts

pytestmark = pytest.mark.django_db


@pytest.fixture
def article():
    return make_article()


@pytest.fixture
def comment(reader, article):
    """The reader's own, sent a moment ago."""
    send(reader, article)
    return Comment.objects.get()


def page_of(comment):
    return f"{threads.address(comment.article)}{comment.pk}/edit/"


def change(client, comment, body="Other words.", *, verb="change", wait=timedelta(seconds=30), **fields):
    """Send the form of the page, some time after it was opened."""
    token = hidden(client.get(page_of(comment)).content.decode(), "token")
    with time_machine.travel(timezone.now() + wait, tick=False):
        return client.post(page_of(comment), {"body": body, "token": token, "verb": verb} | fields)


def test_writer_changes_a_waiting_comment(reader, comment, article):
    thread = reader.get(threads.address(article)).content.decode()
    assert f'href="{page_of(comment)}"' in thread
    assert WORDS in reader.get(page_of(comment)).content.decode()
    response = change(reader, comment)
    assert response.status_code == 303
    assert response["Location"] == f"{threads.address(article)}?comment={comment.pk}#c{comment.pk}"
    comment.refresh_from_db()
    assert (comment.body, comment.body_html, comment.state) == ("Other words.", "<p>Other words.</p>", "pending")
    assert comment.edited_at
    assert comment.reasons == []
    line = Decision.objects.first()
    assert (line.what, line.before, line.after, line.by) == ("changed", "pending", "pending", None)


def test_changed_words_wait_again_and_the_log_says_so(reader, another_reader, comment, article):
    Comment.objects.update(state="approved")
    assert "Change or withdraw" in reader.get(threads.address(article)).content.decode()
    StaleTag.objects.all().delete()
    change(reader, comment)
    comment.refresh_from_db()
    assert comment.state == "pending"
    decision = Decision.objects.first()
    assert (decision.before, decision.after, decision.by) == ("approved", "pending", None)
    assert decision.reason == "Changed by its writer."
    assert StaleTag.objects.filter(tag=f"article:{article.pk}").exists()
    assert "Other words." not in another_reader.get(threads.address(article)).content.decode()


def test_changed_words_are_shown_at_once_and_marked_where_comments_are_open(reader, another_reader):
    article = make_article(comment_mode="open")
    send(reader, article)
    assert change(reader, Comment.objects.get()).status_code == 303
    html = another_reader.get(threads.address(article)).content.decode()
    assert "Other words." in html
    assert "changed by its writer" in html
    assert "Change or withdraw" not in html


def test_changed_words_go_through_the_checks(reader, comment):
    """S17"""
    WordList.objects.create(kind="banned", terms="plague")
    change(reader, comment, "A plague on it.")
    comment.refresh_from_db()
    assert comment.state == "rejected"
    assert [row["check"] for row in comment.reasons] == ["banned_words"]
    assert change_refused(reader, comment)


def test_spam_stays_spam(reader, article):
    send(reader, article, website="x")
    comment = Comment.objects.get()
    change(reader, comment)
    comment.refresh_from_db()
    assert (comment.state, comment.body) == ("spam", "Other words.")


def change_refused(client, comment):
    html = client.get(page_of(comment)).content.decode()
    return "A comment can be changed for 10 minutes" in html and 'name="token"' not in html


# Whose, and how long


def test_nobody_else_has_such_a_page(comment, another_reader, client):
    """S13"""
    make_user("moderator", role="Moderator")
    for other in (another_reader, client):
        assert other.get(page_of(comment)).status_code == 404
        data = {"body": "x", "verb": "withdraw", "token": "x"}
        assert other.post(page_of(comment), data, HTTP_ORIGIN="http://testserver").status_code == 404
    client.force_login(make_user(role="Moderator"))
    assert client.get(page_of(comment)).status_code == 404
    comment.refresh_from_db()
    assert comment.body == WORDS


def test_writer_with_a_comment_elsewhere_is_not_the_writer_of_this_one(comment, another_reader, article):
    """S13"""
    send(another_reader, article, body="Mine.")
    assert another_reader.get(page_of(comment)).status_code == 404


def test_comment_under_another_article_is_not_found(reader, comment):
    other = make_article()
    assert reader.get(f"{threads.address(other)}{comment.pk}/edit/").status_code == 404


def test_post_from_elsewhere_is_refused(reader, comment):
    """S16"""
    response = reader.post(page_of(comment), {"verb": "withdraw"}, HTTP_ORIGIN="https://evil.example")
    assert response.status_code == 403
    comment.refresh_from_db()
    assert comment.state == "pending"


def test_window_closes_and_the_words_are_kept(reader, comment, article):
    response = change(reader, comment, wait=timedelta(minutes=10))
    html = response.content.decode()
    assert response.status_code == 403
    assert "A comment can be changed for 10 minutes" in html
    assert "Other words." in html
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        assert "Change or withdraw" not in reader.get(threads.address(article)).content.decode()
        assert change_refused(reader, comment)
    comment.refresh_from_db()
    assert comment.body == WORDS


@pytest.mark.parametrize("state", ["rejected", "trash"])
def test_decided_comment_is_not_changed(reader, comment, state):
    Comment.objects.update(state=state)
    assert change_refused(reader, comment)


def test_decision_that_comes_between_wins(reader, comment, monkeypatch):
    token = hidden(reader.get(page_of(comment)).content.decode(), "token")
    real = own._locked

    def overtaken(row):
        Comment.objects.update(state="rejected")
        return real(row)

    monkeypatch.setattr(own, "_locked", overtaken)
    for verb in ("change", "withdraw"):
        Comment.objects.update(state="pending")
        response = reader.post(page_of(comment), {"body": "Other words.", "token": token, "verb": verb})
        assert response.status_code == 403
        comment.refresh_from_db()
        assert comment.body == WORDS  # what the other did here is rolled back with the refusal
        assert comment.withdrawn_at is None


def test_staff_change_their_own_by_their_account(article):
    client = ReaderClient()
    client.force_login(make_user(role="Author"))
    form = client.get(threads.address(article)).content.decode()
    send(client, article, csrfmiddlewaretoken=hidden(form, "csrfmiddlewaretoken"))
    comment = Comment.objects.get()
    html = client.get(page_of(comment)).content.decode()
    data = {"body": "Other words.", "verb": "change", "token": hidden(html, "token")}
    assert client.post(page_of(comment), data).status_code == 403
    csrf = hidden(html, "csrfmiddlewaretoken")
    assert client.post(page_of(comment), data | {"csrfmiddlewaretoken": csrf}).status_code == 303


# Bad input


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "Write at least one word."),
        ("<b></b>", "There is only markup here."),
        ("y" * 4001, "A comment has at most 4,000 characters; yours has 4,001."),
    ],
)
def test_wrong_words_are_said_beside_the_field_and_kept(reader, comment, body, words):
    response = change(reader, comment, body)
    html = response.content.decode()
    assert response.status_code == 400
    assert f'id="comment-body-error">{words}' in html
    assert body[:50].replace("<", "&lt;").replace(">", "&gt;") in html
    assert unsafe_parts(html) == []
    comment.refresh_from_db()
    assert comment.body == WORDS


@pytest.mark.parametrize("verb", ["change", "withdraw"])
@pytest.mark.parametrize("token", ["", "x", "\x00"])
def test_wrong_token_is_replaced_and_nothing_done(reader, comment, token, verb):
    response = change(reader, comment, token=token, verb=verb)
    html = response.content.decode()
    assert response.status_code == 400
    assert "This form was not made here or was damaged on its way." in html
    assert "Other words." in html
    assert hidden(html, "token")
    comment.refresh_from_db()
    assert (comment.body, comment.state) == (WORDS, "pending")


def test_article_that_closes_keeps_the_words_and_lets_withdraw(reader, comment, article):
    article.comments_open = False
    article.save()
    html = reader.get(page_of(comment)).content.decode()
    token = hidden(html, "token")
    response = reader.post(page_of(comment), {"body": "Other words.", "verb": "change", "token": token})
    assert response.status_code == 403
    assert "Comments on this story are closed." in response.content.decode()
    assert "Other words." in response.content.decode()
    assert reader.post(page_of(comment), {"verb": "withdraw", "token": token}).status_code == 303


def test_double_submit_changes_once(reader, comment):
    """F8"""
    first, second = change(reader, comment), change(reader, comment)
    assert first["Location"] == second["Location"]
    comment.refresh_from_db()
    assert comment.body == "Other words."
    change(reader, comment, verb="withdraw")
    assert reader.get(page_of(comment)).status_code == 404


@pytest.mark.usefixtures("in_one_window")
def test_too_many_changes_wait(reader, comment, settings):
    """S17"""
    settings.COMMENT_RATE = 1
    response = change(reader, comment)
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "Other words." in response.content.decode()


# Withdrawing


def test_withdrawn_comment_is_gone_with_name_and_address(reader, comment, article):
    Comment.objects.update(state="approved")
    StaleTag.objects.all().delete()
    response = change(reader, comment, verb="withdraw")
    assert response.status_code == 303
    html = reader.get(response["Location"]).content.decode()
    assert "Your comment is withdrawn." in html
    assert WORDS not in html
    comment.refresh_from_db()
    assert (comment.state, comment.body, comment.body_html, comment.name) == ("trash", "", "", "")
    assert (comment.email, comment.person, comment.reader, comment.network) == ("", "", "", "")
    assert Decision.objects.first().reason == "Withdrawn by its writer."
    assert StaleTag.objects.filter(tag=f"article:{article.pk}").exists()


def test_answered_comment_leaves_an_empty_place(reader, another_reader, comment, article):
    Comment.objects.update(state="approved")
    make_comment(article, "An answer", parent=comment)
    change(reader, comment, verb="withdraw")
    html = another_reader.get(threads.address(article)).content.decode()
    assert "An answer" in html
    assert "Withdrawn by its writer." in html
    assert WORDS not in html
    assert not re.search(r"\bOda\b[^<]*</bdi></h3>", html)
    assert f"?reply={comment.pk}#" not in html
    lost = another_reader.get(f"{threads.address(article)}?reply={comment.pk}").content.decode()
    assert "is not here, or takes no answers" in lost
    assert send(another_reader, article, parent=str(comment.pk)).status_code == 400
