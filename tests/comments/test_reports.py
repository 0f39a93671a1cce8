"""Reports by readers, and what becomes of them."""

import pytest
from django.urls import reverse

from articles.models import StaleTag
from comments import moderation, reports, threads
from comments.forms import make_token
from comments.models import Comment, Decision, Report
from tests.conftest import ReaderClient
from tests.factories import make_article, make_comment, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def comment():
    return make_comment(make_article(), "You people!")


def page_of(comment):
    return f"{threads.address(comment.article)}{comment.pk}/report/"


def send(comment, network=1, **fields):
    client = ReaderClient(REMOTE_ADDR=f"192.0.2.{network}")
    fields = {"ground": "insult", "words": "", "token": make_token(comment.article), "website": ""} | fields
    return client.post(page_of(comment), fields)


def listed(client, tab="reported"):
    page = client.get(reverse("admin:comments_comment_queue"), {"tab": tab})
    return [row.pk for row in page.context["rows"]]


def test_reader_reports_from_the_thread(reader, comment):
    assert page_of(comment) in reader.get(threads.address(comment.article)).content.decode()
    form = reader.get(page_of(comment)).content.decode()
    assert "You people!" in form
    assert "Thank you." in send(comment, words=" Rude\n to all. ").content.decode()
    row = Report.objects.get()
    assert (row.comment, row.ground, row.words, row.outcome) == (comment, "insult", "Rude to all.", "")
    assert len(row.reporter) == 64


def test_second_report_of_a_network_writes_nothing(comment):
    send(comment)
    assert send(comment, ground="hate").status_code == 200
    assert Report.objects.get().ground == "insult"


def test_comment_is_hidden_at_the_threshold(comment, settings, reader):
    settings.COMMENT_REPORTS = 2
    send(comment, 1)
    comment.refresh_from_db()
    assert comment.state == "approved"
    StaleTag.objects.all().delete()
    send(comment, 2)
    comment.refresh_from_db()
    assert comment.state == "pending"
    row = comment.decisions.first()
    assert (row.what, row.before, row.after, row.by) == ("reported", "approved", "pending", None)
    assert StaleTag.objects.filter(tag=f"article:{comment.article_id}").exists()
    assert "You people!" not in reader.get(threads.address(comment.article)).content.decode()
    assert send(comment, 3).status_code == 404


def test_no_threshold_hides_nothing(comment, settings):
    settings.COMMENT_REPORTS = 0
    for network in range(5):
        send(comment, network)
    assert Comment.objects.get().state == "approved"


def test_rejected_report_does_not_return(client, comment, settings):
    settings.COMMENT_REPORTS = 2
    moderator = make_user("leo", role="Moderator")
    client.force_login(moderator)
    send(comment, 1)
    assert listed(client) == [comment.pk]
    fields = {"do": "approve", "comment": comment.pk, f"seen-{comment.pk}": "approved"}
    client.post(reverse("admin:comments_comment_queue") + "?tab=reported", fields)
    row = comment.decisions.first()
    assert (row.what, row.before, row.after, row.by) == ("kept", "approved", "approved", moderator)
    for network in range(1, 6):
        assert send(comment, network).status_code == 200
    comment.refresh_from_db()
    assert comment.state == "approved"
    assert listed(client) == []
    assert set(Report.objects.values_list("outcome", flat=True)) == {"rejected"}


def test_other_words_may_be_reported_anew(comment):
    from django.utils import timezone

    send(comment, 1)
    moderation.approve([comment], by=make_user(role="Moderator"))
    Comment.objects.update(edited_at=timezone.now())
    send(comment, 2)
    assert Report.objects.open().count() == 1


def test_decision_against_the_comment_upholds_the_reports(client, comment):
    client.force_login(make_user(role="Moderator"))
    send(comment, 1)
    assert (
        "It insults or attacks somebody."
        in client.get(reverse("admin:comments_comment_queue"), {"tab": "reported"}).content.decode()
    )
    moderation.reject([comment], by=make_user(role="Moderator"), ground="insult")
    assert Report.objects.get().outcome == "upheld"
    assert listed(client) == []


def test_approving_a_hidden_comment_shows_it_again(comment, settings):
    settings.COMMENT_REPORTS = 1
    send(comment)
    comment.refresh_from_db()
    moderation.approve([comment], by=make_user(role="Moderator"))
    comment.refresh_from_db()
    assert comment.state == "approved"
    assert Report.objects.get().outcome == "rejected"
    assert list(Decision.objects.order_by("pk").values_list("what", "after")) == [
        ("received", "approved"),
        ("reported", "pending"),
        ("decided", "approved"),
    ]


@pytest.mark.parametrize("threshold", [0, 1])
@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_undone_decision_opens_the_reports_again(client, comment, settings, threshold, verb):
    """Those that came after it, too: they were rejected because of it alone."""
    settings.COMMENT_REPORTS = threshold
    leo = make_user("leo", role="Moderator")
    client.force_login(leo)
    send(comment, 1)
    other = make_comment(comment.article)
    reports.report(other, reporter="o" * 64, ground="insult")
    moderation.approve(Comment.objects.filter(pk=other.pk), by=leo)
    before = Comment.objects.get(pk=comment.pk).state
    getattr(moderation, verb)(Comment.objects.filter(pk=comment.pk), by=leo)
    reports.report(comment, reporter="p" * 64, ground="hate")
    if verb == "approve":
        assert listed(client) == []
        assert set(Report.objects.values_list("outcome", flat=True)) == {"rejected"}
    [changed] = moderation.undo(Comment.objects.filter(pk=comment.pk), by=leo).changed
    assert changed.state == before
    assert listed(client) == [comment.pk]
    assert set(comment.reports.values_list("outcome", flat=True)) == {""}
    assert other.reports.get().outcome == "rejected"
    assert comment.decisions.first().what == "undone"


# What is refused


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"ground": ""}, "Choose what is wrong with it."),
        ({"ground": "checks"}, "Choose what is wrong with it."),
        ({"words": "y" * 301}, "At most 300 characters, please."),
        ({"token": "x"}, "This form was not made here"),
    ],
)
def test_wrong_report_is_refused_and_its_words_kept(comment, fields, words):
    """S26"""
    response = send(comment, **{"words": "My own words"} | fields)
    assert response.status_code == 400
    assert words in response.content.decode()
    assert fields.get("words", "My own words") in response.content.decode()
    assert not Report.objects.exists()


def test_report_from_elsewhere_is_refused(comment):
    """S16"""
    fields = {"ground": "insult", "token": make_token(comment.article)}
    response = ReaderClient().post(page_of(comment), fields, HTTP_ORIGIN="https://evil.example")
    assert response.status_code == 403
    assert not Report.objects.exists()


def test_machine_that_fills_in_everything_is_thanked_and_forgotten(comment):
    assert send(comment, website="https://x.example").status_code == 200
    assert not Report.objects.exists()


@pytest.mark.usefixtures("in_one_window")
def test_reports_of_a_network_are_limited(settings):
    settings.COMMENT_REPORT_RATE = 1
    article = make_article()
    first, second = make_comment(article), make_comment(article)
    assert send(first).status_code == 200
    response = send(second)
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert Report.objects.count() == 1


@pytest.mark.parametrize("state", ["pending", "rejected", "spam", "trash"])
def test_hidden_comment_has_no_report_page(reader, state):
    """S12"""
    assert reader.get(page_of(make_comment(make_article(), state=state))).status_code == 404


def test_hostile_words_of_a_report_are_harmless(client, comment):
    """S5"""
    client.force_login(make_user(role="Moderator"))
    send(comment, words='"><img src=x onerror=alert(1)>')
    page = client.get(reverse("admin:comments_comment_queue"), {"tab": "reported"}).content.decode()
    assert "<img" not in page
    assert "&lt;img" in page
