"""Links that show one version to people without an account, and how wide a preview is."""

from datetime import timedelta

import pytest
import time_machine
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from articles import previews, versions, workflow
from articles.models import Article, PreviewLink
from tests.articles.desk import change
from tests.factories import make_article, make_author, make_draft, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    client.editor = make_user("ed", role="Editor")
    client.force_login(client.editor)
    return client


def share(client, article, number=1, **data):
    """The address of a link, without the host."""
    client.post(reverse("admin:articles_version_share", args=[article.pk, number]), {"days": 7, **data})
    return reverse("preview", args=[previews.token(PreviewLink.objects.latest("pk"))])


def test_link_shows_the_version_to_people_without_an_account(editor, reader):
    article = make_draft("Canary", body="<p>Old words.</p>", authors=[make_author("Ines Marlow")])
    change(editor, article, body="<p>New words.</p>")
    response = reader.get(share(editor, article, 1))
    page = response.content.decode()
    assert "Old words." in page
    assert "Ines Marlow" in page
    assert "New words." not in page
    assert "not published" in page
    assert "/admin/" not in page


def test_link_is_neither_indexed_nor_stored_nor_passed_on(editor, reader):
    """S13"""
    article = make_draft()
    versions.record(article)
    response = reader.get(share(editor, article))
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["Cache-Control"] == "private, no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert '<meta name="robots" content="noindex">' in response.content.decode()
    assert not response.cookies


def test_link_ends_at_its_time(editor, reader):
    """S13"""
    article = make_draft()
    versions.record(article)
    address = share(editor, article)
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1), tick=False):
        assert reader.get(address).status_code == 404


def test_link_is_revoked_and_the_page_of_the_version_says_what_is_open(editor, reader):
    """S13"""
    article = make_draft()
    versions.record(article)
    address, page = share(editor, article), reverse("admin:articles_version", args=[article.pk, 1])
    assert address in editor.get(page).content.decode()
    editor.post(reverse("admin:articles_version_share", args=[article.pk, 1]), {"revoke": PreviewLink.objects.get().pk})
    assert reader.get(address).status_code == 404
    assert address not in editor.get(page).content.decode()


@pytest.mark.parametrize("text", ["x", "1:x", "WzFd:abc", "\x00", "é:é"])
def test_wrong_signature_is_not_found(reader, text):
    """S13"""
    assert reader.get(reverse("preview", args=[text])).status_code == 404


def test_signature_of_something_else_is_not_found(editor, reader):
    """S13"""
    article = make_draft()
    versions.record(article)
    share(editor, article)
    other = signing.Signer(salt="another use").sign_object(PreviewLink.objects.get().pk)
    assert reader.get(reverse("preview", args=[other])).status_code == 404


def test_link_leads_to_the_article_once_that_is_public(editor, reader):
    article = make_draft("Quay")
    versions.record(article)
    address = share(editor, article)
    workflow.publish(article, by=editor.editor)
    response = reader.get(address)
    assert (response.status_code, response["Location"]) == (302, article.get_absolute_url())
    assert response["Cache-Control"] == "private, no-store"


def test_link_to_waiting_changes_shows_them_until_they_are_published(editor, reader):
    article = make_article("Before")
    change(editor, article, headline="After")
    address = share(editor, article, versions.pending(article).number)
    assert "After" in reader.get(address).content.decode()
    workflow.publish_changes(article, by=editor.editor)
    assert reader.get(address).status_code == 302


def test_link_to_what_is_in_the_trash_is_not_found(editor, reader):
    article = make_draft()
    versions.record(article)
    address = share(editor, article)
    workflow.trash(article, by=editor.editor)
    assert reader.get(address).status_code == 404


def test_reading_by_a_link_changes_nothing_and_counts_nothing(editor, reader, django_assert_max_num_queries):
    article = make_draft()
    versions.record(article)
    address = share(editor, article)
    before = Article.objects.values().get()
    assert "data-read" not in reader.get(address).content.decode()
    assert Article.objects.values().get() == before


def test_days_are_chosen_from_a_list(editor):
    article = make_draft()
    versions.record(article)
    address = reverse("admin:articles_version_share", args=[article.pk, 1])
    page = editor.post(address, {"days": "3650"}, follow=True).content.decode()
    assert "Choose how long the link lasts." in page
    assert not PreviewLink.objects.exists()


def test_author_shares_own_drafts_only(client):
    author = make_user(role="Author")
    own, other = make_draft(created_by=author), make_draft()
    for article in (own, other):
        versions.record(article)
    client.force_login(author)
    for article, status in ((own, 302), (other, 404)):
        address = reverse("admin:articles_version_share", args=[article.pk, 1])
        assert client.post(address, {"days": 1}).status_code == status
    assert PreviewLink.objects.get().revision.article == own


def test_preview_is_as_wide_as_a_phone_or_a_desk(editor):
    article = make_draft()
    versions.record(article)
    address = reverse("admin:articles_version_preview", args=[article.pk, 1])
    for width in ("phone", "desk"):
        page = editor.get(address, {"width": width})
        assert f'<iframe class="{width}"' in page.content.decode()
        assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    framed = editor.get(address, {"width": "bare"})
    assert framed["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in framed["Content-Security-Policy"]
    assert editor.get(address)["X-Frame-Options"] == "DENY"
