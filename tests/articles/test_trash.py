"""The trash ends what lies in it for long, and rows of who had a form open end with it."""

import io
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from articles import versions, workflow
from articles.models import Article, ArticleRevision, Presence, Upkeep
from tests.factories import make_article, make_comment, make_draft, make_user

pytestmark = pytest.mark.django_db


def trashed(headline, *, days, by):
    """An article that was put into the trash so many days ago."""
    with time_machine.travel(timezone.now() - timedelta(days=days), tick=False):
        article = make_draft(headline, tags=["Sea"], created_by=by)
        versions.record(article)
        workflow.trash(article, by=by)
    return article


def empty():
    out = io.StringIO()
    call_command("empty_trash", stdout=out)
    return out.getvalue().strip()


def test_what_has_lain_there_for_long_ends_with_all_that_is_its_own(settings):
    settings.TRASH_DAYS = 30
    editor = make_user(role="Editor")
    old, _young, back = (
        trashed(name, days=days, by=editor) for name, days in (("Old", 30), ("Young", 29), ("Back", 60))
    )
    make_comment(old)
    workflow.untrash(back, by=editor)
    workflow.trash(back, by=editor)
    others = [make_article("Live"), make_draft("Draft")]
    Article.objects.filter(pk__in=[row.pk for row in others]).update(modified_at=timezone.now() - timedelta(days=99))
    assert empty() == "ended 1 articles, 0 presences"
    assert set(Article.objects.values_list("headline", flat=True)) == {"Young", "Back", "Live", "Draft"}
    assert not ArticleRevision.objects.filter(article=old.pk).exists()
    assert empty() == "ended 0 articles, 0 presences"
    last = Upkeep.objects.get(name="empty_trash")
    assert (last.note, last.finished_at is None) == ("ended 0 articles, 0 presences", False)


def test_who_left_a_form_is_forgotten_and_who_has_it_open_is_not():
    article, here, gone = make_draft(), make_user(), make_user()
    for user in (here, gone):
        Presence.objects.touch(article, user)
    Presence.objects.filter(user=gone).update(seen_at=timezone.now() - timedelta(minutes=1))
    assert empty() == "ended 0 articles, 1 presences"
    assert Presence.objects.get().user == here


def test_form_of_an_article_in_the_trash_names_the_day(client, settings):
    settings.TRASH_DAYS, settings.TIME_ZONE = 10, "UTC"
    editor = make_user(role="Editor")
    with time_machine.travel("2026-03-01 12:00Z", tick=False):
        article = make_draft(created_by=editor)
        client.force_login(editor)
        address = reverse("admin:articles_article_change", args=[article.pk])
        assert "In the trash" not in client.get(address).content.decode()
        workflow.trash(article, by=editor)
        assert "In the trash: from March 11, 2026 on" in client.get(address).content.decode()
