"""What is suggested while somebody types into a search box: by keys, by pointer, in other letters, without scripts."""

import pytest

from tests.browser.newsroom import make_newsroom
from tests.browser.test_accessibility import RULES
from tests.factories import make_article

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("dark", [False, True])
def test_suggestion_is_chosen_by_the_arrows_and_taken_back_by_escape(visit, dark):
    from axe_playwright_python.sync_playwright import Axe

    make_newsroom()
    make_article("قلب إيران", language="fa", category=None)
    page = visit(dark=dark).open("/fa/")
    box, options = page.locator("#find-q"), page.get_by_role("option")
    box.press_sequentially("ایر")  # of another keyboard, where a browser's own list would hide what was written so
    options.first.wait_for()
    assert options.all_inner_texts() == ["قلب إيران"]
    box.press("ArrowDown")
    assert box.input_value() == "قلب إيران"
    assert page.get_by_role("option", selected=True).count() == 1
    assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found] == []
    box.press("Escape")
    assert (box.input_value(), box.get_attribute("aria-expanded"), options.count()) == ("ایر", "false", 0)
    box.press("ArrowDown")
    with page.expect_response("**/read/"):  # nothing is asked any more when the test has ended
        box.press("Enter")
    assert "/fa/articles/" in page.url


def test_suggestion_is_clicked_and_enter_alone_searches_for_what_was_typed(visit):
    make_newsroom()
    page = visit(width=390).open("/search/")
    page.locator("#q").press_sequentially("harb")
    page.get_by_role("option", name="Harbour", exact=True).click()
    page.wait_for_url("**/categories/harbour/")
    page.goto(page.url.replace("/categories/harbour/", "/search/"))
    page.locator("#q").press_sequentially("harb")
    page.get_by_role("option").first.wait_for()
    page.locator("#q").press("Enter")
    page.wait_for_url("**/search/?q=harb*")


def test_list_closes_when_somebody_looks_elsewhere_and_a_box_without_scripts_has_none(visit):
    make_newsroom()
    page = visit().open("/search/")
    page.locator("#q").press_sequentially("harb")
    page.get_by_role("option").first.wait_for()
    page.locator("#q").press("Tab")
    assert page.get_by_role("listbox").count() == 0
    page = visit(scripts=False).open("/search/")
    page.locator("#q").fill("harb")
    assert page.locator("[role=combobox]").count() == 0
    page.locator("#q").press("Enter")
    page.wait_for_url("**/search/?q=harb*")
