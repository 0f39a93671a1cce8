"""Pages that answer a form that was sent, or an address that fails: each by a name, and as the server sent it."""

from collections.abc import Iterator

from allauth.core.ratelimit import respond_429
from django.core.exceptions import SuspiciousOperation
from django.urls import path, reverse

from articles.models import Article, Image
from newsroom import errors
from newsroom.appeals.models import Appeal
from tests.articles.desk import change
from tests.factories import make_comment
from tests.newsroom import test_errors


class urls(test_errors.urls):
    """The site's addresses, and one for each of the errors."""

    urlpatterns = [
        path("fails/400/", test_errors.fail_with(SuspiciousOperation("x"))),
        path("fails/410/", errors.gone),
        path("fails/429/", respond_429),
        *test_errors.urls.urlpatterns,
    ]


FAULTS = {
    400: "/fails/400/",
    403: "/forbidden/",
    404: "/fa/no-such-page/",
    410: "/fails/410/",
    429: "/fails/429/",
    500: "/fails/",
    503: "/fails/database/",
}
#: Fills in the form that has a field of each name, and sends it past the browser's own checks and past our scripts.
SEND = """fields => {
  const names = Object.keys(fields);
  const form = [...document.forms].find(form => names.every(name => name in form.elements));
  for (const name of names) {
    const field = form.elements[name];
    if ([field, field[0]].some(one => one?.type === "submit")) {
      const pressed = Object.assign(document.createElement("input"), { type: "hidden", name, value: fields[name] });
      form.append(pressed);
    } else field.value = fields[name];
  }
  HTMLFormElement.prototype.submit.call(form);
}"""


class Answers:
    """What a visitor's browser shows after each step, and `source` what the server sent."""

    def __init__(self, visitor):
        self.visitor, self.page = visitor, visitor.page
        self.source = b""

    def open(self, address, status=200):
        return self._take(self.page.goto(self.visitor.site + address), status)

    def send(self, address, status=200, **fields):
        self.visitor.open(address)
        with self.page.expect_navigation() as navigation:
            self.page.evaluate(SEND, fields)
        return self._take(navigation.value, status)

    def _take(self, response, status):
        assert response.status == status, (response.url, response.status)
        self.source = response.body()
        return self.page


def faults(answers: Answers) -> Iterator[tuple[str, bytes]]:
    for status, address in FAULTS.items():
        answers.open(address, status)
        yield str(status), answers.source
    answers.visitor.open("/accounts/login/")
    answers.visitor.context.clear_cookies()
    with answers.page.expect_navigation() as navigation:
        answers.page.evaluate(SEND, {"username": "x", "password": "x"})
    answers._take(navigation.value, 403)
    yield "form without its token", answers.source


def of_readers(answers: Answers, pages: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    """`pages` is what `make_newsroom` returned."""
    thread, report, rating = pages["thread"], pages["report"], pages["rating"]
    answers.send(thread, 400, name="", email="oda", body="")
    yield "comment with errors", answers.source
    answers.send(thread, name="Oda", email="oda@post.example", body="I was on the late boat.")
    yield "comment held", answers.source
    own = answers.page.locator('a[href$="/edit/"]').first.get_attribute("href")
    answers.open(own)
    yield "own comment", answers.source
    answers.send(own, 400, body="")
    yield "own comment with errors", answers.source
    answers.send(report, 400, ground="", words="It is not true.")
    yield "report with errors", answers.source
    answers.send(report, ground="insult", words="")
    yield "report sent", answers.source
    answers.send(rating, 400, stars="")
    yield "rating without stars", answers.source
    answers.send(rating, stars="4")
    yield "rating given", answers.source
    answers.send("/comments/data/", 400, email="oda")
    yield "data with errors", answers.source
    answers.send("/comments/data/", email="oda@post.example")
    yield "data asked for", answers.source
    answers.send("/accounts/login/", username="nobody", password="wrong")
    yield "sign-in refused", answers.source
    answers.send("/accounts/password/reset/", email="nobody")
    yield "password reset with errors", answers.source
    answers.send("/accounts/password/reset/", email="nobody@post.example")
    yield "password reset sent", answers.source
    answers.open("/accounts/password/reset/x/y/")
    yield "password reset by an old link", answers.source
    Article.objects.update(comments_open=False)
    answers.open(thread)
    yield "closed thread", answers.source


def of_the_desk(answers: Answers, client) -> Iterator[tuple[str, bytes]]:
    """`client` is signed in as somebody else, who changes an article meanwhile."""
    article = Article.objects.latest("pk")
    appeal, image = Appeal.objects.earliest("pk"), Image.objects.get()
    address = reverse("admin:articles_article_change", args=[article.pk])
    answers.send("/admin/articles/article/add/", headline="", body="", source_url="no address")
    yield "article with errors", answers.source
    # The form keeps itself after a pause, which must not come while the other one saves: tables in memory cannot wait.
    answers.page.route("**/autosave/", lambda route: route.abort())
    answers.visitor.open(address).wait_for_load_state("networkidle")  # who else is in it has been asked
    change(client, article, headline="Theirs")
    with answers.page.expect_navigation() as navigation:
        answers.page.evaluate(SEND, {"headline": "Ours"})
    answers._take(navigation.value, 409)
    yield "article changed by two", answers.source
    answers.send(f"/admin/appeals/appeal/{appeal.pk}/change/", **{"title": "", "links-0-url": "http://x", "goal": "x"})
    yield "appeal with errors", answers.source
    answers.send(f"/admin/articles/image/{image.pk}/change/", title="")
    yield "picture with errors", answers.source
    answers.send("/admin/articles/image/upload/", credit="Lena Voss")
    yield "upload without a file", answers.source
    answers.send("/admin/comments/comment/", action="approve")
    yield "action on nothing", answers.source
    answers.send("/admin/articles/category/add/", name="")
    yield "category with errors", answers.source
    make_comment(article, "Nonsense.", state="pending")
    answers.send("/admin/comments/comment/queue/", do="reject", reason="")
    yield "comment rejected", answers.source
