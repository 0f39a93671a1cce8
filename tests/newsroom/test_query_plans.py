"""Readers' lists walk an index: no table that grows is read through, and nothing is sorted.

So the first page and the four-thousandth, of a thousand articles and of a million, cost the same. Aside stand what
weighs rows against each other (most read and top rated, which are rebuilt elsewhere), and a thread.
"""

import json
import re
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from articles import listing, lists
from articles.models import Article, ArticleRevision, AuthorListing, CategoryListing, Correction, TagListing
from newsroom.demo import bulk
from tests.factories import make_correction

#: Tables that grow with the stories. Categories, authors and tags do not: a list of all of these may be sorted.
GROWING = re.compile(
    r"articles_(article\w*|\w+listing|taggedarticle|byline|rating|reading\w*|correction|ranking)$|comments_\w+$"
)
ASIDE = ("comments_comment",)
PATHS = {
    "front page": "/",
    "category": "/categories/{category}/",
    "author": "/authors/{author}/",
    "authors": "/authors/",
    "tag": "/tags/{tag}/",
    "tags": "/tags/",
    "archive": "/archive/",
    "year": "/archive/{year}/",
    "month": "/archive/{year}/{month}/",
    "day": "/archive/{year}/{month}/{day}/",
    "archive of a category": "/archive/?category={category}",
    "year of a category": "/archive/{year}/?category={category}",
    "month of a category": "/archive/{year}/{month}/?category={category}",
    "corrections": "/corrections/",
    "article and its neighbours": "{article}",
    "feed": "/feed/",
    "feed of a category": "/categories/{category}/feed/",
    "feed of an author": "/authors/{author}/feed/",
    "feed of a tag": "/tags/{tag}/feed/",
    "feed of corrections": "/corrections/feed/",
}
DEEP = {"category", "author", "tag", "archive", "archive of a category", "year", "corrections"}


@pytest.fixture(scope="module")
def newsroom(django_db_setup, django_db_blocker):
    """Some thousand articles in lists long enough for the planners to care; undone at the end."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(bulk, "TAGS", 5)
        patch.setattr(bulk, "AUTHORS", 5)
        bulk.load(4000, language="en", seed=1)
        for article in Article.objects.newest()[:400]:
            make_correction(article, published_at=article.publish_at)
        versions = [
            ArticleRevision(article_id=pk, number=number, content={})
            for pk in Article.objects.values_list("pk", flat=True)[:500]
            for number in (1, 2)
        ]
        ArticleRevision.objects.bulk_create(versions)
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 1000" if connection.vendor == "sqlite" else "SELECT 1")
            cursor.execute("ANALYZE")  # PostgreSQL does so by itself, articles/upkeep.py for SQLite
        yield
        transaction.set_rollback(True)


def place_in(path, article=None):
    """An article, of the middle where none is named, and what addresses need of it."""
    article = article or Article.objects.public().newest().filter(tags__isnull=False)[300]
    day = timezone.localtime(article.publish_at)
    return path.format(
        category=article.category.slug,
        author=article.authors.first().slug,
        tag=article.tags.first().slug,
        article=article.get_absolute_url(),
        year=day.year,
        month=f"{day:%m}",
        day=f"{day:%d}",
    ), listing.cursor(article.publish_at, article.pk)


def table_of(sql):
    """The table that the statement's outermost FROM begins with; "" for one that only puts subqueries together."""
    while sql != (sql := re.sub(r"\([^()]*\)", "", sql)):
        pass
    found = re.search(r' FROM "(\w+)"', sql)
    return found.group(1) if found else ""


def is_of_stories(sql):
    """Whether the statement's rows are a list of what grows, or many such lists (articles/rows.py)."""
    return bool(GROWING.match(table_of(sql) or "x")) or "found.*" in sql


def flaws_in_sqlite(sql):
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql)
        steps = [row[3] for row in cursor.fetchall()]
    found = []
    tables = dict(re.findall(r'(?:FROM|JOIN) "(\w+)" (U\d+|V\d+|T\d+)', sql))
    tables = {alias: table for table, alias in tables.items()}
    for before, step in zip(["", *steps], steps, strict=False):
        scanned = re.match(r"SCAN (\w+)", step)
        # One index holds the corrections of all editions; a page walks it from the newest on until it is full.
        is_walked = step.endswith("USING INDEX correction_newest") and "LIMIT" in sql
        if scanned and not is_walked and GROWING.match(tables.get(scanned[1], scanned[1])):
            found.append(step)
        # All that is public, gathered before the first row is looked at.
        if before.startswith("LIST SUBQUERY") and "INDEX article_newest" in step:
            found.append(f"{before}: {step}")
        if step.startswith("USE TEMP B-TREE FOR") and "ORDER BY" in step and is_of_stories(sql):
            found.append(step)
    return found


def flaws_in_postgresql(sql):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        # The twenty rows of one month are as cheaply sorted as walked; what must be sorted is so in spite of this.
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql)
        answer = cursor.fetchone()[0]
    (tree,) = json.loads(answer) if isinstance(answer, str) else answer
    found = []

    def grows(node):
        return GROWING.match(node.get("Relation Name", "x")) or any(grows(below) for below in node.get("Plans", []))

    def walk(node):
        kind = node["Node Type"]
        if kind == "Seq Scan" and GROWING.match(node["Relation Name"]):
            found.append(f"Seq Scan {node['Relation Name']}")
        # A handful of rows named by their numbers comes in no order; a list that is walked does.
        is_small = node.get("Plan Rows", 0) <= 1
        if kind in {"Sort", "Incremental Sort"} and is_of_stories(sql) and grows(node) and not is_small:
            found.append(f"{kind} by {node['Sort Key']}")
        for below in node.get("Plans", []):
            walk(below)

    walk(tree["Plan"])
    return found


def flaws(queries):
    find = flaws_in_postgresql if connection.vendor == "postgresql" else flaws_in_sqlite
    sqls = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    sqls = [sql for sql in sqls if not any(f'"{table}"' in sql for table in ASIDE)]
    assert sqls
    return {sql: found for sql in sqls if (found := find(sql))}


@pytest.mark.django_db
@pytest.mark.parametrize("name", PATHS)
def test_page_walks_indexes(newsroom, client, name):
    path, place = place_in(PATHS[name])
    paths = [path]
    if name in DEEP:
        mark = "&" if "?" in path else "?"
        paths += [f"{path}{mark}{way}={place}" for way in ("older", "newer")]
    for path in paths:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        assert flaws(captured.captured_queries) == {}


def work_of(client, path):
    """What the database does for a page: SQLite's steps by the hundred, PostgreSQL's rows looked at in vain."""
    if connection.vendor == "sqlite":
        steps = []
        connection.connection.set_progress_handler(lambda: steps.append(1), 100)
        try:
            assert client.get(path).status_code == 200
        finally:
            connection.connection.set_progress_handler(None, 0)
        return len(steps)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    sqls = [query["sql"] for query in captured.captured_queries if query["sql"].startswith("SELECT")]

    def removed(node):
        own = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        return own * node["Actual Loops"] + sum(removed(below) for below in node.get("Plans", []))

    vain = 0
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in sqls:
            cursor.execute("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + sql)
            answer = cursor.fetchone()[0]
            (tree,) = json.loads(answer) if isinstance(answer, str) else answer
            vain += removed(tree["Plan"])
    return vain


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(DEEP | {"article and its neighbours", "month", "day", "month of a category"}))
def test_what_is_far_down_costs_what_is_near(newsroom, client, name):
    """The index is entered at the cursor, the day or the story: nothing newer (or older) is walked past."""
    newest = Article.objects.public().newest().filter(tags__isnull=False)
    work = []
    for depth in (400, 5200):  # rows are one per tag
        story = newest[depth]
        path, place = place_in(PATHS[name], story)
        paths = [path]
        if name in DEEP:
            mark = "&" if "?" in path else "?"
            paths = [f"{path}{mark}{way}={place}" for way in ("older", "newer")]
        for path in paths:
            client.get(path)
        work.append(sum(work_of(client, path) for path in paths))
    near, far = work
    assert far < near * 1.1 + 10


@pytest.mark.django_db
def test_chosen_stories_are_found_among_themselves(newsroom, client):
    """A front page with three of them does not look through a million others for a fourth."""
    with CaptureQueriesContext(connection) as captured:
        client.get("/")
    (chosen,) = [query["sql"] for query in captured.captured_queries if "featured_slot\" = ''" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + chosen)
        assert "article_chosen" in str(cursor.fetchall())


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["articles_article", "comments_comment"])
def test_lists_of_the_desk_are_not_sorted(newsroom, admin_client, name):
    """They are walked from the newest on, whichever way the planner takes."""
    with CaptureQueriesContext(connection) as captured:
        assert admin_client.get(reverse(f"admin:{name}_changelist")).status_code == 200
    sqls = [query["sql"] for query in captured.captured_queries if table_of(query["sql"]) == name]
    lists = [sql for sql in sqls if "ORDER BY" in sql]
    assert lists
    find = flaws_in_postgresql if connection.vendor == "postgresql" else flaws_in_sqlite
    assert [flaw for sql in lists for flaw in find(sql) if "ORDER BY" in flaw or "Sort" in flaw] == []


@pytest.mark.django_db
def test_flaws_are_seen(newsroom):
    """The check itself: a sort, a table read through, and a list of all that is public."""
    rows = Correction.objects.filter(article__in=Article.objects.public()).order_by("-published_at")
    by_name = CategoryListing.objects.order_by("-publish_at", "-article")
    by_headline = Article.objects.public().order_by("headline")
    for queryset in (
        by_headline[:20],
        by_name.filter(category=1)[:20],
        *([rows] if connection.vendor == "sqlite" else []),
    ):
        with CaptureQueriesContext(connection) as captured:
            list(queryset)
        assert flaws(captured.captured_queries)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "about"), [(CategoryListing, "category"), (TagListing, "tag"), (AuthorListing, "author")]
)
def test_stories_of_one_moment_stand_on_one_page_each(newsroom, client, model, about):
    """The order of a list is the order of its cursors, also where a whole import has one date."""
    moment = timezone.now() - timedelta(days=900)
    listed = model.objects.values_list(about, flat=True).first()
    numbers = list(model.objects.filter(**{about: listed}).values_list("article", flat=True)[:30])
    model.objects.filter(**{about: listed}, article__in=numbers).update(publish_at=moment)
    place = {about: listed}
    between = (moment, moment + timedelta(microseconds=1))
    found, older = [], ""
    while True:
        page = lists.page(older=older, newer="", between=between, now=timezone.now(), **place)
        found += [row.article_id for row in page.rows]
        if not page.older:
            break
        older = page.older
    assert found == sorted(numbers, reverse=True)
