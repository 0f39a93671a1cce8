"""Modes: what the article, its category, the edition and the settings say of new comments, and when that changes."""

from datetime import timedelta

import pytest
import time_machine
from django.core.handlers.wsgi import WSGIHandler
from django.utils import timezone

from articles.models import Edition
from comments import threads
from comments.models import Comment
from newsroom.pagecache import PageCache
from tests.comments.sending import WORDS, filled, hidden, send
from tests.conftest import ReaderClient
from tests.factories import make_article, make_category, make_comment, make_user
from tests.newsroom.wsgi import ask

pytestmark = pytest.mark.django_db


def state_of_sent(reader, article, **fields):
    response = send(reader, article, **fields)
    assert response.status_code == 303
    return Comment.objects.latest("pk").state


def make_edition(**fields):
    return Edition.objects.create(language="en", name="The Quay", **fields)


def test_comment_is_held_where_nobody_says(reader):
    assert state_of_sent(reader, make_article()) == "pending"


@pytest.mark.parametrize(
    ("site", "edition", "above", "section", "own", "expected"),
    [
        ("open", "", "", "", "", "approved"),
        ("open", "held", "", "", "", "pending"),
        ("held", "held", "open", "", "", "approved"),
        ("held", "held", "open", "held", "", "pending"),
        ("held", "held", "held", "held", "open", "approved"),
    ],
)
def test_nearest_rule_counts(reader, settings, site, edition, above, section, own, expected):
    settings.COMMENT_MODE = site
    make_edition(comment_mode=edition)
    category = make_category(parent=make_category(comment_mode=above), comment_mode=section)
    assert state_of_sent(reader, make_article(category=category, comment_mode=own)) == expected


def test_open_comment_is_shown_to_everybody_and_its_writer_is_told(reader, another_reader):
    article = make_article(comment_mode="open")
    form = reader.get(threads.address(article)).content.decode()
    assert "Comments appear at once" in form
    assert "Editors read each comment" not in form
    response = send(reader, article)
    assert "Your comment is published." in reader.get(response["Location"]).content.decode()
    part = reader.get(f"{threads.address(article)}?fragment=1&comment={Comment.objects.get().pk}").content.decode()
    assert "Your comment is published." in part
    others = another_reader.get(response["Location"]).content.decode()
    assert WORDS in others
    assert "Your comment is published." not in others
    assert WORDS in another_reader.get(article.get_absolute_url()).content.decode()


def test_checks_hold_an_open_comment_as_well(reader):
    """S17"""
    article = make_article(comment_mode="open")
    assert state_of_sent(reader, article, body="See http://a.example http://b.example http://c.example") == "pending"
    assert state_of_sent(reader, article, website="x", body="Trapped.") == "spam"


def test_first_comment_is_held_and_later_ones_of_the_same_browser_are_not(reader, another_reader):
    article = make_article(comment_mode="first_held")
    assert "Editors read your first comment" in reader.get(threads.address(article)).content.decode()
    assert state_of_sent(reader, article) == "pending"
    assert state_of_sent(reader, article, body="Before anybody has read the first.") == "pending"
    Comment.objects.update(state="approved")
    assert state_of_sent(reader, article, body="The second day was calmer.") == "approved"
    assert state_of_sent(another_reader, article, body="Somebody who types that address.") == "pending"


def test_staff_without_the_permission_wait_where_comments_are_held():
    article = make_article(comment_mode="first_held")
    client, user = ReaderClient(), make_user(role="Author")
    make_comment(article, user=user, email="")
    client.force_login(user)
    token = hidden(client.get(threads.address(article)).content.decode(), "csrfmiddlewaretoken")
    send(client, article, csrfmiddlewaretoken=token)
    assert Comment.objects.latest("pk").state == "pending"


# Closed


@pytest.mark.parametrize(
    ("closed", "words"),
    [
        ("article", "Comments on this story are closed."),
        ("section", "This section takes no comments."),
        ("edition", "We take no comments at present."),
        ("site", "We take no comments at present."),
        ("days", "Comments were open for 2 days after this story appeared."),
    ],
)
def test_closed_article_says_why_keeps_the_words_and_shows_its_thread(reader, settings, closed, words):
    fields = {"hours_ago": 50}
    match closed:
        case "article":
            fields["comment_mode"] = "closed"
        case "section":
            fields["category"] = make_category(parent=make_category(comment_mode="closed"))
        case "edition":
            make_edition(comment_mode="closed")
        case "site":
            settings.COMMENT_MODE = "closed"
        case "days":
            settings.COMMENT_DAYS = 2
    article = make_article(**fields)
    make_comment(article, "Said before")
    for address in (threads.address(article), article.get_absolute_url()):
        html = reader.get(address).content.decode()
        assert words in html
        assert "Said before" in html
        assert "?reply=" not in html
        assert 'name="body"' not in html
    response = send(reader, article)
    html = response.content.decode()
    assert response.status_code == 403
    assert words in html
    assert WORDS in html
    assert Comment.objects.count() == 1


def test_closed_section_is_closed_under_any_editions_address(reader):
    """S17"""
    article = make_article(category=make_category(comment_mode="closed"))
    response = reader.post(f"/fa/articles/{article.pk}/x/comments/", filled(article))
    assert response.status_code == 403
    assert not Comment.objects.exists()


def test_article_opens_what_its_section_closes(reader):
    article = make_article(category=make_category(comment_mode="closed"), comment_mode="held")
    assert state_of_sent(reader, article) == "pending"


# After some days


@pytest.mark.parametrize("own", [None, 0])
def test_comments_are_closed_after_days_unless_the_article_says_for_ever(reader, own):
    make_edition(comment_days=3)
    article = make_article(hours_ago=24 * 4, comment_days=own)
    assert send(reader, article).status_code == (403 if own is None else 303)


def test_comments_are_held_after_days(reader):
    category = make_category(comment_mode="open", comment_days=3, comment_later="held")
    assert state_of_sent(reader, make_article(category=category, hours_ago=24)) == "approved"
    assert state_of_sent(reader, make_article(category=category, hours_ago=24 * 4), body="Later.") == "pending"


def test_kept_page_ends_when_comments_close():
    start = timezone.now().replace(microsecond=0)
    layer = PageCache(WSGIHandler(), size=10_000_000, follows=False)
    with time_machine.travel(start, tick=False) as clock:
        article = make_article(publish_at=start - timedelta(days=1) + timedelta(seconds=60), comment_days=1)
        layer.look()
        layer.flood_until = 0.0
        layer.look()
        address = article.get_absolute_url()
        words = "Comments were open for 1 day after this story appeared."
        assert words not in ask(layer, address).text
        clock.shift(timedelta(seconds=59))
        assert words not in ask(layer, address).text
        clock.shift(timedelta(seconds=1))
        assert words in ask(layer, address).text


# The notice


def test_notice_stands_above_the_form_and_is_text(reader):
    """S4"""
    make_edition(comment_notice="Be kind.")
    category = make_category(comment_notice="No scores <script>, please.")
    for article, words in (
        (make_article(), "Be kind."),
        (make_article(category=category), "No scores &lt;script&gt;, please."),
        (make_article(category=category, comment_notice="Closed on Sunday."), "Closed on Sunday."),
    ):
        for address in (threads.address(article), article.get_absolute_url()):
            assert words in reader.get(address).content.decode()


# At the desk


def test_publisher_sets_the_rules_of_edition_section_and_article(client):
    client.force_login(make_user(role="Publisher"))
    edition, category, article = make_edition(), make_category(), make_article()
    for address in (
        f"/admin/articles/edition/{edition.pk}/change/",
        f"/admin/articles/category/{category.pk}/change/",
        f"/admin/articles/article/{article.pk}/change/",
    ):
        html = client.get(address).content.decode()
        for name in ("comment_mode", "comment_days", "comment_later", "comment_notice"):
            assert f'name="{name}"' in html
