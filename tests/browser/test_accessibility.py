"""axe finds nothing on any page, in both colour schemes, wide and narrow; nothing scrolls sideways."""

from itertools import chain

import pytest

from articles.models import Article, Category, Image, Tag
from comments.models import Comment
from newsroom.appeals.models import Appeal
from tests.browser import answers
from tests.browser.newsroom import make_newsroom
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

RULES = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
#: The markup is the same in both schemes: the dark one can only break what is judged by colours.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
RUN = """async ([rules, onlyNew]) => {
  document.getAnimations().forEach(change => change.finish());  // of colours, from the other scheme's
  const shown = [...document.querySelectorAll("body *")].filter(node => node.checkVisibility());
  const parts = onlyNew ? shown.filter(node => !window.shownBefore.has(node)) : [document.documentElement];
  window.shownBefore ??= new Set(shown);
  if (!parts.length) return [];
  const results = await axe.run({ include: parts }, { runOnly: rules, resultTypes: ["violations"] });
  return results.violations.map(rule => [rule.id, rule.nodes.map(node => node.html.slice(0, 200))]);
}"""


@pytest.mark.parametrize("half", [0, 1])
def test_axe_finds_nothing(visit, half):
    """On a phone, and on a wide window, where only what a phone does not show is judged in dark colours again."""
    visitor, found = visit(), {}
    for name, address in list(make_newsroom().items())[half::2]:
        visitor.page.set_viewport_size({"width": 390, "height": 900})
        page = visitor.open(address)
        found |= judged([(f"{name}, narrow", page)])
        page.set_viewport_size({"width": 1440, "height": 900})
        found |= judged_as_shown(f"{name}, wide", page, dark_only_new=True)
    assert found == {}


def test_axe_finds_nothing_on_answers_and_errors(visit, settings):
    settings.ROOT_URLCONF = answers.urls
    pages, visitor = make_newsroom(), visit(width=390)
    shown = answers.Answers(visitor)
    steps = chain(answers.faults(shown), answers.of_readers(shown, pages))
    assert judged((name, visitor.page) for name, _source in steps) == {}


def test_axe_finds_nothing_on_answers_of_the_desk(visit, client):
    make_newsroom()
    client.force_login(make_user(role="Editor"))
    visitor = signed_in(visit)
    steps = answers.of_the_desk(answers.Answers(visitor), client)
    assert judged((name, visitor.page) for name, _source in steps) == {}


def test_axe_finds_nothing_on_the_desk(visit):
    make_newsroom()
    visitor = signed_in(visit)
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
    assert judged_at(visitor, pages) == {}


def signed_in(visit):
    make_user("publisher", role="Publisher")
    visitor = visit()
    page = visitor.open("/accounts/login/?next=/admin/")
    page.get_by_label("Username").fill("publisher")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/")
    return visitor


def judged_at(visitor, addresses):
    return judged((name, visitor.open(address)) for name, address in addresses.items())


def judged(pages):
    """What axe says of each page that is not without fault, once in light colours and of its colours in dark ones."""
    from axe_playwright_python.base import AXE_SCRIPT

    found = {}
    for name, page in pages:
        page.wait_for_load_state("load")
        page.evaluate(AXE_SCRIPT)
        found |= judged_as_shown(name, page)
    return found


def judged_as_shown(name, page, *, dark_only_new=False):
    found = {}
    for scheme, rules, only_new in (("light", RULES, False), ("dark", COLOURS, dark_only_new)):
        page.emulate_media(color_scheme=scheme)
        violations = page.evaluate(RUN, [rules, only_new])
        if violations:
            found[name, scheme] = violations
    page.emulate_media(color_scheme="light")
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
