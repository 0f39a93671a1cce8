"""The desk's rooms as an editor uses them: the library, the body editor, the tree, the front page, corrections."""

import pytest

from articles.models import Article, Byline, Category, Image
from tests.browser.newsroom import picture_file
from tests.browser.test_walk import body_editor, sign_in
from tests.factories import make_article, make_author, make_category, make_draft, make_user

pytestmark = pytest.mark.django_db(transaction=True)

#: As Word puts it on the clipboard, shortened.
WORD = """
<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal {color: red}</style></head><body>
<!--StartFragment--><h1 style="mso-fareast:x">Tides</h1>
<p class="MsoNormal" style="margin:0cm;font-family:Calibri"><b>The boat</b> <span style="color:#C00000">waits</span><o:p></o:p></p>
<p class="MsoNormal" align="center" style="text-align:center">In the middle</p>
<table class="MsoTableGrid" border="1"><tr><td style="width:9cm"><p class="MsoNormal">Six</p></td></tr></table>
<p class="MsoListParagraph" style="mso-list:l0 level1 lfo1"><span style="mso-list:Ignore">1.<span> </span></span>First</p>
<p class="MsoListParagraph" style="mso-list:l0 level1 lfo1"><span style="mso-list:Ignore">2.<span> </span></span>Second</p>
<p><span style="font-weight:700">Strong</span> <b style="font-weight:normal">and not</b></p>
<p onclick="x()"><a href="javascript:x()">there</a><img src="https://tracker.example/x.gif"></p>
<!--EndFragment--></body></html>
"""  # noqa: E501
PASTE = """(element, html) => {
  const data = new DataTransfer();
  data.setData("text/html", html);
  data.setData("text/plain", "Tides");
  element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def written(tmp_path, name, **picture):
    path = tmp_path / name
    path.write_bytes(picture_file(size=(60, 40), **picture).read())
    return str(path)


def broken(tmp_path):
    path = tmp_path / "broken.png"
    path.write_bytes(picture_file().read()[:2000])
    return str(path)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_two_pictures_go_up_and_the_broken_one_is_named(visit, tmp_path, scripts):
    """S7"""
    make_user("editor", role="Editor")
    page = sign_in(visit(scripts=scripts), "editor", "/admin/articles/image/upload/")
    page.locator("input[type=file]").set_input_files([written(tmp_path, "lamp.png"), broken(tmp_path)])
    page.get_by_role("button", name="Upload").click()
    page.get_by_text("“broken.png” is broken").wait_for()
    assert list(Image.objects.values_list("title", flat=True)) == ["lamp"]
    page.goto(f"{page.url.split('/admin/')[0]}/admin/articles/image/{Image.objects.get().pk}/change/")
    if scripts:
        frame = page.locator("[data-focal]")
        box = frame.bounding_box()
        frame.click(position={"x": box["width"] * 0.2, "y": box["height"] * 0.8})
        assert page.locator(".crop img").first.evaluate("image => image.style.objectPosition").startswith("20%")
    else:
        page.get_by_label("Focal point, from the left").fill("0.2")
        page.get_by_label("Focal point, from the top").fill("0.8")
    page.get_by_label("Alternative text").fill("A lamp")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()
    image = Image.objects.get()
    assert (round(image.focal_x, 1), round(image.focal_y, 1), image.alternative_text) == (0.2, 0.8, "A lamp")


def test_pasted_word_text_comes_out_clean(visit):
    """S1"""
    make_user("editor", role="Editor")
    article = make_draft(body="")
    visitor = visit()
    page = sign_in(visitor, "editor", f"/admin/articles/article/{article.pk}/change/")
    editable = body_editor(page)
    editable.click()
    editable.evaluate(PASTE, WORD)
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()
    stored = Article.objects.get().body
    assert "<h2>Tides</h2>" in stored
    assert "<strong>The boat</strong> waits" in stored
    assert '<p class="align-center">In the middle</p>' in stored
    assert "<td><p>Six</p></td>" in stored
    assert "<ol><li><p>First</p></li><li><p>Second</p></li></ol>" in stored
    assert "<p><strong>Strong</strong> and not</p>" in stored
    for word in ("Mso", "style", "font", "javascript", "tracker", "onclick", "<o:p>"):
        assert word not in stored


def test_alignment_and_direction_are_a_class_and_an_attribute(visit):
    make_user("editor", role="Editor")
    article = make_draft(body='<h2 class="align-end">A note</h2>\n<p>One.</p>\n<p dir="rtl">دو.</p>')
    page = sign_in(visit(), "editor", f"/admin/articles/article/{article.pk}/change/")
    body_editor(page).get_by_text("One.").click()
    page.get_by_title("Centred").click()
    page.get_by_title("From left to right").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()
    assert Article.objects.get().body.split("\n") == [
        '<h2 class="align-end">A note</h2>',
        '<p class="align-center" dir="ltr">One.</p>',
        '<p dir="rtl">دو.</p>',
    ]


def test_tree_front_page_and_byline_are_arranged_by_drag_and_arrows(visit):
    make_user("editor", role="Editor")
    _harbour, ferries, _town = (make_category(name) for name in ("Harbour", "Ferries", "Town"))
    old, _new = make_article("Old story", hours_ago=9), make_article("New story")
    visitor = visit()
    page = sign_in(visitor, "editor", "/admin/articles/category/tree/")
    row = {name: page.get_by_role("row").filter(has_text=name) for name in ("Harbour", "Ferries", "Town")}
    # By name the rows begin as Ferries, Harbour, Town. A drop on the lower half, so far in, puts it below the row.
    row["Ferries"].drag_to(row["Harbour"], source_position={"x": 5, "y": 5}, target_position={"x": 60, "y": 30})
    row["Town"].drag_to(row["Harbour"], source_position={"x": 5, "y": 5}, target_position={"x": 5, "y": 3})
    page.get_by_role("button", name="Save the tree").click()
    page.get_by_text("were moved").wait_for()
    places = Category.objects.values_list("name", "parent__name", "position")
    assert sorted(places) == [("Ferries", "Harbour", 1), ("Harbour", None, 2), ("Town", None, 1)]
    page.get_by_role("button", name="Take “Ferries” one level out").click()
    page.get_by_role("button", name="Save the tree").click()
    page.get_by_text("was moved").wait_for()
    ferries.refresh_from_db()
    assert (ferries.parent, ferries.position) == (None, 3)

    page = visitor.open("/admin/articles/article/front/")
    heading = page.get_by_role("row", name="Lead story", exact=True)
    page.get_by_role("row").filter(has_text="Old story").drag_to(heading, source_position={"x": 5, "y": 5})
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Preview").click()
    assert opened.value.locator(".lead h2").inner_text() == "Old story"
    opened.value.close()
    page.get_by_label("Slot of “New story”").select_option("secondary")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("The front page is saved").wait_for()
    placed = Article.objects.values_list("headline", "featured_slot", "featured_place")
    assert sorted(placed) == [("New story", "secondary", 1), ("Old story", "lead", 1)]

    for place, name in enumerate(("Ines Marlow", "Leo Quist", "Ada Brandt"), start=1):
        Byline.objects.create(article=old, author=make_author(name), position=place)
    page = visitor.open(f"/admin/articles/article/{old.pk}/change/")
    page.locator("#bylines-1 .move-up").click()
    page.locator("#bylines-2 .handle").drag_to(page.locator("#bylines-1"), target_position={"x": 20, "y": 3})
    page.get_by_role("button", name="Save for readers at once").click()
    page.get_by_text("was changed successfully").wait_for()
    signed = old.bylines.order_by("position").values_list("author__name", flat=True)
    assert list(signed) == ["Ada Brandt", "Leo Quist", "Ines Marlow"]


def test_without_scripts_category_authors_and_picture_are_chosen_by_their_numbers(visit):
    make_user("editor", role="Editor")
    harbour, town, sport = make_category("Harbour"), make_category("Town"), make_category("Sport")
    author, other = make_author("Ines Marlow"), make_draft("Another story")
    article = make_draft("The ferry waits", category=town, categories=[sport])
    page = sign_in(visit(scripts=False), "editor", f"/admin/articles/article/{article.pk}/change/")
    page.locator("input[name=category]").fill(str(harbour.pk))
    page.locator("input[name=categories]").fill(f"{town.pk}")
    page.locator("input[name=related]").fill(f"{other.pk}, ")
    page.locator("input[name=bylines-0-author]").fill(str(author.pk))
    page.locator("input[name=bylines-0-position]").fill("1")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()
    article.refresh_from_db()
    assert article.category == harbour
    assert set(article.categories.all()) == {town, sport}
    assert list(article.related.all()) == [other]
    assert list(article.authors.all()) == [author]
