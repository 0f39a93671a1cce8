"""Rows for tests: each function makes the plainest row that is valid, and takes any field by name."""

import itertools
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from articles import listing
from articles.models import Article, Author, Byline, Category, Correction, Rating
from comments.models import Comment
from newsroom.appeals.models import Appeal, Channel, DonationLink
from newsroom.pages.models import Page
from newsroom.roles import apply_roles

_number = itertools.count(1)


def make_user(username=None, *, role=None, **fields):
    """An account; with `role`, a member of staff in the group of that name."""
    username = username or f"user{next(_number)}"
    user = get_user_model().objects.create_user(
        username, f"{username}@example.org", "correct horse battery", is_staff=bool(role), **fields
    )
    if role:
        if not Group.objects.exists():  # a test with real transactions ends with empty tables
            apply_roles(Group, Permission)
        user.groups.add(Group.objects.get(name=role))
    return user


def make_category(name=None, *, language="en", **fields):
    return Category.objects.create(name=name or f"Category {next(_number)}", language=language, **fields)


def make_author(name=None, **fields):
    return Author.objects.create(name=name or f"Author {next(_number)}", **fields)


def make_draft(headline=None, *, tags=(), authors=(), categories=(), **fields):
    fields.setdefault("language", "en")
    fields.setdefault("body", "<p>Words of the story.</p>")
    article = Article.objects.create(headline=headline or f"Story {next(_number)}", **fields)
    article.tags.add(*tags)
    article.categories.add(*categories)
    for position, author in enumerate(authors):
        Byline.objects.create(article=article, author=author, position=position)
    listing.refresh(article)
    return article


def make_article(headline=None, *, hours_ago=1, **fields):
    """A public article."""
    fields.setdefault("publish_at", timezone.now() - timedelta(hours=hours_ago))
    return make_draft(headline, state=Article.State.PUBLISHED, **fields)


def make_correction(article, text="The ferry leaves at nine.", **fields):
    return Correction.objects.create(article=article, text=text, **fields)


def make_rating(article, stars, **fields):
    fields.setdefault("reader", f"reader{next(_number)}")
    return Rating.objects.create(article=article, stars=stars, **fields)


def make_comment(article, body="A comment.", *, parent=None, state=Comment.State.APPROVED, **fields):
    fields.setdefault("name", "Oda")
    fields.setdefault("email", "oda@example.org")
    fields.setdefault("created_at", timezone.now())
    if parent:
        fields |= {"root": parent.root or parent, "depth": parent.depth + 1}
    return Comment.objects.create(article=article, body=body, parent=parent, state=state, **fields)


def make_channel(name=None, **fields):
    return Channel.objects.create(name=name or f"Channel {next(_number)}", **fields)


def make_appeal(title=None, *, channel=None, links=1, **fields):
    defaults = {"language": "en", "is_published": True, "is_featured": True, "excerpt": "Please help."}
    defaults["starts_at"] = timezone.now() - timedelta(days=1)
    channel = channel or make_channel()
    appeal = Appeal.objects.create(title=title or f"Appeal {next(_number)}", channel=channel, **{**defaults, **fields})
    for number in range(1, links + 1):
        DonationLink.objects.create(
            appeal=appeal, provider="Givebox", label=f"Give {number}", url=f"https://give.example/{number}"
        )
    return appeal


def make_page(title="About us", **fields):
    return Page.objects.create(
        **{"title": title, "language": "en", "is_published": True, "body": "<p>We.</p>", **fields}
    )
