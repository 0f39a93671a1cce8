"""The form of an article that is sent after the sign-in has ended: the text is there after the next one."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from articles import versions
from articles.models import Article
from tests.articles.desk import form, opened
from tests.factories import make_article, make_author, make_correction, make_draft, make_user
from tests.newsroom.test_accounts import SECOND, code_of, make_app, sign_in

pytestmark = pytest.mark.django_db

ADD, TYPED = reverse("admin:articles_article_add"), reverse("admin:articles_typed")


@pytest.fixture
def editor(client):
    client.editor = make_user("ed", role="Editor")
    client.force_login(client.editor)
    return client


def address(article):
    return reverse("admin:articles_article_change", args=[article.pk])


def typed_by(client, at=ADD):
    return client.get(at).context["typed_by"]


def end(client):
    """The sign-in ends; the browser does not know yet."""
    Session.objects.all().delete()


def fields(page):
    """What the page sends on."""
    sent = {}
    for name, value in page.context["sent"]:
        sent.setdefault(name, []).append(value)
    return {**sent, page.context["given"]: "1"}


def test_new_article_is_there_after_the_sign_in_and_saved(editor):
    author = make_author()
    sent = form(headline="Typed <i>late</i>", body="<p>Words.</p>", typed_by=typed_by(editor), _continue="1")
    sent |= {"bylines-TOTAL_FORMS": 1, "bylines-0-position": 1, "bylines-0-author": author.pk, "bylines-0-alias": ""}
    end(editor)
    response = editor.post(ADD, sent)
    assert (response.status_code, Article.objects.count()) == (302, 0)
    door = editor.get(response["Location"]).content.decode()
    assert "What you have typed is kept: sign in, and it is there." in door
    assert "Typed" not in door
    assert sign_in(editor, editor.editor, next=TYPED)["Location"] == TYPED
    page = editor.get(TYPED)
    assert "Typed &lt;i&gt;late&lt;/i&gt;" in page.content.decode()
    assert page.context["to"] == ADD
    editor.post(ADD, fields(page))
    article = Article.objects.get()
    assert (article.headline, article.created_by) == ("Typed <i>late</i>", editor.editor)
    assert article.bylines.get().author == author
    assert editor.get(TYPED).status_code == 302


def test_change_is_merged_with_what_others_saved_meanwhile(editor):
    article = make_draft("Before", subtitle="Old")
    versions.record(article)
    sent = {**opened(editor, article), "typed_by": typed_by(editor, address(article)), "headline": "After"}
    end(editor)
    editor.post(address(article), sent)
    Article.objects.filter(pk=article.pk).update(subtitle="New")
    sign_in(editor, editor.editor)
    page = editor.get(TYPED)
    editor.post(page.context["to"], fields(page))
    article.refresh_from_db()
    assert (article.headline, article.subtitle) == ("After", "New")


def test_rows_are_merged_with_what_others_made_of_them_meanwhile(editor):
    """F6: the corrections of the form as well, with what the page had shown of them."""
    article = make_article()
    one, two = make_correction(article, "Nine."), make_correction(article, "Ten.")
    sent = {**opened(editor, article), "typed_by": typed_by(editor, address(article))}
    place = next(name for name, value in sent.items() if name.startswith("corrections-") and value == two.text)
    sent[place] = "Eleven."
    end(editor)
    editor.post(address(article), sent)
    type(one).objects.filter(pk=one.pk).update(text="Noon.")
    sign_in(editor, editor.editor)
    page = editor.get(TYPED)
    assert editor.post(page.context["to"], fields(page)).status_code == 302
    assert [type(one).objects.get(pk=row.pk).text for row in (one, two)] == ["Noon.", "Eleven."]


def test_second_step_keeps_it_too(editor):
    secret = make_app(editor.editor)
    sent = form(headline="Typed", typed_by=typed_by(editor))
    end(editor)
    editor.post(ADD, sent)
    assert sign_in(editor, editor.editor, next=TYPED)["Location"] == SECOND
    assert editor.post(SECOND, {"code": code_of(secret)})["Location"] == TYPED
    assert dict(editor.get(TYPED).context["sent"])["headline"] == "Typed"


def test_what_is_refused_is_shown_in_the_form_again(editor):
    sent = form(headline="", body="<p>Words.</p>", typed_by=typed_by(editor))
    end(editor)
    editor.post(ADD, sent)
    sign_in(editor, editor.editor)
    page = editor.post(ADD, fields(editor.get(TYPED)))
    assert "This field is required." in page.content.decode()
    assert page.context["adminform"].form["body"].value() == "<p>Words.</p>"


def test_nobody_else_sees_it(editor):
    """S13: who signs in next in the same browser ends it."""
    sent = form(headline="Typed", typed_by=typed_by(editor))
    end(editor)
    editor.post(ADD, sent)
    other = make_user(role="Publisher")
    sign_in(editor, other)
    assert editor.get(TYPED)["Location"] == reverse("admin:articles_article_changelist")
    editor.logout()
    sign_in(editor, editor.editor)
    assert editor.get(TYPED).status_code == 302


@pytest.mark.parametrize("named", ["", "1", "1:abcdef:bad", "\0"])
def test_strangers_leave_nothing(client, named):
    """S13"""
    response = client.post(ADD, form(headline="Typed", typed_by=named))
    assert response["Location"].startswith("/admin/login/")
    assert not Session.objects.exists()


def test_desk_says_that_it_waits(editor):
    """For who did not go where the sign-in led."""
    sent = form(headline="Typed", typed_by=typed_by(editor))
    end(editor)
    editor.post(ADD, sent)
    sign_in(editor, editor.editor, next="/admin/")
    assert f'href="{TYPED}"' in editor.get("/admin/").content.decode()
    editor.post(TYPED)
    assert f'href="{TYPED}"' not in editor.get("/admin/").content.decode()


def test_it_is_let_go(editor):
    sent = form(headline="Typed", typed_by=typed_by(editor))
    end(editor)
    editor.post(ADD, sent)
    sign_in(editor, editor.editor)
    assert "What you had typed is let go." in editor.post(TYPED, follow=True).content.decode()
    assert editor.get(TYPED).status_code == 302
    assert not Article.objects.exists()


def test_form_of_an_earlier_sign_in_is_kept_too(editor):
    """Who signs in again in another window has a new CSRF token, and the form still has the old one."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(editor.editor)
    sent = form(headline="Typed", typed_by=typed_by(browser), csrfmiddlewaretoken="a" * 64)
    assert browser.post(ADD, sent)["Location"] == TYPED
    page = browser.get(TYPED)
    token = page.context["csrf_token"]
    assert browser.post(ADD, {**fields(page), "csrfmiddlewaretoken": str(token)}).status_code == 302
    assert Article.objects.get().headline == "Typed"


def test_form_made_for_another_is_refused_as_ever(editor):
    """S16"""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_user(role="Editor"))
    assert browser.post(ADD, form(typed_by=typed_by(editor))).status_code == 403
    assert browser.post(ADD, form(typed_by="1:x:y")).status_code == 403
    assert browser.post(reverse("admin:articles_typed"), form(typed_by=typed_by(browser))).status_code == 403
    assert browser.get(TYPED)["Location"] == reverse("admin:articles_article_changelist")
