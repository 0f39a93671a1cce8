"""The public page that compares published versions which an editor has opened to readers."""

import pytest
from django.urls import reverse

from articles import versions, workflow
from articles.models import StaleTag
from tests.factories import make_article, make_draft, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    client.editor = make_user("ed", role="Editor")
    client.force_login(client.editor)
    return client


def published_twice(editor):
    article = make_article("Old quay", body="<p>At nine.</p><p>The lamp.</p>")
    versions.mark_published(versions.record(article), article.publish_at)
    content = {**versions.stored(article), "headline": "New quay", "body": "<p>At ten.</p><p>The lamp.</p>"}
    workflow.change(article, content, by=editor, at_once=True)
    article.refresh_from_db()
    return article


def open_version(client, article, number, is_open="1"):
    address = reverse("admin:articles_version_open", args=[article.pk, number])
    return client.post(address, {"open": is_open}, follow=True).content.decode()


def test_readers_compare_published_versions_that_were_opened(editor, reader):
    article = published_twice(editor.editor)
    address = article.get_changes_url()
    assert reader.get(address).status_code == 404
    open_version(editor, article, 1)
    assert reader.get(address).status_code == 404
    assert address not in reader.get(article.get_absolute_url()).content.decode()
    assert "Readers may compare this version." in open_version(editor, article, 2)
    page = reader.get(address).content.decode()
    for words in (
        "<strong>Old</strong> quay",
        "<strong>New</strong> quay",
        "<strong>nine</strong>",
        "<strong>ten</strong>",
    ):
        assert words in page
    assert "The lamp." not in page
    assert address in reader.get(article.get_absolute_url()).content.decode()


def test_version_is_closed_again_and_the_pages_end(editor, reader):
    article = published_twice(editor.editor)
    for number in (1, 2):
        open_version(editor, article, number)
    StaleTag.objects.all().delete()
    open_version(editor, article, 2, is_open="0")
    assert reader.get(article.get_changes_url()).status_code == 404
    assert StaleTag.objects.filter(tag=f"article:{article.pk}").exists()


def test_version_that_was_never_published_is_not_opened(editor):
    article = make_draft()
    versions.record(article)
    assert "was never published and cannot be opened to readers" in open_version(editor, article, 1)
    assert article.revisions.get().opened_at is None


def test_author_opens_nothing(client):
    author = make_user(role="Author")
    article = published_twice(make_user(role="Editor"))
    type(article).objects.update(created_by=author)
    client.force_login(author)
    assert "Your role does not allow it" in open_version(client, article, 1)
    assert not article.revisions.opened().exists()


def test_article_that_is_not_public_has_no_such_page(editor, reader):
    """S12"""
    article = published_twice(editor.editor)
    for number in (1, 2):
        open_version(editor, article, number)
    workflow.withdraw(article, by=editor.editor)
    assert reader.get(article.get_changes_url()).status_code == 404


def test_wrong_slug_leads_to_the_right_address(editor, reader):
    article = published_twice(editor.editor)
    for number in (1, 2):
        open_version(editor, article, number)
    response = reader.get(reverse("articles:changes", args=[article.pk, "wrong"]))
    assert (response.status_code, response["Location"]) == (301, article.get_changes_url())


def test_page_costs_the_same_for_two_versions_and_four(editor, reader, django_assert_num_queries):
    article = published_twice(editor.editor)
    for number in (1, 2):
        open_version(editor, article, number)
    reader.get(article.get_changes_url())  # keeps the sidebar's parts
    with django_assert_num_queries(3):
        reader.get(article.get_changes_url())
    for words in ("<p>At six.</p>", "<p>At seven.</p>"):
        workflow.change(article, {**versions.stored(article), "body": words}, by=editor.editor, at_once=True)
    article.revisions.update(opened_at=article.publish_at)
    reader.get(article.get_changes_url())
    with django_assert_num_queries(3):
        reader.get(article.get_changes_url())
