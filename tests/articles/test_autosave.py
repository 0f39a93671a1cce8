"""What the form keeps without a save, and who else has it open."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from articles import versions
from articles.models import Article, Presence
from articles.versions import Kind
from tests.articles.desk import change, form, opened
from tests.factories import make_article, make_author, make_draft, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    client.editor = make_user("ed", role="Editor")
    client.force_login(client.editor)
    return client


def autosave(client, article, **data):
    return client.post(reverse("admin:articles_autosave", args=[article.pk]), data)


def form_page(client, article, query=""):
    return client.get(reverse("admin:articles_article_change", args=[article.pk]) + query)


def test_typed_text_is_kept_and_the_article_is_as_it_was(editor):
    author = make_author()
    article = make_draft("Before", tags=["Sea"])
    row = {"bylines-0-author": author.pk}
    answer = autosave(editor, article, **{**opened(editor, article), "headline": "After", "tags": "Boats", **row})
    assert answer.json()["saved"].startswith("Kept at ")
    article.refresh_from_db()
    assert article.headline == "Before"
    kept = versions.autosaved(article, editor.editor)
    assert (kept.content["headline"], kept.content["tags"]) == ("After", ["Boats"])
    assert kept.content["byline"] == [{"author": author.pk, "alias": ""}]


def test_kept_text_is_offered_gone_on_with_and_saved(editor):
    article = make_draft("Before", subtitle="Old")
    autosave(editor, article, **{**opened(editor, article), "headline": "After"})
    assert "did not save: the text is kept" in form_page(editor, article).content.decode()
    page = form_page(editor, article, "?autosaved=1")
    shown = page.context["adminform"].form
    assert shown["headline"].value() == "After"
    change(editor, article, headline="After", started_from=shown["started_from"].value())
    article.refresh_from_db()
    assert article.headline == "After"
    assert not article.revisions.filter(kind=Kind.AUTOSAVED).exists()


def test_kept_text_is_merged_with_what_others_saved_meanwhile(editor):
    article = make_draft("Before", subtitle="Old")
    autosave(editor, article, **{**opened(editor, article), "headline": "After"})
    other = Client()
    other.force_login(make_user(role="Editor"))
    change(other, article, subtitle="New")
    started = form_page(editor, article, "?autosaved=1").context["adminform"].form["started_from"].value()
    change(editor, article, headline="After", subtitle="Old", started_from=started)
    article.refresh_from_db()
    assert (article.headline, article.subtitle) == ("After", "New")


def test_kept_text_is_let_go(editor):
    article = make_draft("Before")
    autosave(editor, article, **{**opened(editor, article), "headline": "After"})
    editor.post(reverse("admin:articles_autosave_drop", args=[article.pk]))
    assert "the text is kept" not in form_page(editor, article).content.decode()
    assert not article.revisions.filter(kind=Kind.AUTOSAVED).exists()


def test_one_row_is_written_over_for_each_person(editor):
    article = make_draft("Before")
    sent = opened(editor, article)
    for headline in ("One", "Two", "Three"):
        autosave(editor, article, **{**sent, "headline": headline})
    assert article.revisions.get(kind=Kind.AUTOSAVED).content["headline"] == "Three"
    other = Client()
    other.force_login(make_user(role="Editor"))
    assert "the text is kept" not in form_page(other, article).content.decode()


def test_text_over_a_live_article_is_kept_beside_it(editor):
    article = make_article("Live")
    change(editor, article, headline="Waiting")
    autosave(editor, article, **{**opened(editor, article), "headline": "Typed"})
    assert versions.pending(article).content["headline"] == "Waiting"
    assert versions.autosaved(article, editor.editor).content["headline"] == "Typed"


def test_what_is_not_valid_yet_is_kept_as_far_as_it_goes(editor):
    article = make_draft("Before")
    sent = {**opened(editor, article), "headline": "", "body": "<p>Half a sent</p>", "publish_at_0": "soon"}
    assert autosave(editor, article, **sent).status_code == 200
    assert versions.autosaved(article, editor.editor).content["body"] == "<p>Half a sent</p>"


def test_new_article_becomes_a_draft_once(editor):
    """F8"""
    address = reverse("admin:articles_autosave_new")
    made_as = str(editor.get(reverse("admin:articles_article_add")).context["adminform"].form.initial["made_as"])
    assert "url" not in editor.post(address, form(made_as=made_as, headline="")).json()
    answers = [editor.post(address, form(made_as=made_as, headline="The quay")).json() for _ in range(2)]
    article = Article.objects.get()
    assert (article.headline, article.state, article.created_by) == ("The quay", "draft", editor.editor)
    assert answers[0]["url"] == answers[1]["url"] == reverse("admin:articles_article_change", args=[article.pk])
    response = editor.post(answers[0]["url"], form(made_as=made_as, headline="The quay", subtitle="More"))
    assert response.status_code == 302
    article.refresh_from_db()
    assert article.subtitle == "More"


def test_form_says_who_else_has_it_open_and_forgets_who_left(editor):
    article = make_draft()
    other = Client()
    other.force_login(make_user("anna", role="Editor", first_name="Anna", last_name="Berg"))
    autosave(other, article)
    assert autosave(editor, article).json()["others"] == ["Anna Berg"]
    assert autosave(other, article).json()["others"] == ["ed"]
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        assert autosave(editor, article).json()["others"] == []
    assert Presence.objects.count() == 2


def test_save_says_who_else_has_it_open(editor):
    article = make_draft()
    other = Client()
    other.force_login(make_user("anna", role="Editor"))
    change(other, article, headline="After")
    sent = opened(editor, article)
    page = editor.post(
        reverse("admin:articles_article_change", args=[article.pk]), {**sent, "subtitle": "x"}, follow=True
    )
    assert "Also open with: anna." in page.content.decode()


def test_asking_alone_keeps_no_text(editor):
    article = make_draft()
    assert "saved" not in autosave(editor, article).json()
    assert not article.revisions.exists()


def test_nobody_keeps_text_over_what_is_not_theirs(client):
    """S13"""
    author, article = make_user(role="Author"), make_draft()
    client.force_login(author)
    assert autosave(client, article, headline="Taken").status_code == 404
    published = make_article(created_by=author)
    assert autosave(client, published, headline="Taken").status_code == 403
    assert not article.revisions.exists()
    assert not published.revisions.exists()
