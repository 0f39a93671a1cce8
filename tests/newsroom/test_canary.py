"""S12: what is not public shows no trace anywhere, and all of it once it is."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from articles import readership
from articles.models import Article
from comments.models import Comment
from tests.factories import (
    make_article,
    make_author,
    make_category,
    make_comment,
    make_correction,
    make_draft,
    make_rating,
)

pytestmark = pytest.mark.django_db

NOW = timezone.now()
HIDDEN = {
    "draft": {"state": "draft"},
    "review": {"state": "in_review"},
    "scheduled": {"state": "published", "publish_at": NOW + timedelta(days=1)},
    "expired": {
        "state": "published",
        "publish_at": NOW - timedelta(days=2),
        "expire_at": NOW - timedelta(days=1),
    },
    "withdrawn": {"state": "withdrawn", "publish_at": NOW - timedelta(days=2)},
}


def plant(token, category, **fields):
    article = make_draft(
        f"Headline {token}",
        subtitle=f"Subtitle {token}",
        summary=f"Summary {token}",
        body=f"<p>Body {token}</p>",
        category=category,
        tags=[f"Tag {token}"],
        authors=[make_author(f"Author {token}")],
        source_name=f"Source {token}",
        source_url=f"https://source.example/{token}",
        featured_slot="lead",
        featured_until=NOW + timedelta(days=9),
        **fields,
    )
    make_correction(article, f"Correction {token}")
    make_comment(article, f"Comment {token}", name=f"Name {token}")
    for _ in range(4):
        make_rating(article, 5)
    readership.ReadingHour.objects.create(article=article, hour=NOW - timedelta(hours=2), readings=50)
    return article


def links_of(content):
    return set(re.findall(r'(?:href|action|data-[a-z-]+)="(/[^"#]*)"', content))


def crawl(client, extra=()):
    """Every page that links lead to from the front page and from `extra`, with the query strings that people try."""
    day = timezone.localdate()
    todo = {
        "/",
        "/archive/",
        f"/archive/{day:%Y}/",
        f"/archive/{day:%Y/%m}/",
        f"/archive/{day:%Y/%m/%d}/",
        "/search/?q=headline",
        *extra,
    }
    todo |= {"/categories/", "/authors/", "/tags/", "/corrections/", "/appeals/", "/no-such-page/"}
    todo |= {f"/?{name}=1" for name in ("preview", "version", "format", "page", "p", "page_id")}
    seen = {}
    while todo:
        path = todo.pop()
        if path in seen or path.startswith(("/static/", "/admin/", "/accounts/", "/media/")):
            continue
        response = client.get(path)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        content = body.decode() + response.get("Location", "")
        seen[path] = (response.status_code, content)
        if response.status_code == 200:
            todo |= links_of(content)
    return seen


@pytest.mark.parametrize("state", HIDDEN)
def test_hidden_article_leaves_no_trace(client, state):
    """S12"""
    token = f"canary{state}"
    category = make_category("Harbour", on_front=True)
    neighbours = [make_article(category=category, hours_ago=hours, tags=["Shared"]) for hours in (1, 30, 60)]
    article = plant(token, category, **HIDDEN[state])
    article.tags.add("Shared")
    neighbours[0].related.add(article)
    readership.rebuild_rankings()
    tag, author = article.tags.exclude(name="Shared").get(), article.authors.get()
    direct = {
        article.get_absolute_url(),
        f"{article.get_absolute_url()}comments/",
        article.get_rating_url(),
        f"/articles/{article.pk}/",
        tag.get_absolute_url(),
        author.get_absolute_url(),
    }
    pages = crawl(client, direct)
    assert {path for path, (_status, content) in pages.items() if token in content} == set()
    assert {pages[path][0] for path in direct} == {404}
    assert len(pages) > 20

    Article.objects.filter(pk=article.pk).update(state="withdrawn", expire_at=None)
    article.refresh_from_db()
    article.state, article.publish_at = "published", NOW - timedelta(hours=3)
    article.save()
    readership.rebuild_rankings()
    pages = crawl(client, direct)
    assert {pages[path][0] for path in direct if path != f"/articles/{article.pk}/"} == {200}
    with_token = {path for path, (_status, content) in pages.items() if token in content}
    assert {
        "/",
        "/archive/",
        "/tags/",
        "/authors/",
        "/corrections/",
        category.get_absolute_url(),
    } <= with_token

    article.state = "withdrawn"
    article.save()
    assert {path for path, (_status, content) in crawl(client, direct).items() if token in content} == set()


@pytest.mark.parametrize(
    "state", [Comment.State.PENDING, Comment.State.REJECTED, Comment.State.SPAM, Comment.State.TRASH]
)
def test_comment_that_is_not_approved_leaves_no_trace(client, state):
    """S12, S14"""
    article = make_article()
    hidden = make_comment(article, "canaryword", name="canaryname", email="canary@example.org", state=state)
    make_comment(article, "canaryreply", parent=hidden)
    make_comment(article, "shown", email="canaryaddress@example.org")
    pages = crawl(client, {article.get_absolute_url(), f"{article.get_absolute_url()}comments/"})
    assert {path for path, (_status, content) in pages.items() if "canary" in content} == set()
