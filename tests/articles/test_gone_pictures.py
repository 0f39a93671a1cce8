"""Versions that hold a picture which has left the library since."""

import pytest
from django.urls import reverse

from articles import library, versions, workflow
from articles.library import add_image
from articles.models import Image
from articles.uploads import clean_image
from articles.versions import Kind
from tests.articles.desk import change, opened
from tests.browser.newsroom import picture_file
from tests.factories import make_article, make_draft, make_user

pytestmark = pytest.mark.django_db

LOST = "A picture that this version had here is no longer in the library."


@pytest.fixture
def editor(client):
    client.editor = make_user("ed", role="Editor")
    client.force_login(client.editor)
    return client


@pytest.fixture
def image():
    return add_image(clean_image(picture_file(size=(60, 40))), title="Lamp", alternative_text="The lamp")[0]


def body_with(image):
    return f'<p>Words.</p><figure><img src="{image.file.url}" alt="The lamp"><figcaption>Nine</figcaption></figure>'


def with_an_old_version(editor, image, make):
    """An article whose first version holds the picture, in the library no more."""
    article = make("Quay", lead_image=image, body=body_with(image))
    versions.record(article)
    article.lead_image, article.body = None, "<p>Words.</p>"
    article.save()
    versions.record(article)
    assert editor.post(reverse("admin:articles_image_delete", args=[image.pk]), {"post": "yes"}).status_code == 302
    assert not Image.objects.exists()
    return article


def page(editor, name, article, *more, **query):
    response = editor.get(reverse(f"admin:articles_{name}", args=[article.pk, *more]), query)
    assert response.status_code == 200
    return response.content.decode()


def test_pages_of_the_version_say_so_beside_the_fields(editor, image):
    article = with_an_old_version(editor, image, make_article)
    assert page(editor, "version", article, 1).count(LOST) == 2
    assert LOST not in page(editor, "version", article, 2)
    compared = page(editor, "versions_compare", article, left=1, right=2)
    assert compared.count(LOST) == 1
    assert "(lead image, body)" in compared
    preview = page(editor, "version_preview", article, 1)
    assert image.file.url not in preview
    assert "<p>Nine</p>" in preview


def test_draft_is_brought_back_without_it(editor, image):
    article = with_an_old_version(editor, image, make_draft)
    response = editor.post(reverse("admin:articles_version_restore", args=[article.pk, 1]), follow=True)
    assert "Not all of it is there any more: lead image, body." in response.content.decode()
    article.refresh_from_db()
    assert (article.lead_image, article.body) == (None, "<p>Words.</p>\n<p>Nine</p>")
    assert change(editor, article, subtitle="New").status_code == 302


def test_version_brought_back_beside_a_live_article_goes_to_readers(editor, image):
    article = with_an_old_version(editor, image, make_article)
    response = editor.post(reverse("admin:articles_version_restore", args=[article.pk, 1]), follow=True)
    assert "Not all of it is there any more: lead image, body." in response.content.decode()
    assert change(editor, article, subtitle="New").status_code == 302
    workflow.publish_changes(article, by=editor.editor)
    article.refresh_from_db()
    assert (article.subtitle, article.body) == ("New", "<p>Words.</p>\n<p>Nine</p>")


def test_form_of_a_waiting_text_says_so_and_saves(editor, image):
    """One that was kept before pictures of waiting versions counted as used."""
    article = with_an_old_version(editor, image, make_article)
    old = article.revisions.get(number=1)
    versions.add(article, old.content, kind=Kind.PENDING, by=editor.editor, base=versions.standing(article))
    assert page(editor, "article_change", article).count(LOST) == 2
    assert opened(editor, article).get("lead_image") is None
    assert change(editor, article, subtitle="New").status_code == 302
    assert LOST not in page(editor, "article_change", article)
    assert versions.pending(article).content["lead_image"] is None


def test_scheduled_text_is_published_without_it(editor, image):
    article = with_an_old_version(editor, image, make_article)
    old = article.revisions.get(number=1)
    versions.add(article, old.content, kind=Kind.PENDING, base=versions.standing(article))
    workflow.publish_changes(article, by=editor.editor)
    article.refresh_from_db()
    assert (article.lead_image, article.body) == (None, "<p>Words.</p>\n<p>Nine</p>")


@pytest.mark.parametrize("holds", ["lead_image", "body"])
def test_picture_of_a_version_that_waits_is_in_use(editor, image, holds):
    article = make_article("Quay")
    change(editor, article, **{holds: image.pk if holds == "lead_image" else body_with(image)})
    assert not library.unused(Image.objects.all()).exists()
    response = editor.post(reverse("admin:articles_image_delete", args=[image.pk]), {"post": "yes"})
    assert response.status_code == 409
    assert "Quay" in response.content.decode()
    workflow.drop_changes(article, by=editor.editor)
    assert editor.post(reverse("admin:articles_image_delete", args=[image.pk]), {"post": "yes"}).status_code == 302
