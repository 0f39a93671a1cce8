"""Articles in bulk: written past the models' `save`, and yet as these would have written them."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from articles import listing, search
from articles.body import public_html, sanitize
from articles.models import Article, AuthorListing, Category, CategoryListing, SearchEntry, StaleTag, TagListing
from articles.progress import Progress
from articles.slugs import slug_for
from comments.models import Comment
from comments.people import normalized
from newsroom.demo import bulk
from tests.factories import make_article, make_comment

pytestmark = pytest.mark.django_db


@pytest.fixture
def newsroom(monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 25)  # more than one transaction
    call_command("bench_content", 60, stdout=io.StringIO())


def listed():
    return {
        model.__name__: sorted(model.objects.values_list(link, "article", "language", "publish_at"))
        for model, link in ((CategoryListing, "category"), (AuthorListing, "author"), (TagListing, "tag"))
    }


def test_lists_are_those_that_saving_would_have_made(newsroom):
    before = listed()
    assert all(before.values())
    for article in Article.objects.all():
        listing.refresh(article)
    assert listed() == before


def indexed():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT rowid, facets, headline, subtitle, body FROM articles_searchwords ORDER BY rowid")
        else:
            cursor.execute("SELECT place, title::text, words::text FROM articles_searchentry ORDER BY place")
        return cursor.fetchall(), list(SearchEntry.objects.order_by("place").values_list())


def test_what_search_knows_is_what_saving_would_have_written(newsroom):
    before = indexed()
    assert len(before[0]) == len(before[1]) == 60
    search.rebuild(anew=True)
    assert indexed() == before


def test_articles_are_those_that_saving_would_have_made(newsroom):
    assert Article.objects.public().count() == 60
    names = ("slug", "body", "body_html", "sanitizer_version", "language", "state", "publish_at")
    for article in Article.objects.order_by("?")[:5]:
        before = {name: getattr(article, name) for name in names}
        assert article.body == sanitize(article.body)
        assert article.body_html == public_html(article.body, language="en")
        assert article.slug == slug_for(article.headline)
        article.full_clean()
        article.save()
        article.refresh_from_db()
        assert {name: getattr(article, name) for name in names} == before


def test_comments_are_whole_threads(newsroom):
    comments = list(Comment.objects.select_related("root", "parent"))
    assert any(comment.parent for comment in comments)
    for comment in comments:
        assert comment.person == normalized(comment.email)
        assert comment.depth == (1 if comment.parent else 0)
        assert comment.root_id == comment.parent_id
        assert comment.root is None or comment.root.article_id == comment.article_id


def test_a_second_run_adds_as_many_and_later_rows_find_a_number(newsroom):
    call_command("bench_content", 10, seed=2, stdout=io.StringIO())
    assert Article.objects.count() == 70
    assert Category.objects.count() == 36
    article = make_article()
    make_comment(article)
    assert article.pk > 70


def test_pages_show_the_articles(newsroom, client):
    newest = Article.objects.public().newest().first()
    for path in ("/", "/archive/", newest.category.get_absolute_url(), newest.authors.first().get_absolute_url()):
        assert newest.headline in client.get(path).content.decode()
    assert client.get(newest.get_absolute_url()).status_code == 200
    assert StaleTag.objects.filter(tag="all").exists()


@pytest.mark.parametrize("arguments", [["0"], ["5", "--language", "xx"]])
def test_what_cannot_be_made_is_said(arguments):
    with pytest.raises(CommandError):
        call_command("bench_content", *arguments)


class Terminal(io.StringIO):
    def isatty(self):
        return True

    def write(self, text, ending="\n"):
        super().write(text + ending)


def test_progress_is_one_line_on_a_terminal_and_lines_elsewhere(monkeypatch):
    monkeypatch.setattr("articles.progress.ON_TERMINAL", 0)
    out, log = Terminal(), io.StringIO()
    for stream in (out, log):
        with Progress(stream, "Rows", total=1000) as progress:
            progress.step(250)
            progress.step(750)
    assert out.getvalue().count("\n") == 1
    assert "250 of 1,000" in out.getvalue()
    assert "1,000 of 1,000" in out.getvalue().rsplit("\r", 1)[1]
    assert log.getvalue().startswith("Rows ████████████████████████ 1,000 of 1,000")


def test_progress_without_a_known_end_only_counts():
    log = io.StringIO()
    with Progress(log, "Rows") as progress:
        progress.step()
    assert log.getvalue().startswith("Rows: 1 ")
