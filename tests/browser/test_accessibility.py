"""axe finds nothing on any page, in both colour schemes, wide and narrow; nothing scrolls sideways."""

import pytest

from articles.models import Article, Category, Image, Tag
from comments.models import Comment
from newsroom.appeals.models import Appeal
from tests.browser.newsroom import make_newsroom
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing(visit, width, dark):
    assert judged(visit(width=width, dark=dark), make_newsroom()) == {}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_on_the_desk(visit, dark):
    make_newsroom()
    make_user("publisher", role="Publisher")
    visitor = visit(dark=dark)
    page = visitor.open("/accounts/login/?next=/admin/")
    page.get_by_label("Username").fill("publisher")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/")
    told = Article.objects.filter(revisions__number=2).first()
    lists = ["articles/article", "articles/image", "articles/category", "comments/comment", "appeals/appeal"]
    pages = {name: f"/admin/{name}/" for name in lists} | {
        "start": "/admin/",
        "log": "/admin/admin/logentry/",
        "numbers": "/admin/numbers/",
        "appeals' numbers": "/admin/appeals/appeal/numbers/",
        "article's numbers": f"/admin/numbers/{Article.objects.earliest('pk').pk}/",
        "article": f"/admin/articles/article/{Article.objects.earliest('pk').pk}/change/",
        "new article": "/admin/articles/article/add/",
        "preview": f"/admin/articles/article/{Article.objects.earliest('pk').pk}/preview/",
        "versions": f"/admin/articles/article/{told.pk}/versions/",
        "version": f"/admin/articles/article/{told.pk}/versions/1/",
        "two versions": f"/admin/articles/article/{told.pk}/versions/compare/?left=1&right=2",
        "preview on a phone": f"/admin/articles/article/{told.pk}/versions/1/preview/?width=phone",
        "image": f"/admin/articles/image/{Image.objects.get().pk}/change/",
        "picker": "/admin/articles/image/pick/?field=id_lead_image",
        "upload": "/admin/articles/image/upload/",
        "picture in use": f"/admin/articles/image/{Image.objects.get().pk}/delete/",
        "tree": "/admin/articles/category/tree/",
        "category that goes": f"/admin/articles/category/{Category.objects.earliest('pk').pk}/delete/",
        "front page": "/admin/articles/article/front/",
        "tags": "/admin/articles/tag/",
        "merging tags": f"/admin/articles/tag/merge/?tags={','.join(str(tag.pk) for tag in Tag.objects.all())}",
        "correction": "/admin/articles/correction/add/",
        "comment": f"/admin/comments/comment/{Comment.objects.earliest('pk').pk}/change/",
        "queue": "/admin/comments/comment/queue/?tab=approved",
        "appeal": f"/admin/appeals/appeal/{Appeal.objects.earliest('pk').pk}/change/",
        "appeal's preview": f"/admin/appeals/appeal/{Appeal.objects.earliest('pk').pk}/preview/",
    }
    assert judged(visitor, pages) == {}


def judged(visitor, pages):
    """What axe says of each page that is not without fault."""
    from axe_playwright_python.sync_playwright import Axe

    axe, found = Axe(), {}
    for name, address in pages.items():
        page = visitor.open(address)
        page.wait_for_load_state("load")
        results = axe.run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
        violations = results.response["violations"]
        if violations:
            found[name] = [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in violations]
    return found


@pytest.mark.parametrize("width", [320, 390, 820, 1600])
def test_no_page_scrolls_sideways(visit, width):
    visitor, wide = visit(width=width), {}
    for name, address in make_newsroom().items():
        page = visitor.open(address)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            wide[name] = over
    assert wide == {}
