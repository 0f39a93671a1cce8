"""S13: every address of the desk and of the accounts, asked and posted to by everybody there is.

The answers stand in tests/data/permissions.txt, one line for each address and method, one column for each person. A
number followed by `*` has changed rows. An address without a line fails; after adding one, write the table anew with
`WRITE_PERMISSIONS=1 pytest -p no:randomly -n 0 tests/newsroom/test_permissions.py`, and read each changed line as what
it is: what somebody may do from now on.
"""

import os
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.urls.resolvers import URLPattern
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from articles import versions
from articles.library import add_image
from articles.models import CategoryScope, Edition, Tag
from articles.uploads import clean_image
from comments.models import Ban, Decision, WordList
from newsroom.appeals.models import DonationClicks, DonationLink
from newsroom.redirects.models import NotFound, Redirect
from tests import factories
from tests.browser.newsroom import picture_file

pytestmark = pytest.mark.django_db

TABLE = Path(__file__).parent.parent / "data" / "permissions.txt"
#: `author` asks for what is the author's own, `author'` for what is not; `limited` is an editor of another category.
PEOPLE = (
    *("anonymous", "reader", "inactive", "author", "author'", "editor", "limited"),
    *("moderator", "appeals", "publisher", "superuser"),
)
ROLES = {"author": "Author", "editor": "Editor", "limited": "Editor", "moderator": "Moderator"}
ROLES |= {"appeals": "Appeals manager", "publisher": "Publisher", "inactive": "Publisher"}
MOST_QUERIES = 30
WRITES = re.compile(r'^\s*(INSERT|UPDATE|DELETE)\b(?!.*?"(django_session|articles_ratelimit|cache)")', re.IGNORECASE)


def routes(resolver=None, above=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        route = above + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            if route.startswith(("admin/", "accounts/")):
                yield route
        else:
            yield from routes(pattern, route)


def plain(route):
    """Django's own two patterns with an expression in them, as the others are written."""
    route = re.sub(r"\^\(\?P<app_label>[^)]*\)/\$", "<str:app_label>/", route)
    return re.sub(r"\(\?P<url>\.\*\)\$", "<path:url>", route)


def group_of(route):
    """The addresses of one model together, and the few others."""
    return "/".join(route.split("/")[:3]) if re.match(r"admin/\w+/\w+/", route) else route.split("/")[0]


ROUTES = {plain(route): group_of(plain(route)) for route in routes()}


class World:
    """One row of each kind, and the author's own article beside that of somebody else."""

    def __init__(self):
        self.people = {name: self.person(name) for name in PEOPLE if name not in {"anonymous", "author'"}}
        self.people["author'"] = self.people["author"]
        category, elsewhere = factories.make_category("Harbour"), factories.make_category("Sport")
        CategoryScope.objects.create(user=self.people["limited"], category=elsewhere)
        own = factories.make_draft("Own", created_by=self.people["author"], category=category)
        other = factories.make_draft("Other", created_by=self.people["publisher"], category=category)
        for article in (own, other):
            versions.record(article)
        now = timezone.now()
        appeal = factories.make_appeal(channel=factories.make_channel())
        self.rows = {
            "article": other,
            "rating": factories.make_rating(other, 4),
            "edition": Edition.objects.create(language="en", name="Courier"),
            "category": factories.make_category("Markets"),
            "author": factories.make_author(),
            "correction": factories.make_correction(other),
            "page": factories.make_page(),
            "channel": factories.make_channel(),
            "appeal": appeal,
            "donationclicks": DonationClicks.objects.create(link=DonationLink.objects.get(), day=now.date()),
            "redirect": Redirect.objects.create(old_path="/old/", article=other),
            "notfound": NotFound.objects.create(path="/lost/", seen_at=now),
            "comment": factories.make_comment(other, state="pending"),
            "ban": Ban.objects.create(person="banned@post.example", reason="Spam."),
            "decision": Decision.objects.first(),
            "tag": Tag.objects.create(name="Ferry"),
            "wordlist": WordList.objects.get_or_create(kind="banned")[0],
            "group": Group.objects.get(name="Author"),
            "user": factories.make_user(role="Author"),
            "dbtaskresult": DBTaskResult.objects.create(
                args_kwargs={"args": [], "kwargs": {}}, task_path="x", run_after=now, backend_name="default"
            ),
        }
        kind = ContentType.objects.get_for_model(Tag)
        self.rows["logentry"] = LogEntry.objects.create(
            user=self.people["author"], content_type=kind, object_id="1", object_repr="Ferry", action_flag=2
        )
        self.rows["image"], _created = add_image(clean_image(picture_file(size=(60, 40))))
        self.own = {"article": own}
        self.public = factories.make_article("Public")

    def person(self, name):
        if name == "superuser":
            return factories.make_user(name, is_superuser=True, role="Publisher")
        person = factories.make_user(name, role=ROLES.get(name))
        if name == "inactive":
            person.is_active = False
            person.save()
        return person

    def path(self, route, person):
        """The route with numbers of real rows in it."""
        model = "article" if route.startswith("admin/numbers/") else [*route.split("/"), "", ""][2]
        row = (self.own.get(model) if person == "author" else None) or self.rows.get(model)
        values = {
            "content_type_id": "1",
            "verb": "submit",
            "number": "1",
            "uidb64": "MQ",
            "token": "abc-def",
            "app_label": "articles",
            "url": "no-such-page",
            "article": str(self.public.pk),
        }
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values.get(found[1]) or str(row.pk if row else 1), route)

    def data(self, route):
        if route.endswith("/delete/"):
            return {"post": "yes"}
        row = self.rows.get(route.split("/")[-2])
        if row and route.count("/") == 3:
            return {"action": "delete_selected", "_selected_action": row.pk, "index": 0, "post": "yes"}
        return {"verb": "approve", "_addanother": "1", "username": "", "is_superuser": "1", "is_staff": "1"}


def ask(method, path, data, session):
    """The answer's status and the writes; whatever it changed is undone."""
    client = Client()
    if session:
        client.cookies[settings.SESSION_COOKIE_NAME] = session
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        response = getattr(client, method.lower())(path, data if method == "POST" else None)
        if hasattr(response, "render"):
            response.render()
        transaction.set_rollback(True)
    statements = [query["sql"] for query in asked.captured_queries]
    return response.status_code, [sql for sql in statements if WRITES.match(sql)], statements


def read_table():
    lines = TABLE.read_text(encoding="utf-8").splitlines() if TABLE.exists() else []
    rows = (line.split() for line in lines if line and not line.startswith("#"))
    return {(method, route): answers for method, route, *answers in rows}


def write_rows(found):
    rows = read_table() | found
    rows = {key: rows[key] for key in sorted(rows, key=lambda key: (key[1], key[0])) if key[1] in ROUTES}
    width = max(len(route) for _method, route in rows)
    lines = [f"#    {'':{width}} " + " ".join(f"{name:>9}" for name in PEOPLE)]
    for (method, route), answers in rows.items():
        lines.append(f"{method:4} {route:{width}} " + " ".join(f"{answer:>9}" for answer in answers))
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("group", sorted(set(ROUTES.values())))
def test_everybody_gets_the_answer_that_the_table_says(group):
    """S13, S16: and no GET changes a row, and none asks more than 30 queries."""
    world = World()
    sessions = {"anonymous": ""}
    for name, person in world.people.items():
        client = Client()
        client.force_login(person)
        sessions[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
    found, changing, greedy = {}, [], []
    for route in (route for route, its_group in ROUTES.items() if its_group == group):
        for method in ("GET", "POST"):
            answers = []
            for name in PEOPLE:
                status, writes, statements = ask(method, world.path(route, name), world.data(route), sessions[name])
                answers.append(f"{status}*" if writes else str(status))
                if writes and method == "GET":
                    changing.append((route, name, writes[0][:200]))
                if len(statements) > MOST_QUERIES and method == "GET":
                    greedy.append((route, name, len(statements)))
            found[method, route] = answers
    assert changing == []
    assert greedy == []
    if os.environ.get("WRITE_PERMISSIONS"):
        write_rows(found)
    table = read_table()
    assert {key: dict(zip(PEOPLE, table.get(key, []), strict=False)) for key in found} == {
        key: dict(zip(PEOPLE, answers, strict=True)) for key, answers in found.items()
    }


def test_world_has_a_row_of_everything_that_the_desk_shows():
    """S13"""
    assert {model._meta.model_name for model in admin.site._registry} <= set(World().rows)


def test_table_holds_no_address_that_is_gone():
    """S13"""
    assert {route for _method, route in read_table()} == set(ROUTES)
