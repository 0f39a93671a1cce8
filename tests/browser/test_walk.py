"""From the editor's first word to the comment on the page, as people do it: with scripts and without."""

import pytest

from articles.models import Article, Image
from tests.browser.newsroom import picture_file
from tests.factories import make_author, make_category, make_user

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "correct horse battery"


def sign_in(visitor, username, path):
    page = visitor.open(path)
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{visitor.site}{path}")
    return page


def pick(window, name):
    """Choose a picture in the library's window, which closes itself by the click and so cannot answer it."""
    button = window.get_by_role("button", name=name)
    button.wait_for()
    with window.expect_event("close"):
        button.evaluate("button => void setTimeout(() => button.click())")


def picture(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(picture_file().read())
    return str(path)


def body_editor(page):
    """The editor of the body, once it has taken the place of the plain field."""
    return page.locator(".ProseMirror").and_(page.get_by_role("textbox", name="Body"))


def write_with_scripts(visitor, tmp_path):
    """The story in the body editor, its pictures out of the library's window."""
    page = sign_in(visitor, "editor", "/admin/articles/article/add/")
    page.get_by_label("Headline").fill("The lamp turns again")
    body_editor(page).click()
    page.keyboard.type("The keeper climbed at nine.")
    page.keyboard.press("Enter")
    page.keyboard.type("The lamp turned at ten.")

    with page.expect_popup() as opened:
        page.get_by_role("button", name="Choose from the library").click()
    window = opened.value
    window.locator("input[type=file]").set_input_files([picture(tmp_path, "lamp.png")])
    window.get_by_role("button", name="Upload").click()
    pick(window, "lamp")
    assert page.locator("select[name=lead_image] option:checked").inner_text() == "lamp"

    page.get_by_title("Insert figure").or_(page.get_by_title("Figure")).first.click()
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Browse...").click()
    pick(opened.value, "lamp")
    page.locator("dialog [name=altText]").fill("The lamp in its lantern room")
    page.locator("dialog [name=caption]").fill("Nine steps up")
    page.locator("dialog button[type=submit]").click()

    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("link", name="See it on the site").click()
    return page.url.removeprefix(visitor.site)


def write_without_scripts(visitor, tmp_path):
    """The same by plain forms: the body as HTML, the picture uploaded first."""
    page = sign_in(visitor, "editor", "/admin/articles/image/add/")
    page.locator("[name=upload]").set_input_files(picture(tmp_path, "lamp.png"))
    page.get_by_label("Alternative text").fill("The lamp in its lantern room")
    page.get_by_label("Caption").fill("Nine steps up")
    page.get_by_role("button", name="Save", exact=True).click()
    image = Image.objects.get()
    page.goto(f"{visitor.site}/admin/articles/article/add/")
    page.get_by_label("Headline").fill("The lamp turns again")
    page.locator("[name=body]").fill(
        f'<p>The keeper climbed at nine.</p><p>The lamp turned at ten.</p><figure><img src="{image.file.url}">'
        "<figcaption>Nine steps up</figcaption></figure>"
    )
    page.get_by_role("button", name="Save and continue editing").click()
    article = Article.objects.get()
    page.goto(f"{visitor.site}/admin/articles/article/{article.pk}/change/")
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("link", name="See it on the site").click()
    return page.url.removeprefix(visitor.site)


def rate_and_comment(visitor, address, *, scripts):
    page = visitor.open(address)
    assert page.get_by_role("heading", level=1).inner_text() == "The lamp turns again"
    assert page.get_by_text("The lamp turned at ten.").is_visible()
    shown = page.locator(".prose img")
    shown.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.prose img').naturalWidth > 0")
    assert visitor.context.cookies() == []
    page.get_by_label("4 stars").check(force=True)
    page.get_by_role("button", name="Send rating").click()
    page.get_by_role("status").get_by_text("Thank you").wait_for()
    page.goto(visitor.site + address)
    if scripts:
        page.locator("#add-comment").scroll_into_view_if_needed()
    else:
        page.locator("#add-comment").get_by_role("link", name="Add a comment").click()
    page.get_by_label("Name").fill("Oda")
    page.get_by_label("Email").fill("oda@example.org")
    page.get_by_label("Comment", exact=True).fill("I saw it from the ferry.")
    page.get_by_role("button", name="Add comment").click()
    page.get_by_text("I saw it from the ferry.").first.wait_for()


#: Each of scripts, width and colours beside each value of the two others; all three together would be the same again.
@pytest.mark.parametrize(
    ("scripts", "width", "dark"),
    [(True, 390, False), (True, 1440, True), (False, 390, True), (False, 1440, False)],
    ids=["scripts-390-light", "scripts-1440-dark", "no scripts-390-dark", "no scripts-1440-light"],
)
def test_story_from_the_first_word_to_its_first_comment(visit, tmp_path, scripts, width, dark):
    for username, role in (("editor", "Editor"), ("moderator", "Moderator")):
        make_user(username, role=role)
    make_category("Harbour")
    make_author("Ines Marlow")
    write = write_with_scripts if scripts else write_without_scripts
    address = write(visit(scripts=scripts), tmp_path)

    visitor = visit(width=width, dark=dark, scripts=scripts)
    rate_and_comment(visitor, address, scripts=scripts)
    stranger = visit(width=width, dark=dark, scripts=scripts)
    assert stranger.open(address).get_by_text("I saw it from the ferry.").count() == 0
    assert stranger.page.get_by_text("1 rating").is_visible()

    desk = sign_in(visit(scripts=scripts), "moderator", "/admin/comments/comment/")
    desk.locator("#result_list input.action-select").first.check()
    desk.locator("select[name=action]").select_option("approve")
    desk.get_by_role("button", name="Go").click()
    stranger.page.reload()
    assert stranger.page.get_by_text("I saw it from the ferry.").is_visible()
