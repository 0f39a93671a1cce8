"""The comment form: what is taken, what is refused and with which words, and that nothing is lost or written twice."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from comments import checks, threads
from comments.models import Comment, Decision
from tests.comments.sending import WORDS, filled, hidden, send
from tests.conftest import ReaderClient
from tests.factories import make_article, make_author, make_comment, make_user
from tests.oracle import unsafe_parts

pytestmark = pytest.mark.django_db


def signed_in(**fields):
    client, user = ReaderClient(), make_user(**fields)
    client.force_login(user)
    return client, user


def send_signed_in(client, article, **fields):
    form = client.get(threads.address(article)).content.decode()
    fields.setdefault("csrfmiddlewaretoken", hidden(form, "csrfmiddlewaretoken"))
    return send(client, article, **fields)


def refused(response, words, *, status=400, kept=WORDS):
    """The page says `words` and holds the text; nothing is written."""
    html = response.content.decode()
    assert response.status_code == status
    assert words in html
    assert kept in html
    assert not response.cookies
    assert unsafe_parts(html) == []
    return html


# What is taken


def test_comment_is_written_waiting_and_shown_to_its_writer_alone(reader, another_reader):
    article = make_article()
    response = send(reader, article)
    comment = Comment.objects.get()
    assert response.status_code == 303
    assert response["Location"] == f"{threads.address(article)}?comment={comment.pk}#c{comment.pk}"
    assert "no-store" in response["Cache-Control"]
    assert (comment.state, comment.name, comment.email) == ("pending", "Oda", "oda@post.example")
    assert comment.reasons == []
    own = reader.get(response["Location"]).content.decode()
    assert WORDS in own
    assert "You (<bdi>Oda</bdi>)" in own
    assert "Awaiting moderation" in own
    assert "Your comment waits for an editor." in own
    for html in (
        another_reader.get(response["Location"]).content.decode(),
        reader.get(article.get_absolute_url()).content.decode(),
    ):
        assert WORDS not in html
    Comment.objects.update(state="approved")
    assert WORDS in another_reader.get(threads.address(article)).content.decode()
    assert "Awaiting" not in reader.get(threads.address(article)).content.decode()


def test_cookie_is_set_with_the_comment_and_not_before(reader):
    article = make_article()
    assert not reader.get(threads.address(article)).cookies
    assert not send(reader, article, body="").cookies
    cookie = send(reader, article).cookies["reader"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    send(reader, article, body="Another.")
    assert Comment.objects.values("reader").distinct().count() == 1


def test_form_has_the_names_that_scripts_rely_on(reader):
    article = make_article()
    html = reader.get(threads.address(article)).content.decode()
    for name in ("name", "email", "body", "parent", "token"):
        assert f' name="{name}"' in html
    assert '<div class="trap" aria-hidden="true">' in html
    assert 'name="website" tabindex="-1" autocomplete="off"' in html
    assert "csrfmiddlewaretoken" not in html


@pytest.mark.parametrize("forged", [{"state": "approved"}, {"decided_by": "1", "user": "1"}, {"is_staff": "1"}])
def test_comment_waits_whatever_is_posted(reader, forged):
    """S13, S17"""
    article = make_article()
    send(reader, article, **forged)
    comment = Comment.objects.get()
    assert (comment.state, comment.user_id, comment.decided_by_id) == ("pending", None, None)


def test_answer_is_written_below_its_comment(reader):
    article = make_article()
    root = make_comment(article, name="Ines")
    parent = make_comment(article, parent=root, name="Leo")
    form = reader.get(f"{threads.address(article)}?reply={parent.pk}").content.decode()
    assert "Reply to <bdi>Leo</bdi>" in form
    assert hidden(form, "parent") == str(parent.pk)
    send(reader, article, parent=str(parent.pk))
    comment = Comment.objects.get(body=WORDS)
    assert (comment.parent, comment.root, comment.depth) == (parent, root, 2)


@pytest.mark.parametrize("number", ["x", "0", "-1", "9" * 40, "1 OR 1", "\x00", "٣"])
def test_wrong_number_to_reply_to_is_a_message(reader, number):
    article = make_article()
    make_comment(article)
    response = reader.get(threads.address(article), {"reply": number})
    assert response.status_code == 200
    assert "is not here, or takes no answers" in response.content.decode()
    assert hidden(response.content.decode(), "parent") == ""


def test_comment_under_an_old_headline_is_taken(reader):
    article = make_article("Old words")
    form = filled(article)
    response = reader.post(f"/articles/{article.pk}/any-words/comments/", form)
    assert response.status_code == 303
    assert response["Location"].startswith(threads.address(article))


def test_fragment_is_the_form_alone_with_what_waits(reader):
    article = make_article()
    response = reader.post(f"{threads.address(article)}?fragment=1", filled(article), follow=True)
    html = response.content.decode()
    assert "fragment=1" in response.redirect_chain[0][0]
    assert "<html" not in html
    assert "Awaiting moderation" in html
    assert WORDS in html
    assert "data-comment-form" in html
    wrong = reader.post(f"{threads.address(article)}?fragment=1", filled(article, body=" "))
    assert wrong.status_code == 400
    assert "<html" not in wrong.content.decode()


# Staff


def test_staff_comment_under_the_own_name_and_wait_without_the_permission(client):
    article = make_article()
    writer, user = signed_in(role="Author", first_name="Ines", last_name="Marlow")
    form = writer.get(threads.address(article)).content.decode()
    assert 'name="email"' not in form
    assert "You write as <bdi>Ines Marlow</bdi>" in form
    send_signed_in(writer, article, name="Somebody else", email="")
    comment = Comment.objects.get()
    assert (comment.name, comment.email, comment.user, comment.state) == ("Ines Marlow", "", user, "pending")
    assert comment.reader == ""
    assert "Awaiting moderation" in writer.get(threads.address(article)).content.decode()
    assert WORDS not in client.get(threads.address(article)).content.decode()


def test_moderators_comment_is_shown_at_once_and_logged(client):
    article = make_article()
    moderator, user = signed_in(role="Moderator", first_name="Leo")
    response = send_signed_in(moderator, article)
    comment = Comment.objects.get()
    assert (comment.state, comment.decided_by) == ("approved", user)
    assert Decision.objects.first().after == "approved"
    html = client.get(response["Location"]).content.decode()
    assert WORDS in html
    assert ">Staff<" in html


def test_account_signs_with_its_byline_and_never_with_its_own_name():
    """S20"""
    article = make_article()
    moderator, user = signed_in(username="canaryaccount", role="Moderator")
    send_signed_in(moderator, article)
    make_author("Ines Marlow", user=user)
    send_signed_in(moderator, article, body="Again.")
    assert list(Comment.objects.order_by("pk").values_list("name", flat=True)) == ["The newsroom", "Ines Marlow"]


def test_account_without_staff_is_a_reader():
    article = make_article()
    person, _user = signed_in()
    send_signed_in(person, article)
    assert Comment.objects.get().user is None


# Who may send: S16


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "https://evil.example"}, {"origin": "null"}, {"referer": "https://evil.example/testserver"}],
)
def test_post_from_elsewhere_is_refused(headers):
    """S16"""
    article = make_article()
    response = ReaderClient().generic(
        "POST", threads.address(article), "body=x", "application/x-www-form-urlencoded", headers=headers
    )
    assert response.status_code == 403
    assert not Comment.objects.exists()


def test_referer_stands_in_for_a_missing_origin(client):
    """S16"""
    article = make_article()
    from django.test import Client

    response = Client(enforce_csrf_checks=True).post(
        threads.address(article), filled(article), headers={"referer": "http://testserver/articles/"}
    )
    assert response.status_code == 303


def test_session_needs_its_csrf_token():
    """S16"""
    article = make_article()
    moderator, _user = signed_in(role="Moderator")
    assert send(moderator, article).status_code == 403
    assert send(moderator, article, csrfmiddlewaretoken="x" * 64).status_code == 403
    assert not Comment.objects.exists()
    assert send_signed_in(moderator, article).status_code == 303


# What is refused


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "Write the name to show."),
        ({"name": "\u200b\u3164 "}, "Write the name to show."),
        ({"name": "x" * 81}, "A name has at most 80 letters."),
        ({"email": ""}, "Write your email address. It is not shown."),
        ({"email": "oda at post"}, "An address looks like name@post.example."),
        ({"email": f"{'x' * 300}@post.example"}, "An address looks like name@post.example."),
    ],
)
def test_wrong_name_or_address_is_said_beside_the_field(reader, fields, words):
    article = make_article()
    html = refused(send(reader, article, **fields), words)
    field = next(iter(fields))
    assert f'id="comment-{field}-error">{words}' in html
    assert f'<a href="#comment-{field}">' in html
    assert html.count('aria-invalid="true"') == 1
    assert not Comment.objects.exists()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "Write at least one word."),
        (" \r\n\t ", "Write at least one word."),
        ("\u200b\u2060\ufeff\u00ad\u3164\u2800", "Write at least one word."),
        ("\x00\x07", "Write at least one word."),
        ("<b></b><br>", "There is only markup here. Write at least one word."),
        ("<script>alert(1)</script>", "There is only markup here. Write at least one word."),
        ("> ", "There is only markup here. Write at least one word."),
        ("y" * 4001, "A comment has at most 4,000 characters; yours has 4,001."),
        ("y" * 1_000_000, "A comment has at most 4,000 characters; yours has 1,000,000."),
    ],
)
def test_wrong_text_is_said_beside_the_field(reader, body, words):
    """S17, S26"""
    article = make_article()
    html = refused(
        send(reader, article, body=body),
        words,
        kept=body[:40].strip("\x00\x07 \t\r\n").replace("<", "&lt;").replace(">", "&gt;"),
    )
    assert f'id="comment-body-error">{words}' in html
    assert not Comment.objects.exists()


def test_short_signs_are_a_comment(reader):
    article = make_article()
    for body in ("I <3 boats", "👍", "?", "a <![x b", "水"):
        assert send(reader, article, body=body).status_code == 303
    assert Comment.objects.count() == 5


def test_text_as_long_as_allowed_is_taken_with_any_line_ends(reader):
    article = make_article()
    assert send(reader, article, body="y\r\n" * 1999 + "yy").status_code == 303
    assert len(Comment.objects.get().body) == 4000


@pytest.mark.parametrize("case", ["another article", "pending", "below a hidden one", "gone", "no number", "too deep"])
def test_wrong_parent_is_refused_and_the_text_kept(reader, case):
    """S17"""
    article = make_article()
    parent = make_comment(article)
    match case:
        case "another article":
            parent = make_comment(make_article())
        case "pending":
            parent = make_comment(article, state="pending")
        case "below a hidden one":
            parent = make_comment(article, parent=make_comment(article, state="rejected"))
        case "too deep":
            for _ in range(4):
                parent = make_comment(article, parent=parent)
    number = {"gone": parent.pk + 9, "no number": "1'"}.get(case, parent.pk)
    words = "This thread goes no deeper." if case == "too deep" else "The comment that you answer is not here any more."
    before = Comment.objects.count()
    html = refused(send(reader, article, parent=str(number)), words)
    assert hidden(html, "parent") == ""
    assert Comment.objects.count() == before
    response = send(reader, article, parent=hidden(html, "parent"), token=hidden(html, "token"))
    assert response.status_code == 303


def test_closed_article_refuses_with_its_reason_and_keeps_the_rest(reader):
    article = make_article(comments_open=False)
    make_comment(article, "Said before")
    html = reader.get(threads.address(article)).content.decode()
    assert "Comments on this story are closed." in html
    assert "Said before" in html
    assert "<form" not in html.partition('id="comments"')[2]
    assert "?reply=" not in html
    closed = reader.get(article.get_absolute_url()).content.decode()
    assert "Comments on this story are closed." in closed
    assert "Said before" in closed
    html = refused(send(reader, article), "Comments on this story are closed.", status=403)
    assert "Said before" in html
    assert Comment.objects.count() == 1


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("absent", "This form was not made here or was damaged on its way."),
        ("garbled", "This form was not made here or was damaged on its way."),
        ("another article", "This form was not made here or was damaged on its way."),
        ("yesterday", "This form was open for more than a day."),
    ],
)
def test_wrong_token_is_replaced_and_the_text_kept(reader, case, words):
    article = make_article()
    match case:
        case "absent":
            form = filled(article, token="")
        case "garbled":
            form = filled(article)
            form["token"] = form["token"][:-3] + "\ud800é"
        case "another article":
            form = filled(article, token=filled(make_article())["token"])
        case "yesterday":
            form = filled(article, age=timedelta(hours=25))
    form["token"] = form["token"].encode("utf-8", "replace").decode()
    html = refused(reader.post(threads.address(article), form), words)
    assert not Comment.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        again = reader.post(threads.address(article), form | {"token": hidden(html, "token")})
    assert again.status_code == 303
    assert Comment.objects.get().reasons == []


def test_form_with_an_error_keeps_its_token_so_that_a_quick_correction_is_not_held(reader):
    article = make_article()
    form = filled(article, name="")
    html = reader.post(threads.address(article), form).content.decode()
    assert hidden(html, "token") == form["token"]


@pytest.mark.usefixtures("in_one_window")
def test_too_many_comments_are_asked_to_wait(reader, another_reader, settings):
    """S17"""
    settings.COMMENT_RATE = 2
    article, other = make_article(), make_article()
    for number in range(2):
        assert send(reader, article, body=f"Words {number}").status_code == 303
    assert send(reader, article, body="").status_code == 400
    response = send(reader, article, body="Too much")
    refused(response, "Many comments came from your network just now.", status=429, kept="Too much")
    assert 0 < int(response["Retry-After"]) <= 600
    assert send(reader, other, body="Elsewhere").status_code == 303
    assert send(another_reader, article, body="From another network").status_code == 303
    assert Comment.objects.count() == 4


# Twice


def test_double_submit_is_one_comment_and_the_same_answer(reader):
    """S28, F8"""
    article = make_article()
    form = filled(article)
    first, second = (reader.post(threads.address(article), form) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Comment.objects.count() == 1


def test_other_words_under_a_used_form_are_asked_for_once_more(reader):
    """F8"""
    article = make_article()
    form = filled(article)
    reader.post(threads.address(article), form)
    html = refused(
        reader.post(threads.address(article), form | {"body": "Other words"}),
        "This form was sent already.",
        kept="Other words",
    )
    assert Comment.objects.count() == 1
    assert hidden(html, "token") != form["token"]
    form |= {"body": "Other words", "token": hidden(html, "token")}
    assert reader.post(threads.address(article), form).status_code == 303
    assert Comment.objects.count() == 2


def test_second_submit_that_overtakes_the_first_is_the_one_that_counts(reader, another_reader, monkeypatch):
    """S28, F8"""
    article = make_article()
    form = filled(article)
    answers, look = [], checks.reasons

    def overtaken(submission):
        monkeypatch.setattr(checks, "reasons", look)
        answers.append(another_reader.post(threads.address(article), form))
        return look(submission)

    monkeypatch.setattr(checks, "reasons", overtaken)
    answers.append(reader.post(threads.address(article), form))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert Comment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="threads cannot share SQLite's database in memory")
def test_submits_in_parallel_are_one_comment():
    """S28, F8"""
    article = make_article()
    form = filled(article)
    gate, answers = threading.Barrier(4), []

    def post():
        gate.wait()
        try:
            answers.append(ReaderClient().post(threads.address(article), form))
        finally:
            connection.close()

    senders = [threading.Thread(target=post) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert [answer.status_code for answer in answers] == [303] * 4
    assert len({answer["Location"] for answer in answers}) == 1
    assert Comment.objects.count() == 1


# Odd input


@pytest.mark.parametrize("field", ["name", "email", "body", "parent", "token", "website"])
@pytest.mark.parametrize(
    "value", ["\x00", "a\x00b", "\ud800", "𝒳" * 300, "\u202e‮", "x" * 1_000_000, "'\"><b>", "٣" * 20]
)
def test_odd_text_in_any_field_is_no_fault(reader, field, value):
    """S26"""
    article = make_article()
    form = filled(article) | {field: value.encode("utf-8", "surrogatepass")}
    body = "&".join(
        f"{name}=" + "".join(f"%{byte:02x}" for byte in (text if isinstance(text, bytes) else text.encode()))
        for name, text in form.items()
    )
    response = reader.generic(
        "POST",
        threads.address(article),
        body,
        "application/x-www-form-urlencoded",
        headers={"origin": "http://testserver"},
    )
    assert response.status_code in {303, 400}
    assert unsafe_parts(response.content.decode()) == []
    assert reader.get(threads.address(article)).status_code == 200


def test_control_characters_and_turned_words_leave_the_name(reader):
    """S24"""
    article = make_article()
    send(reader, article, name="Oda\x00\r\n\u202eFen\x1b[31mwick")
    assert Comment.objects.get().name == "Oda Fen[31mwick"
