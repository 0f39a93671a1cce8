"""The writer's private page: what was decided and why, and one appeal, which another moderator decides on."""

import re

import pytest
from django.core.exceptions import PermissionDenied

from articles.models import CategoryScope
from comments import moderation, reports, status
from comments.models import Comment, Decision
from tests.comments.sending import send
from tests.conftest import ReaderClient
from tests.factories import make_article, make_category, make_comment, make_user
from tests.oracle import unsafe_parts

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator():
    return make_user("leo", role="Moderator")


@pytest.fixture
def second():
    return make_user("mia", role="Moderator")


@pytest.fixture
def refused(moderator):
    comment = make_comment(make_article(), "My own words.", state="pending")
    moderation.reject([comment], by=moderator, ground="insult", reason="Calls a driver names.")
    comment.refresh_from_db()
    return comment


def text(response):
    return response.content.decode()


def decide(comment, verb, by, **fields):
    return verb([Comment.objects.get(pk=comment.pk)], by=by, **fields)


def test_writer_gets_the_address_with_the_waiting_comment(reader, another_reader):
    article = make_article()
    page = text(send(reader, article, follow=True))
    comment = Comment.objects.get()
    assert f'href="{status.address(comment)}"' in page
    assert "waits until an editor has read it" in text(reader.get(status.address(comment)))
    assert status.address(comment) not in text(another_reader.get(f"{article.get_absolute_url()}comments/"))


def test_writer_whose_comment_a_check_refused_gets_the_address_too(reader, another_reader):
    from comments.models import WordList

    WordList.objects.update_or_create(kind="banned", defaults={"terms": "lamp"})
    page = send(reader, make_article(), body="Buy a lamp.", follow=True)
    comment = Comment.objects.get()
    assert comment.state == "rejected"
    assert status.address(comment) in text(page)
    assert "An automatic check refused it." in text(reader.get(status.address(comment)))
    address = page.redirect_chain[-1][0].partition("#")[0]
    assert status.address(comment) not in text(another_reader.get(address))


def test_page_says_what_was_decided_and_why(client, refused):
    response = client.get(status.address(refused))
    page = text(response)
    for words in ("It is not shown.", "It insults or attacks somebody.", "Calls a driver names.", "My own words."):
        assert words in page
    assert "leo" not in page
    assert "oda@example.org" not in page
    assert "no-store" in response["Cache-Control"]
    assert '<meta name="robots" content="noindex">' in page
    assert not response.cookies


def test_page_of_an_approved_comment_leads_to_it(client, moderator):
    comment = make_comment(make_article(), state="pending")
    decide(comment, moderation.approve, moderator)
    assert f'href="{comment.get_absolute_url()}"' in text(client.get(status.address(comment)))
    Comment.objects.filter(pk=comment.pk).first().article.__class__.objects.update(state="withdrawn")
    assert "not to be seen at present" in text(client.get(status.address(comment)))


def test_comment_held_as_spam_by_a_check_looks_as_if_it_waited(client, reader, moderator):
    send(reader, make_article(), website="x")
    comment = Comment.objects.get()
    assert comment.state == "spam"
    assert "waits until an editor has read it" in text(client.get(status.address(comment)))
    decide(comment, moderation.reject, moderator)
    assert "It is not shown." in text(client.get(status.address(comment)))


@pytest.mark.parametrize("token", ["x", "1", "1.abc", "-1.x", "%00"])
def test_address_that_is_not_signed_is_not_found(client, refused, token):
    assert client.get(f"/comments/status/{token}/").status_code == 404
    letters = status._SIGNER.__class__(salt="comments.word").sign(str(refused.pk)).replace(":", ".")
    assert client.get(f"/comments/status/{letters}/").status_code == 404


def test_page_of_a_withdrawn_comment(client, refused):
    from django.utils import timezone

    Comment.objects.update(withdrawn_at=timezone.now(), body="", body_html="")
    page = text(client.get(status.address(refused)))
    assert "You have withdrawn it." in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]


# The appeal


def appeal(client, comment, words="I named nobody.", **extra):
    return client.post(status.address(comment), {"words": words}, **extra)


def test_appeal_brings_the_comment_back_with_its_row_in_the_log(reader, refused):
    response = appeal(reader, refused)
    assert response.status_code == 303
    refused.refresh_from_db()
    assert (refused.state, refused.decided_by) == ("pending", None)
    row = Decision.objects.first()
    assert (row.what, row.before, row.after, row.by, row.reason) == (
        *("appealed", "rejected", "pending", None),
        "I named nobody.",
    )
    assert "Your appeal has come." in text(reader.get(response["Location"]))


def test_there_is_one_appeal(reader, refused, second):
    appeal(reader, refused)
    response = appeal(reader, refused, "Once more.")
    assert response.status_code == 403
    assert "Nothing can be appealed against here any more." in text(response)
    decide(refused, moderation.reject, second, ground="insult")
    page = text(reader.get(status.address(refused)))
    assert "this decision is final" in page
    assert "appeal-words" not in page
    assert appeal(reader, refused, "Once more.").status_code == 403
    assert Decision.objects.filter(what="appealed").count() == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [("", "Say why"), ("  \u200b ", "Say why"), ("x" * 301, "has at most 300 characters; yours has 301")],
)
def test_wrong_appeal_says_so_and_keeps_the_words(reader, refused, words, message):
    """F8"""
    response = appeal(reader, refused, words)
    assert response.status_code == 400
    assert message in text(response)
    assert words.strip() in text(response)
    assert not Decision.objects.filter(what="appealed").exists()


def test_appeal_from_another_site_is_refused(refused):
    client = ReaderClient()
    assert appeal(client, refused, HTTP_ORIGIN="https://evil.example").status_code == 403
    assert not Decision.objects.filter(what="appealed").exists()


def test_shown_or_waiting_comment_is_not_appealed_against(reader):
    for state in ("approved", "pending"):
        assert appeal(reader, make_comment(make_article(), state=state)).status_code == 403


def test_hostile_appeal_reaches_page_and_desk_harmless(reader, client, refused, second):
    """S5, S24"""
    hostile = "<img src=x onerror=alert(1)>\r\n<script>alert(1)</script>"
    appeal(reader, refused, hostile)
    assert "\n" not in Decision.objects.first().reason
    client.force_login(second)
    for path in ("/admin/comments/decision/", f"/admin/comments/comment/queue/?comment={refused.pk}"):
        page = text(client.get(path))
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page
    assert unsafe_parts(text(reader.get(status.address(refused)))) == []


def test_another_moderator_decides_where_there_is_one(reader, refused, moderator, second):
    appeal(reader, refused)
    outcome = decide(refused, moderation.reject, moderator)
    assert [row.pk for row in outcome.barred] == [refused.pk]
    assert not outcome.changed
    with pytest.raises(PermissionDenied):
        moderation.answer(Comment.objects.get(pk=refused.pk), "No.", name="Leo", by=moderator)
    assert decide(refused, moderation.approve, second).changed
    assert decide(refused, moderation.trash, moderator).changed  # what comes later is no appeal


def test_desk_says_that_another_moderator_decides(reader, client, refused, moderator, second):
    appeal(reader, refused)
    client.force_login(moderator)
    fields = {"do": "approve", "comment": refused.pk, f"seen-{refused.pk}": "pending"}
    page = text(client.post("/admin/comments/comment/queue/", fields, follow=True))
    assert "another moderator decides" in page
    page = text(
        client.post("/admin/comments/comment/", {"action": "approve", "_selected_action": refused.pk}, follow=True)
    )
    assert "another moderator decides" in page
    refused.refresh_from_db()
    assert refused.state == "pending"


QUEUE = "/admin/comments/comment/queue/?tab=appeals"


def in_tab(client):
    page = client.get(QUEUE)
    [count] = [tab["count"] for tab in page.context["tabs"] if tab["name"] == "appeals"]
    numbers = [row.pk for row in page.context["rows"]]
    assert count == str(len(numbers))
    return numbers


def test_appeals_have_a_tab_from_which_another_moderator_decides(reader, client, refused, moderator, second):
    make_comment(refused.article, state="pending")
    client.force_login(second)
    assert in_tab(client) == []
    appeal(reader, refused)
    assert in_tab(client) == [refused.pk]
    page = text(client.get(QUEUE))
    for words in ("I named nobody.", "Calls a driver names.", "It insults or attacks somebody."):
        assert words in page
    client.force_login(moderator)
    page = text(client.get(QUEUE))
    assert "another moderator decides" in page
    assert 'value="approve"' not in page
    client.force_login(second)
    fields = {"do": "reject", "comment": refused.pk, f"seen-{refused.pk}": "pending"}
    page = client.post(QUEUE, fields, follow=True)
    assert in_tab(client) == []
    client.post(QUEUE, {"do": "undo", "undo": page.context["undo"]["numbers"]})
    assert in_tab(client) == [refused.pk]


def test_appeal_that_was_granted_is_over_when_readers_report_the_comment(reader, client, refused, second, settings):
    settings.COMMENT_REPORTS = 1
    appeal(reader, refused)
    decide(refused, moderation.approve, second)
    reports.report(refused, reporter="r" * 64, ground="insult")
    refused.refresh_from_db()
    assert refused.state == "pending"
    client.force_login(second)
    assert in_tab(client) == []
    assert decide(refused, moderation.reject, Decision.objects.filter(what="decided").last().by).changed


@pytest.mark.parametrize("count", [1, 3])
def test_tab_of_appeals_asks_the_same_however_many_there_are(
    reader, client, moderator, second, django_assert_num_queries, count
):
    article = make_article()
    make_comment(article)
    for number in range(count):
        comment = make_comment(article, f"Number {number}.", state="pending")
        moderation.reject([comment], by=moderator)
        appeal(reader, comment)
    client.force_login(second)
    with django_assert_num_queries(27):
        client.get(QUEUE)


def test_the_only_moderator_decides_alone(reader, refused, moderator):
    appeal(reader, refused)
    make_user("gone", role="Moderator", is_active=False)
    make_user("pen", role="Editor")
    elsewhere = make_user("sport", role="Moderator")
    CategoryScope.objects.create(user=elsewhere, category=make_category("Sport"))
    assert decide(refused, moderation.approve, moderator).changed


def test_appeals_are_counted_on_the_public_page(reader, client, refused):
    appeal(reader, refused)
    page = text(client.get("/comments/decisions/"))
    assert re.search(r"Appeals against a decision</th><td[^>]*>1</td>", page)
