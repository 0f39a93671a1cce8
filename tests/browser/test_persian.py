"""The Persian edition from its front page to a comment: right to left on every page, and nothing for axe to find."""

import re

import pytest

from comments.models import Comment
from tests.browser.newsroom import make_newsroom
from tests.browser.test_accessibility import RULES
from tests.factories import make_draft, make_user
from tests.newsroom.test_left_over_words import NAMES

pytestmark = pytest.mark.django_db(transaction=True)

#: What its people have written in English themselves: tagline, writers with their role, the picture's words.
FROM_THE_NEWSROOM = set(
    "Local news from the bay Ines Marlow Harbour reporter Leo Quist The evening crossing Lena Voss".split()
)


def judge(page, *, scripts=True):
    """axe itself is a script that waits for timers: where scripts are off it would wait for ever."""
    from axe_playwright_python.sync_playwright import Axe

    page.wait_for_load_state("load")
    if scripts:
        found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
        assert [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found] == []
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert page.locator("html").get_attribute("lang") == "fa"
    words = set(re.findall(r"[A-Za-zÀ-ÿ]{2,}", page.locator("body").inner_text()))
    assert words <= NAMES | FROM_THE_NEWSROOM, words - NAMES - FROM_THE_NEWSROOM
    heading = page.locator("h1").first
    assert heading.evaluate("node => getComputedStyle(node).direction") == "rtl"
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize(("scripts", "width"), [(True, 1440), (False, 390)], ids=["scripts", "phone, no scripts"])
def test_reader_comes_from_the_front_page_to_a_comment(visit, scripts, width):
    make_newsroom()
    visitor = visit(scripts=scripts, width=width)
    page = visitor.open("/fa/")
    judge(page, scripts=scripts)
    # The masthead begins at the right, where Persian does.
    mark = page.locator("header .wordmark").bounding_box()
    assert mark["x"] + mark["width"] > page.viewport_size["width"] * 0.6
    page.locator("main").get_by_role("link", name="قایق کوچکی که منتظر ماند").first.click()
    page.wait_for_url("**/fa/articles/**")
    judge(page, scripts=scripts)
    if scripts:
        page.locator("#add-comment").scroll_into_view_if_needed()
    else:
        page.locator("#add-comment a.button").click()
    page.locator("#comment-name").fill("نور")
    page.locator("#comment-email").fill("nour@example.org")
    page.locator("#comment-body").fill("من روی همان قایق بودم.")
    page.locator("[data-comment-form] button").last.click()
    page.get_by_text("من روی همان قایق بودم.").first.wait_for()
    judge(page, scripts=scripts)
    assert (
        page.get_by_text("من روی همان قایق بودم.").first.evaluate("node => getComputedStyle(node).direction") == "rtl"
    )
    assert Comment.objects.filter(body="من روی همان قایق بودم.", article__language="fa").count() == 1


def test_reader_searches_in_persian_with_an_arabic_keyboard(visit):
    make_newsroom()
    page = visit().open("/fa/")
    page.locator("#find-q").fill("قايق كوچك")
    page.locator("#find-q").press("Enter")
    page.wait_for_url("**/fa/search/**")
    page.get_by_role("link", name="قایق کوچکی که منتظر ماند").first.wait_for()
    assert page.locator(".results mark").first.inner_text() == "قایق"
    judge(page)


def test_body_editor_speaks_persian_and_leaves_what_is_written_alone(visit):
    make_user("editor", role="Editor")
    article = make_draft("قایق", language="fa", body="<p>bold</p>")
    visitor = visit(locale="fa")
    page = visitor.open(f"/admin/articles/article/{article.pk}/change/")
    page.locator("[type=text]").first.fill("editor")
    page.locator("[type=password]").fill("correct horse battery")
    page.locator("[type=password]").press("Enter")
    page.get_by_title("پررنگ").wait_for()
    words = page.locator(".prose-editor").evaluate(
        """box => [...box.querySelectorAll(":not(.tiptap, .tiptap *, textarea, .material-icons)")].flatMap(part =>
          [part.title || "", ...[...part.childNodes].map(({ nodeType, data }) => (nodeType === 3 ? data : ""))])"""
    )
    words += page.locator(".prose-editor").evaluate(
        """box => [...box.querySelectorAll("button")].flatMap(part => [part.title, part.ariaLabel || ""])"""
    )
    assert [word for word in words if re.search(r"[A-Za-z]{2,}", word)] == []
    assert page.locator(".tiptap").inner_text() == "bold"
    assert page.locator(".prose-editor .material-icons", has_text="undo").count() == 1


@pytest.mark.parametrize("form", ["", "atom/"])
def test_feed_that_is_opened_in_a_browser_runs_from_right_to_left(visit, form):
    make_newsroom()
    page = visit().open(f"/fa/feed/{form}")
    for name in ("title", "item > title, entry > title"):
        found = page.locator(name).first
        assert found.evaluate("node => getComputedStyle(node).direction") == "rtl"
        assert found.evaluate("node => getComputedStyle(node).display") == "block"
    page = visit().open(f"/feed/{form}")
    assert page.locator("title").first.evaluate("node => getComputedStyle(node).direction") == "ltr"
