"""The demo newsroom: complete, loaded once, the same however often the command runs, and closed where it should be."""

import json
from collections import Counter
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from articles.models import Article, Author, Category, Correction, Image, Ranking, Rating
from comments.models import Comment
from newsroom.appeals.models import Appeal, Channel
from newsroom.demo import load as demo
from newsroom.demo.load import ACCOUNTS, HERE, LANGUAGES, PASSWORD
from newsroom.pages.models import Page
from newsroom.roles import apply_roles
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def newsroom(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo newsroom, loaded once for the tests that look at it; each of them still ends as it began."""
    media = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"))
    with django_db_blocker.unblock(), media, transaction.atomic():
        apply_roles(Group, Permission)  # a test with real transactions ends with empty tables
        call_command("demo", verbosity=0)
        yield
        transaction.set_rollback(True)


def rows_of_everything():
    return {
        model._meta.label: sorted(map(str, model.objects.values_list("pk", flat=True)))
        for model in apps.get_models()
        if model is not Ranking  # rebuilt by every run, as at every hour
    }


def test_demo_shows_every_part_of_a_newsroom(newsroom):
    public = Article.objects.public()
    assert public.count() >= 60
    assert Counter(public.values_list("language", flat=True)).keys() == set(LANGUAGES)
    newest, oldest = (public.order_by(order).first().publish_at for order in ("-publish_at", "publish_at"))
    assert newest - oldest > timedelta(days=700)
    assert set(Article.objects.values_list("state", flat=True)) == {"draft", "in_review", "published", "withdrawn"}
    assert Article.objects.filter(state="published", publish_at__gt=timezone.now()).exists()
    groups = Counter(public.values_list("version_group", flat=True))
    assert sorted(size for size in groups.values() if size > 1).count(3) >= 2
    assert sum(size > 1 for size in groups.values()) >= 12
    for language in LANGUAGES:
        categories = Category.objects.filter(language=language)
        assert categories.count() >= 8
        assert categories.filter(parent__isnull=False).exists()
        assert categories.filter(on_front=True).count() >= 3
        assert Page.objects.public().filter(language=language).count() == 4
        assert Appeal.objects.current().edition(language).featured().exists()
    assert Author.objects.count() >= 10
    assert Image.objects.count() >= 20
    assert not Image.objects.filter(alternative_text="").exists()
    assert Correction.objects.exists()


def test_demo_has_syndicated_and_unrated_stories_with_neighbours(newsroom):
    syndicated = Article.objects.public().exclude(source_url="").order_by("publish_at")
    assert len(syndicated) >= 3
    assert any(article.canonical_is_source for article in syndicated)
    public = Article.objects.public()
    rated = Rating.objects.values("article")
    assert public.exclude(pk__in=rated).count() >= 3
    assert public.filter(pk__in=rated).count() >= 40
    english = public.filter(language="en")
    between = [
        article
        for article in syndicated.filter(language="en")
        if english.filter(publish_at__lt=article.publish_at).exists()
        and english.filter(publish_at__gt=article.publish_at).exists()
    ]
    assert len(between) >= 3


def test_demo_has_threads_in_every_state(newsroom):
    assert set(Comment.objects.values_list("state", flat=True)) == set(Comment.State.values)
    assert set(Comment.objects.filter(article__language="en").values_list("state", flat=True)) == set(
        Comment.State.values
    )
    assert Comment.objects.filter(depth__gte=3, state="approved").exists()
    assert Comment.objects.filter(user__isnull=False, state="approved").exists()
    assert not Comment.objects.exclude(email="").exclude(email__endswith="@example.org").exists()
    assert not Comment.objects.filter(created_at__gt=timezone.now()).exists()
    assert not Comment.objects.filter(parent__isnull=False).exclude(parent__state="approved").exists()


def test_demo_has_running_and_ended_appeals_with_and_without_a_goal(newsroom):
    english = Appeal.objects.filter(language="en")
    assert english.count() >= 6
    assert Channel.objects.filter(appeals__in=english).distinct().count() == 4
    running = english.current()
    assert running.filter(goal__isnull=False).exists()
    assert running.filter(goal__isnull=True).exists()
    ended = english.exclude(pk__in=running)
    assert ended.filter(goal__isnull=False).exists()
    assert not ended.filter(thank_you="").exists()
    assert all(appeal.links.count() for appeal in Appeal.objects.all())
    assert not Appeal.objects.filter(raised__isnull=False, as_of__isnull=True).exists()
    for appeal in Appeal.objects.all():
        appeal.full_clean()


def test_second_run_changes_nothing(newsroom, capsys):
    Article.objects.filter(slug="the-ferry-that-waits").update(headline="Changed by an editor")
    before = rows_of_everything()
    call_command("demo", verbosity=0)
    assert "created 0." in capsys.readouterr().out
    assert rows_of_everything() == before
    assert Article.objects.get(slug="the-ferry-that-waits").headline == "Changed by an editor"


def test_once_does_nothing_where_it_was_loaded_before(newsroom, capsys):
    Article.objects.filter(slug="blue-doors-of-cooper-street").delete()
    call_command("demo", once=True)
    assert capsys.readouterr().out == ""
    assert not Article.objects.filter(slug="blue-doors-of-cooper-street").exists()


def test_each_role_has_an_account_that_may_enter_the_desk(newsroom, client, settings):
    settings.DEMO_ACCOUNTS = True
    for username, (role, _first, _last) in ACCOUNTS.items():
        user = get_user_model().objects.get(username=username)
        assert role in user.groups.values_list("name", flat=True)
        assert not user.is_superuser
        assert client.login(username=username, password=PASSWORD)
        assert client.get("/admin/").status_code == 200
        client.logout()


def test_demo_accounts_sign_in_only_where_the_operator_says_so(newsroom, client, settings):
    """S21"""
    settings.DEMO_ACCOUNTS = True
    assert client.login(username="publisher", password=PASSWORD)
    settings.DEMO_ACCOUNTS = False
    assert client.get("/admin/").status_code == 302  # a session from before ends as well
    client.logout()
    assert not client.login(username="publisher", password=PASSWORD)
    answer = client.post("/accounts/login/", {"username": "publisher", "password": PASSWORD})
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session
    make_user("real", role="Editor")
    assert client.login(username="real", password="correct horse battery")


def test_addresses_and_accounts_are_said(capsys, settings):
    call_command("demo", addresses=True)
    said = capsys.readouterr().out
    assert settings.SITE_URL in said
    assert "/admin/" in said
    for username in (*ACCOUNTS, PASSWORD):
        assert username in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_files_name_is_there(language):
    """A slip in a file would otherwise be a link to nowhere or a story without its picture."""
    pictures = {facts["file"] for facts in json.loads((HERE / "pictures.json").read_text())}
    authors = {facts["slug"] for facts in json.loads((HERE / "authors.json").read_text())}
    stories = {
        edition: {facts["slug"]: facts for facts, _text in demo._stories(edition)} for edition in {language, "en"}
    }
    known = set().union(*stories.values())
    for facts, text in demo._stories(language):
        assert facts.get("picture") is None or facts["picture"] in pictures, facts["slug"]
        assert {signed["slug"] for signed in facts["authors"]} <= authors, facts["slug"]
        assert set(facts["related"]) <= set(stories[language]), facts["slug"]
        assert set(demo.re.findall(r'href="article:([^"]+)"', text)) <= known, facts["slug"]
    for appeal in json.loads((HERE / language / "appeals.json").read_text()):
        assert appeal["picture"] in pictures
        assert set(demo.re.findall(r'href="article:([^"]+)"', appeal["body"])) <= known
    for thread in json.loads((HERE / language / "comments.json").read_text()):
        assert thread["article"] in stories[language]
