"""Odd and hostile input on every public address: an answer, never a fault, and nothing reflected as code."""

import functools
import json
import re
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from django.utils import timezone

from articles import previews, versions
from comments.letters import make_token
from tests.factories import make_appeal, make_article, make_author, make_category, make_comment, make_page, make_user
from tests.oracle import unsafe_parts

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CORPORA = Path(__file__).parents[3] / "shared/corpora"
OWN = [
    "\x00",
    "a\x00b",
    "'",
    '"',
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 }}{% now %}",
    "%00",
    "%0d%0aX-Injected: 1",
    "\r\nX-Injected: 1",
    "../../../etc/passwd",
    "..\\..\\",
    "𝒳" * 300,
    "‮‏ضوء",
    "9" * 60,
    "-1",
    "1e9",
    "null",
    "a" * 8000,
    "field__password",
    "; DROP TABLE",
]


def naughty():
    path = CORPORA / "naughty-strings/blns.json"
    return json.loads(path.read_text()) if path.exists() else []


def patterns(resolver=None, prefix=""):
    """Every route below the public part of the site, as (route with <parameters>, names of these)."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if not route.startswith(("admin/", "accounts/", "__debug__")):
                yield from patterns(entry, route)
        elif isinstance(entry, URLPattern) and not route.startswith("admin"):
            yield route, list(entry.pattern.converters)


def newsroom():
    article = make_article("Harbour", category=make_category("Boats"), authors=[make_author("Ines")], tags=["Tide"])
    comment = make_comment(article)
    editor, now = make_user(role="Editor"), timezone.now()
    for words in ("<p>Old words.</p>", "<p>New words.</p>"):
        article.body = words
        article.save()
        shared = versions.record(article)
        article.revisions.update(published_at=now, opened_at=now)
    make_appeal("Lamp")
    make_page("About")
    known = {
        "articles": {"pk": article.pk, "slug": article.slug, "number": comment.pk},
        "categories": {"slug": "boats"},
        "authors": {"slug": "ines"},
        "tags": {"slug": "tide"},
        "archive": {"calendar": "gregorian", "year": "2026", "month": "06", "day": "14"},
        "appeals": {"slug": "lamp", "number": 1},
        "pages": {"slug": "about"},
        "media": {"name": "images/none.jpg"},
        "comments": {"token": make_token("answers", 1), "year": now.year, "month": now.month},
        "preview": {"token": previews.token(previews.share(shared, by=editor, days=1))},
        "sitemaps": {"name": "articles", "number": 0},
    }
    found = []
    for route, names in patterns():
        values = known.get(route.split("/")[0], {})
        found.append((route, {name: str(values[name]) for name in names}))
    return found


def path_of(route, values):
    for name, value in values.items():
        parameter = re.search(rf"<(?:\w+:)?{name}>", route)[0]
        route = route.replace(parameter, quote(value, safe="", errors="surrogatepass"), 1)
    return "/" + route


#: Most values change nothing in a page: each page is judged once.
judge = functools.lru_cache(maxsize=2000)(unsafe_parts)


def check(response, value):
    assert response.status_code < 500, value[:80]
    assert "X-Injected" not in response
    if response.get("Content-Type", "").startswith("text/html") and not response.streaming:
        assert judge(response.content.decode()) == [], value[:80]


def share(values, place):
    """All of our own; of the naughty strings every fourth, so that each is asked of a quarter of the routes."""
    return values if values is OWN else values[place % 4 :: 4]


def leads_somewhere(path):
    try:
        return resolve(unquote(path))
    except Resolver404:
        return None


def test_every_public_route_is_known_here():
    assert len(newsroom()) >= 20


@pytest.mark.parametrize("values", [OWN, pytest.param(None, id="naughty strings")])
def test_no_path_makes_a_fault(client, values):
    """S25, S26"""
    values = naughty() if values is None else values
    if not values:
        pytest.skip("the corpus of naughty strings is not beside the project")
    nowhere = set()
    for place, (route, known) in enumerate(newsroom()):
        for name in known:
            for value in share(values, place):
                path = path_of(route, {**known, name: value})
                if values is not OWN and not leads_somewhere(path):
                    # No view sees it, whatever stands around it: one such address for each value.
                    if value in nowhere:
                        continue
                    nowhere.add(value)
                check(client.get(path), value)


@pytest.mark.parametrize("values", [OWN, pytest.param(None, id="naughty strings")])
def test_no_query_makes_a_fault(client, values):
    """S14, S25, S26"""
    values = naughty()[::5] if values is None else values
    if not values:
        pytest.skip("the corpus of naughty strings is not beside the project")
    names = [
        "older",
        "newer",
        "category",
        "reply",
        "page",
        "q",
        "preview",
        "fragment",
        "next",
        "author__email",
    ]
    for place, (route, known) in enumerate(newsroom()):
        path = path_of(route, known)
        # Feeds, site maps and what machines read know none of the three.
        is_page = client.get(path).get("Content-Type", "").startswith("text/html")
        for value in share(values, place):
            check(client.get(path, dict.fromkeys(names, value)), value)
            if value in OWN and is_page:
                for name in ("older", "reply", "category"):
                    check(client.get(path, {name: value}), value)


def test_no_form_makes_a_fault(reader):
    """S26"""
    article = make_article()
    thread = f"{article.get_absolute_url()}comments/"
    for value in OWN + naughty()[::5]:
        fields = dict.fromkeys(["name", "email", "body", "token", "parent", "stars", "withdraw"], value)
        fields.pop("withdraw")
        check(reader.post(thread, fields), value)
        check(reader.post(article.get_rating_url(), fields), value)
    check(reader.post(thread, {"body": "x" * 1_000_000, "name": "n", "email": "e@example.org"}), "a megabyte")


@pytest.mark.parametrize(
    "header",
    [
        "Accept-Language",
        "User-Agent",
        "Referer",
        "Cookie",
        "Accept",
        "If-None-Match",
        "If-Modified-Since",
        "Range",
    ],
)
def test_no_header_makes_a_fault(client, header):
    """S10, S26"""
    article = make_article()
    for value in [item for item in OWN if "\r" not in item] + ["a" * 100_000, "," * 20_000, "en;q=" * 10_000]:
        for path in ("/", article.get_absolute_url(), f"{article.get_absolute_url()}comments/"):
            check(client.get(path, headers={header: value.encode("utf-8", "replace").decode("latin-1")}), value)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "testserver:port", "testserver@evil.example", "a b", "[::1", "testserver\x00"],
)
def test_unknown_host_is_refused(client, host):
    """S19"""
    response = client.get("/", headers={"host": host})
    assert response.status_code == 400
    assert b"evil.example" not in response.content


def test_forwarded_host_is_not_believed(client):
    """S15, S19"""
    article = make_article()
    plain = client.get(article.get_absolute_url()).content
    for header in (
        "X-Forwarded-Host",
        "X-Host",
        "X-Original-URL",
        "X-Rewrite-URL",
        "Forwarded",
        "X-HTTP-Method-Override",
    ):
        assert client.get(article.get_absolute_url(), headers={header: "evil.example"}).content == plain
