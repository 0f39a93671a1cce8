"""An editor's day, as people do it: written, sent back, mended, scheduled, read at the minute, and edited by two."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.utils import timezone

from articles.models import Article
from articles.versions import Kind
from tests.browser.test_walk import sign_in
from tests.factories import make_category, make_draft, make_user

pytestmark = pytest.mark.django_db(transaction=True)

ADD = "/admin/articles/article/add/"


def change_page(article):
    return f"/admin/articles/article/{article.pk}/change/"


def type_body(page, text, *, scripts):
    if scripts:
        page.get_by_role("textbox", name="Body").click()
        page.keyboard.type(text)
    else:
        page.locator("[name=body]").fill(f"<p>{text}</p>")


def press(page, name, note=""):
    """A button of the workflow, with a note."""
    if note:
        page.get_by_label("Note").fill(note)
    page.get_by_role("button", name=name, exact=True).click()
    page.locator(".messagelist").wait_for()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_story_is_written_sent_back_mended_scheduled_and_read_at_the_minute(visit, scripts):
    for username, role in (("author", "Author"), ("editor", "Editor")):
        make_user(username, role=role)
    make_category("Harbour")
    author = sign_in(visit(scripts=scripts), "author", ADD)
    author.get_by_label("Headline").fill("The lamp turns again")
    type_body(author, "The keeper climbed at nine.", scripts=scripts)
    if scripts:
        author.locator("[data-said]", has_text="Kept at").wait_for()
        assert Article.objects.get().headline == "The lamp turns again"
    author.get_by_role("button", name="Save and continue editing").click()
    author.locator(".messagelist").wait_for()
    article = Article.objects.get()
    press(author, "Submit for review")

    editor = sign_in(visit(scripts=scripts), "editor", change_page(article))
    press(editor, "Send back", "Who is the keeper?")
    author.goto(author.url)
    author.get_by_label("Subtitle").fill("Ada, the keeper, climbed")
    author.get_by_role("button", name="Save and continue editing").click()
    author.locator(".messagelist").wait_for()
    press(author, "Submit for review")

    at = (timezone.now() + timedelta(days=1)).replace(second=0, microsecond=0)
    editor.goto(editor.url)
    editor.get_by_label("Time (").fill(timezone.localtime(at).strftime("%Y-%m-%dT%H:%M"))
    press(editor, "Schedule")
    article.refresh_from_db()
    assert article.is_scheduled

    reader = visit(scripts=scripts)
    with time_machine.travel(at - timedelta(seconds=1), tick=False):
        assert reader.open("/").get_by_text(article.headline).count() == 0
    with time_machine.travel(at, tick=False):
        page = reader.open(article.get_absolute_url())
        assert page.get_by_role("heading", level=1).inner_text() == article.headline
        assert page.get_by_text("Ada, the keeper, climbed").first.is_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_two_edit_at_once_and_nothing_is_lost(visit, scripts):
    for username in ("anna", "bo"):
        make_user(username, role="Editor")
    article = make_draft("Quay", subtitle="Old", body="<p>At nine.</p>")
    anna = sign_in(visit(scripts=scripts), "anna", change_page(article))
    bo = sign_in(visit(scripts=scripts), "bo", change_page(article))
    if scripts:
        bo.locator("[data-others]", has_text="anna").wait_for()
    anna.get_by_label("Headline").fill("Anna’s quay")
    anna.get_by_role("button", name="Save and continue editing").click()
    anna.locator(".messagelist").wait_for()
    bo.get_by_label("Headline").fill("Bo’s quay")
    bo.get_by_label("Subtitle").fill("New")
    bo.get_by_role("button", name="Save and continue editing").click()
    bo.get_by_role("heading", name="Changed by two at once").wait_for()
    assert article.revisions.get(kind=Kind.KEPT).content["headline"] == "Bo’s quay"
    bo.get_by_label("Take theirs").check()
    bo.get_by_role("button", name="Save with these choices").click()
    bo.locator(".messagelist").wait_for()
    article.refresh_from_db()
    assert (article.headline, article.subtitle) == ("Anna’s quay", "New")


def test_who_is_signed_out_signs_in_beside_the_form_and_the_text_is_there(visit):
    make_user("editor", role="Editor")
    article = make_draft("Quay")
    visitor = visit(scripts=True)
    page = sign_in(visitor, "editor", change_page(article))
    page.locator("[data-autosave]").wait_for()
    page.wait_for_timeout(1_500)
    visitor.context.clear_cookies()
    page.get_by_label("Headline").fill("Typed while signed out")
    page.get_by_text("You are signed out.").wait_for()
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Sign in").click()
    door = opened.value
    door.get_by_label("Username").fill("editor")
    door.get_by_label("Password").fill("correct horse battery")
    with door.expect_event("close"):
        door.get_by_role("button", name="Sign in").evaluate("button => void setTimeout(() => button.click())")
    page.locator("[data-said]", has_text="Kept at").wait_for()
    assert page.get_by_label("Headline").input_value() == "Typed while signed out"
    page.get_by_role("button", name="Save and continue editing").click()
    page.locator(".messagelist").wait_for()
    article.refresh_from_db()
    assert article.headline == "Typed while signed out"


def test_who_is_signed_out_without_scripts_finds_the_text_after_the_sign_in(visit):
    make_user("editor", role="Editor")
    article = make_draft("Quay", body="<p>Before.</p>")
    visitor = visit(scripts=False)
    page = sign_in(visitor, "editor", change_page(article))
    Session.objects.all().delete()
    page.get_by_label("Headline").fill("Typed while signed out")
    page.locator("[name=body]").fill("<p>After.</p>")
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_text("What you have typed is kept").wait_for()
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("Typed while signed out").wait_for()
    page.get_by_role("button", name="Save and continue editing").click()
    page.locator(".messagelist").wait_for()
    assert page.url.endswith(change_page(article))
    article.refresh_from_db()
    assert (article.headline, article.body) == ("Typed while signed out", "<p>After.</p>")
