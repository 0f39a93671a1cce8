"""An editor's day, as people do it: written, sent back, mended, scheduled, read at the minute, and edited by two."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.utils import timezone

from articles.models import Article, Correction
from articles.versions import Kind
from tests.browser.test_walk import body_editor, sign_in
from tests.factories import make_article, make_category, make_correction, make_draft, make_user

pytestmark = pytest.mark.django_db(transaction=True)

ADD = "/admin/articles/article/add/"


def change_page(article):
    return f"/admin/articles/article/{article.pk}/change/"


def type_body(page, text, *, scripts):
    if scripts:
        body_editor(page).click()
        page.keyboard.type(text)
    else:
        page.locator("[name=body]").fill(f"<p>{text}</p>")


def press(page, name, note=""):
    """A button of the workflow, with a note."""
    if note:
        page.get_by_label("Note").fill(note)
    page.get_by_role("button", name=name, exact=True).click()
    page.locator(".messagelist").wait_for()


def save(page):
    page.get_by_role("button", name="Save and continue editing").click()
    page.locator(".messagelist").wait_for()


def choose_category(page, category, *, scripts):
    if scripts:
        page.locator(".field-category .select2-selection").click()
        page.keyboard.type(category.name)
        page.get_by_role("option", name=category.name).click()
    else:
        page.locator("input[name=category]").fill(str(category.pk))


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_whole_day(visit, scripts):
    """F6: from the author's first word to the last of the addresses that must still answer."""
    for username, role in (("author", "Author"), ("anna", "Editor"), ("bo", "Editor")):
        make_user(username, role=role)
    harbour, town = make_category("Harbour"), make_category("Town")

    # Written, kept without a save, submitted, sent back, mended.
    author = sign_in(visit(scripts=scripts), "author", ADD)
    author.get_by_label("Headline").fill("The lamp turns again")
    type_body(author, "The keeper climbed at nine.", scripts=scripts)
    choose_category(author, harbour, scripts=scripts)
    if scripts:
        author.locator("[data-said]", has_text="Kept at").wait_for()
        assert Article.objects.get().headline == "The lamp turns again"
    save(author)
    article = Article.objects.get()
    press(author, "Submit for review")
    anna = sign_in(visit(scripts=scripts), "anna", change_page(article))
    press(anna, "Send back", "Who is the keeper?")
    author.goto(author.url)
    assert author.get_by_text("Who is the keeper?").first.is_visible()
    author.get_by_label("Subtitle").fill("Ada, the keeper, climbed")
    save(author)
    press(author, "Submit for review")

    # Scheduled, and read from its minute on.
    at = (timezone.now() + timedelta(days=1)).replace(second=0, microsecond=0)
    anna.goto(anna.url)
    anna.get_by_label("Time (").fill(timezone.localtime(at).strftime("%Y-%m-%dT%H:%M"))
    press(anna, "Schedule")
    reader = visit(scripts=scripts)
    with time_machine.travel(at - timedelta(seconds=1), tick=False):
        assert reader.open("/").get_by_text(article.headline).count() == 0
    article.refresh_from_db()
    first_address = article.get_absolute_url()
    with time_machine.travel(at, tick=False):
        page = reader.open(first_address)
        assert page.get_by_role("heading", level=1).inner_text() == article.headline
        assert page.get_by_text("Ada, the keeper, climbed").first.is_visible()

    with time_machine.travel(at + timedelta(minutes=1)):
        # Edited by two at once: what does not touch is merged, what clashes is chosen, every text is a version.
        anna.goto(anna.url)
        bo = sign_in(visit(scripts=scripts), "bo", change_page(article))
        if scripts:
            bo.locator("[data-others]", has_text="anna").wait_for()
        anna.get_by_label("Headline").fill("Anna’s lamp")
        save(anna)
        bo.get_by_label("Headline").fill("Bo’s lamp")
        bo.get_by_label("Subtitle").fill("Ada climbed")
        bo.get_by_role("button", name="Save and continue editing").click()
        bo.get_by_role("heading", name="Changed by two at once").wait_for()
        assert article.revisions.get(kind=Kind.KEPT).content["headline"] == "Bo’s lamp"
        bo.get_by_label("Take theirs").check()
        bo.get_by_role("button", name="Save with these choices").click()
        bo.locator(".messagelist").wait_for()
        assert reader.open(first_address).get_by_role("heading", level=1).inner_text() == "The lamp turns again"
        bo.locator("[name=slug]").fill("annas-lamp")
        save(bo)
        press(bo, "Publish the changes")
        page = reader.open(first_address)
        assert page.get_by_role("heading", level=1).inner_text() == "Anna’s lamp"
        assert page.get_by_text("Ada climbed").first.is_visible()

        # Corrected.
        bo.locator("[name=corrections-0-text]").fill("Nine, not ten.")
        save(bo)

        # Its category merged away; every address that ever led there still does.
        bo.goto(f"{reader.site}/admin/articles/category/{harbour.pk}/delete/")
        bo.get_by_label("Move everything to").select_option(label="Town")
        bo.get_by_role("button", name="Move everything and delete").click()
        bo.get_by_text("“Harbour” is merged into “Town”, with 1 article.").wait_for()
        article.refresh_from_db()
        assert article.get_absolute_url() != first_address
        for address in (first_address, f"/articles/{article.pk}/any-words/"):
            page = reader.open(address)
            assert page.url == reader.site + article.get_absolute_url()
            assert page.get_by_text("Nine, not ten.").is_visible()
        page = reader.open("/categories/harbour/")
        assert page.url == reader.site + town.get_absolute_url()
        assert page.get_by_role("link", name="Anna’s lamp").first.is_visible()
        assert reader.page.request.get(f"{reader.site}/categories/harbour/feed/").ok
        assert reader.open("/corrections/").get_by_text("Nine, not ten.").is_visible()


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


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_category_is_chosen_in_the_list(visit, scripts):
    make_user("editor", role="Editor")
    harbour, town = make_category("Harbour"), make_category("Town")
    article = make_draft("Quay", category=harbour)
    page = sign_in(visit(scripts=scripts), "editor", "/admin/articles/article/")
    if not scripts:
        page.get_by_role("link", name="Choose categories in this list").click()
    select = page.get_by_label("primary category: Quay")
    if scripts:
        page.get_by_label("comments open: Quay").focus()
        page.keyboard.press("Shift+Tab")
        assert select.evaluate("select => select === document.activeElement")
    assert select.locator("option").all_inner_texts() == ["–", "Harbour", "Town"]
    assert select.input_value() == str(harbour.pk)
    select.select_option(label="Town")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("1 article was changed.").wait_for()
    article.refresh_from_db()
    assert article.category == town


def boxes(page, *selectors):
    return [page.locator(selector).first.bounding_box() for selector in selectors]


def test_desk_fits_its_window_whatever_stands_in_it(visit):
    """Lists show whole words, buttons stand clear of a long headline, and wide tables move within the page."""
    make_user("editor", role="Editor")
    article = make_draft("The quay at night " * 11, category=make_category("Clarifications and other matters"))
    page = sign_in(visit(), "editor", "/admin/articles/article/")
    page.set_viewport_size({"width": 1280, "height": 900})
    whole, shown = page.locator("#changelist .results").evaluate("box => [box.scrollWidth, box.clientWidth]")
    assert whole <= shown
    page.goto(page.url + f"{article.pk}/change/")
    page.locator(".tiptap").wait_for()
    headline, tools, field, body = boxes(page, "#content h2", ".object-tools", "[name=headline]", ".tiptap")
    assert headline["y"] + headline["height"] <= tools["y"]
    assert field["width"] > 500
    assert body["height"] > 200
    page.set_viewport_size({"width": 390, "height": 844})
    for address in ("article/", "article/front/", "category/tree/", f"article/{article.pk}/versions/"):
        page.goto(f"{page.url.partition('/admin/')[0]}/admin/articles/{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_correction_that_two_change_is_asked_about_beside_the_field(visit, scripts):
    """F6: what was typed is in the field still, and saved again it stands; a row that was taken away is added anew."""
    make_user("editor", role="Editor")
    article = make_article("Quay")
    one, two = make_correction(article, "Nine."), make_correction(article, "Ten.")
    page = sign_in(visit(scripts=scripts), "editor", change_page(article))
    fields = page.locator("[name^=corrections-][name$=-text]:not([name*=__prefix__])")
    values = [field.input_value() for field in fields.all()]
    Correction.objects.filter(pk=one.pk).update(text="Noon.")
    two.delete()
    fields.nth(values.index("Nine.")).fill("Eleven.")
    fields.nth(values.index("Ten.")).fill("Twelve.")
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_text("Somebody has changed this meanwhile, to: Noon.").wait_for()
    page.get_by_text("Somebody has deleted this meanwhile.").wait_for()
    assert fields.nth(values.index("Ten.")).input_value() == "Twelve."
    save(page)
    assert {row.text for row in Correction.objects.all()} == {"Eleven.", "Twelve."}
