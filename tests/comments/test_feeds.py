"""Feeds of comments: approved ones alone, newest first, and nothing in them breaks a feed."""

import json
from datetime import timedelta

import feedparser
import pytest
from defusedxml import ElementTree
from django.utils import timezone

from articles import body
from articles.markup import printable
from articles.models import StaleTag
from comments import feeds
from comments.models import Comment
from tests.articles.test_feeds import ODD, articles_with, naughty, stored, titles_of
from tests.factories import make_article, make_comment, make_draft

pytestmark = pytest.mark.django_db

FORMS = ["", "atom/", "json/"]
State = Comment.State


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = "https://news.example"


def of(article, form=""):
    return f"{article.get_absolute_url()}comments/feed/{form}"


def parsed(client, path):
    response = client.get(path)
    assert response.status_code == 200
    feed = feedparser.parse(response.content, response_headers={"content-type": response["Content-Type"]})
    assert feed.bozo == 0, feed.get("bozo_exception")
    return feed


@pytest.mark.parametrize("form", ["", "atom/"])
def test_story_has_a_feed_of_its_comments_newest_first(client, form):
    article = make_article("The ferry waits")
    first = make_comment(article, "I *was* there: https://boat.example/", name="Oda")
    make_comment(article, "Was there tea?", name="Nour", parent=first)
    make_comment(make_article(), "Elsewhere")
    feed = parsed(client, of(article, form))
    assert [entry.title for entry in feed.entries] == ["Nour on “The ferry waits”", "Oda on “The ferry waits”"]
    entry = feed.entries[1]
    assert entry.link == f"https://news.example{first.get_absolute_url()}"
    assert entry.id == f"https://news.example/articles/{article.pk}/#c{first.pk}"
    assert [person.name for person in entry.authors] == ["Oda"]
    assert "<em>was</em>" in entry.content[0].value
    assert feed.feed.link == f"https://news.example{article.get_absolute_url()}comments/"


@pytest.mark.parametrize("form", ["", "atom/"])
def test_old_comments_that_are_imported_late_do_not_come_first(client, form):
    article = make_article("The ferry waits")
    make_comment(article, "Today", name="New")
    make_comment(article, "Years ago", name="Old", created_at=timezone.now() - timedelta(days=3000))
    for path in (of(article, form), f"/comments/feed/{form}"):
        assert [entry.author for entry in parsed(client, path).entries] == ["New", "Old"]


def test_edition_has_a_feed_of_its_comments(client):
    make_comment(make_article("One"), "English")
    make_comment(make_article("Deux", language="fr"), "French")
    assert len(parsed(client, "/comments/feed/").entries) == len(parsed(client, "/fr/comments/feed/atom/").entries) == 1
    feed = json.loads(client.get("/comments/feed/json/").content)
    assert feed["home_page_url"] == "https://news.example/"
    assert feed["feed_url"] == "https://news.example/comments/feed/json/"
    [item] = feed["items"]
    assert item["content_html"].startswith('<div lang="en" dir="ltr">')
    assert item["authors"] == [{"name": "Oda"}]


@pytest.mark.parametrize("form", FORMS)
def test_only_approved_comments_of_public_stories_are_in_them(client, form):
    """S12, S14"""
    article = make_article()
    for state in (State.PENDING, State.REJECTED, State.SPAM, State.TRASH):
        hidden = make_comment(article, "canary", name="canary", email="canary@example.org", state=state)
        make_comment(article, "canary below", parent=hidden)
    make_comment(article, "canary", withdrawn_at=timezone.now())
    make_comment(article, "shown", email="canary@example.org")
    draft = make_draft()
    make_comment(draft, "canary")
    for path in (f"/comments/feed/{form}", of(article, form)):
        text = client.get(path).content.decode()
        assert "shown" in text
        assert "canary" not in text
    assert client.get(of(draft, form)).status_code == 404
    assert client.get(f"/articles/999999/x/comments/feed/{form}").status_code == 404


@pytest.mark.parametrize("form", FORMS)
def test_another_slug_or_edition_leads_to_the_right_address(client, form):
    article = make_article("Ferry", language="fr")
    response = client.get(f"/articles/{article.pk}/wrong/comments/feed/{form}")
    assert (response.status_code, response["Location"]) == (301, of(article, form))


def test_feed_without_comments_is_a_feed(client):
    article = make_article()
    for form in ("", "atom/"):
        assert parsed(client, of(article, form)).entries == []
        assert parsed(client, f"/comments/feed/{form}").entries == []


def test_same_feed_is_not_sent_twice(client):
    article = make_article()
    make_comment(article)
    for path in (of(article), "/comments/feed/"):
        response = client.get(path)
        assert client.get(path, headers={"if-none-match": response["ETag"]}).status_code == 304


@pytest.mark.parametrize("texts", [ODD, pytest.param(None, id="naughty strings")])
def test_no_comment_breaks_a_feed(client, texts, monkeypatch):
    """S26"""
    texts = naughty() if texts is None else texts
    if not texts:
        pytest.skip("the corpus of naughty strings is not beside the project")
    monkeypatch.setattr(feeds, "LENGTH", len(texts))
    article = make_article("Ferry")
    Comment.objects.bulk_create(
        Comment(
            article=article,
            name=stored(text)[:80],
            body_html=body.sanitize_comment(stored(text)),
            state=State.APPROVED,
            created_at=timezone.now(),
        )
        for text in texts
    )
    for path in (of(article), "/comments/feed/"):
        root = ElementTree.fromstring(client.get(path).content)
        titles = [item.findtext("title") or "" for item in root.iter("item")]
        wanted = [" ".join(f"{printable(stored(text)[:80])} on “Ferry”".split()) for text in reversed(texts)]
        assert titles == wanted
        for form in ("", "atom/"):
            assert len(parsed(client, path + form).entries) == len(titles)


@pytest.mark.parametrize("headlines", [ODD, pytest.param(None, id="naughty strings")])
def test_no_headline_breaks_a_feed_of_comments(client, headlines, monkeypatch):
    """S26"""
    headlines = naughty() if headlines is None else headlines
    if not headlines:
        pytest.skip("the corpus of naughty strings is not beside the project")
    monkeypatch.setattr(feeds, "LENGTH", len(headlines))
    articles = articles_with(headlines)
    Comment.objects.bulk_create(
        Comment(article=article, name="Oda", body_html="<p>Yes.</p>", state=State.APPROVED, created_at=timezone.now())
        for article in articles
    )
    wanted = [" ".join(f"Oda on “{printable(article.headline)}”".split()) for article in reversed(articles)]
    for form in FORMS:
        assert titles_of(client, f"/comments/feed/{form}", form) == wanted
    # Each headline stands in the title of its story's own feed too; the forms take turns.
    for number, article in enumerate(articles):
        form = FORMS[number % 3]
        title = " ".join(f"Comments on “{printable(article.headline)}” · Newsroom".split())
        content = client.get(of(article, form)).content
        if form == "json/":
            assert json.loads(content)["title"] == title
        else:
            root = ElementTree.fromstring(content)
            assert title == (root.findtext("channel/title") or root.findtext("{http://www.w3.org/2005/Atom}title"))
            assert len(root.findall("channel/item") or root.findall("{http://www.w3.org/2005/Atom}entry")) == 1


def test_feed_costs_the_same_at_any_number(client, queries_of):
    article = make_article()
    for number in (1, 3):
        for _ in range(number):
            make_comment(article)
        assert queries_of(of(article)) == (4, 3)
        assert queries_of("/comments/feed/") == (3, 2)


def test_what_a_comment_marks_stale_is_what_its_feed_bears(client):
    article = make_article()
    comment = make_comment(article)
    StaleTag.objects.all().delete()
    comment.state = State.TRASH
    comment.save()
    assert f"article:{article.pk}" in set(StaleTag.objects.values_list("tag", flat=True))
    request = client.get(of(article)).wsgi_request
    assert request.META["newsroom.shows"] == {f"article:{article.pk}"}
