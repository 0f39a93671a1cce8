"""Newsrooms of several sizes, on SQLite unless a database is named; kept under var/bench for the next run."""

import json
from pathlib import Path

from tests import serving

FOLDER = serving.ROOT / "var" / "bench"

#: Addresses of one site's pages, and what each asks of the database. Where there is no page 4,000, it lies four fifths
#: down the list, as the deep one does anywhere.
LOOK = """
import json
from django.conf import settings
from django.contrib.auth import get_user_model, SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, Resolver404, resolve
from django.utils import timezone
from articles import listing
from articles.models import Article

rows = Article.objects.public().newest()
count = rows.count()
story = rows[count // 2]
deep, page_4000 = (rows.only("publish_at")[place] for place in (count * 4 // 5, min(count * 4 // 5, 3999 * 20 - 1)))
day = timezone.localtime(story.publish_at)
pages = {
    "article": story.get_absolute_url(), "front page": "/",
    "list": "/archive/",
    "page 4,000": f"/archive/?older={listing.cursor(page_4000.publish_at, page_4000.pk)}",
    "deep list": f"/archive/?older={listing.cursor(deep.publish_at, deep.pk)}",
    "category": story.category.get_absolute_url(), "author": story.authors.first().get_absolute_url(),
    "tag": story.tags.first().get_absolute_url(), "calendar": f"/archive/{day:%Y/%m}/", "feed": "/feed/",
    "search": "/search/?q=harbour",
    "desk: articles": "/admin/articles/article/", "desk: search": "/admin/articles/article/?q=harbour",
    "desk: comments": "/admin/comments/comment/", "desk: queue": "/admin/comments/comment/queue/",
}
try:
    resolve("/search/")
except Resolver404:
    del pages["search"]
user, _ = get_user_model().objects.get_or_create(username="bench", is_staff=True, is_superuser=True)
session = SessionStore()
session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.create()
cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
queries = {}
for name, path in pages.items():
    client = Client(SERVER_NAME="127.0.0.1", HTTP_COOKIE=cookie if name.startswith("desk") else "")
    client.get(path)
    with CaptureQueriesContext(connection) as found:
        answer = client.get(path)
    assert answer.status_code == 200, (name, answer.status_code)
    queries[name] = len(found)
print("FACTS " + json.dumps({"pages": pages, "queries": queries, "cookie": cookie}))
"""


class Newsroom:
    """A site with so many articles; `pages` are its addresses by name."""

    def __init__(self, count: int, port: int, database: str = ""):
        self.count, self.port = count, port
        self.folder = FOLDER / (f"{count}-other" if database else f"{count}")
        self.env = serving.environment(self.folder, port, database, STATIC_ROOT=str(FOLDER / "static"))
        self._fill()
        answer = serving.manage(self.env, "shell", "--no-imports", "-c", LOOK)
        facts = json.loads(answer.partition("FACTS ")[2])
        self.pages, self.queries, self.cookie = facts["pages"], facts["queries"], facts["cookie"]

    def _fill(self) -> None:
        done = self.folder / "filled"
        self.folder.mkdir(parents=True, exist_ok=True)
        if done.exists():
            serving.manage(self.env, "migrate", "-v0")
            return
        for path in self.folder.glob("newsroom.sqlite3*"):
            path.unlink()
        serving.manage(self.env, "migrate", "-v0")
        serving.manage(self.env, "createcachetable")
        serving.manage(self.env, "bench_content", str(self.count))
        done.touch()

    def serve(self, *, cached: bool) -> serving.Server:
        env = self.env | {"PAGE_CACHE_MB": "64" if cached else "0"}
        return serving.Server(serving.granian(self.port), env, self.port, log=self.folder / "server.log")


def static_files() -> Path:
    env = serving.environment(FOLDER, 1, STATIC_ROOT=str(FOLDER / "static"))
    serving.manage(env, "collectstatic", "--noinput", "-v0")
    return FOLDER / "static"
