"""Category, author and tag pages and their indexes."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone

from articles import listing
from articles.front import front_page
from articles.models import AuthorName
from articles.taxonomy import tree
from tests.factories import make_appeal, make_article, make_author, make_category, make_draft

pytestmark = pytest.mark.django_db


def html_of(client, path, status=200):
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def test_category_lists_its_own_stories_and_those_below(client):
    root = make_category("Harbour", description="Boats and tides.")
    make_article("Upper", category=root)
    make_article("Lower", category=make_category("Ferries", parent=root))
    make_article("Elsewhere", category=make_category("Town"))
    html = html_of(client, "/categories/harbour/").split("<aside")[0]
    assert "Boats and tides." in html
    assert "Upper" in html
    assert "Lower" in html
    assert "Elsewhere" not in html
    assert 'href="/categories/ferries/"' in html


def test_category_of_another_edition_is_not_found(client):
    category = make_category("بندر", language="fa")
    assert html_of(client, category.get_absolute_url())
    html_of(client, f"/categories/{category.slug}/", status=404)


def test_empty_category_says_so_and_leads_on(client):
    make_category("Town")
    html = html_of(client, "/categories/town/")
    assert "There are no stories in this category yet." in html
    assert 'href="/archive/"' in html


def test_list_is_paged_by_cursor(client):
    category = make_category("Harbour")
    made = [make_article(f"Story-{number}-", category=category, hours_ago=number) for number in range(1, 46)]
    seen, path = [], "/categories/harbour/"
    while path:
        html = html_of(client, path).split("<aside")[0]
        seen += [article for article in made if article.headline in html]
        _, found, rest = html.partition('<nav class="pages')[2].partition("?older=")
        path = f"/categories/harbour/?older={rest.split(chr(34))[0]}" if found else ""
    assert seen == made
    assert "?newer=" in html


@pytest.mark.parametrize("query", ["older=x", "newer=%00", "older=a&newer=b", "older=" + "A" * 400])
def test_wrong_cursor_is_not_found(client, query):
    make_category("Harbour")
    html_of(client, f"/categories/harbour/?{query}", status=404)


def test_unknown_parameters_change_nothing(client):
    make_article(category=make_category("Harbour"))
    assert html_of(client, "/categories/harbour/") == html_of(client, "/categories/harbour/?page=2&author__email=x")


def test_cursor_beyond_the_end_shows_an_empty_page(client):
    make_article(category=make_category("Harbour"))
    place = listing.cursor(timezone.now() - timedelta(days=999), 1)
    assert "There are no stories" in html_of(client, f"/categories/harbour/?older={place}")


def test_author_page_is_there_for_public_bylines_only(client):
    """S20"""
    ines, secret = make_author("Ines", bio="Writes about tides."), make_author("Secret")
    make_article("By Ines", authors=[ines])
    make_draft(authors=[secret])
    html = html_of(client, "/authors/ines/")
    assert "Writes about tides." in html
    assert "By Ines" in html
    html_of(client, "/authors/secret/", status=404)
    index = html_of(client, "/authors/")
    assert "Ines" in index
    assert "Secret" not in index


def test_author_is_named_in_the_language_of_the_edition(client):
    ines = make_author("Ines")
    AuthorName.objects.create(author=ines, language="fa", name="اینس")
    make_article("قایق", language="fa", authors=[ines])
    assert "اینس" in html_of(client, "/fa/authors/ines/")
    assert "اینس" in html_of(client, "/fa/authors/")
    # The author writes in another edition only: here the page says so.
    assert "no stories by this author in this edition" in html_of(client, "/authors/ines/")


def test_tag_page_is_there_where_the_edition_uses_it(client):
    make_article("Boat story", tags=["Boats"])
    make_draft(tags=["Hidden"])
    assert "Boat story" in html_of(client, "/tags/boats/")
    html_of(client, "/fa/tags/boats/", status=404)
    html_of(client, "/tags/hidden/", status=404)
    assert "Hidden" not in html_of(client, "/tags/")


@pytest.mark.parametrize("path", ["/categories/", "/authors/", "/tags/", "/corrections/", "/archive/", "/"])
def test_empty_newsroom_has_pages_that_help(client, path):
    html_of(client, path)
    html_of(client, f"/fa{path}")


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/", (11, 4)),
        ("/categories/", (8, 1)),
        ("/categories/harbour/", (10, 2)),
        ("/authors/", (9, 2)),
        ("/authors/ines/", (11, 3)),
        ("/tags/", (9, 2)),
        ("/tags/boats/", (11, 3)),
        ("/archive/", (12, 2)),
        ("/archive/{year}/", (12, 4)),
        ("/archive/{year}/{month}/", (10, 2)),
        ("/archive/{year}/{month}/{day}/", (10, 2)),
        ("/corrections/", (9, 2)),
    ],
)
def test_list_runs_the_same_few_queries_at_any_number_of_rows(client, rows, path, queries, queries_of):
    harbour, ines = make_category("Harbour", on_front=True), make_author("Ines")
    for number in range(rows):
        make_category(parent=harbour, on_front=True)
        article = make_article(category=harbour, authors=[ines], tags=["Boats"], hours_ago=number)
        make_appeal()
    day = timezone.localtime(article.publish_at)
    path = path.format(year=day.year, month=f"{day:%m}", day=f"{day:%d}")
    assert queries_of(path) == queries


@pytest.mark.parametrize("stories", [1, 3])
def test_front_page_with_blocks_runs_the_same_few_queries(client, stories, queries_of):
    for _ in range(stories):
        category = make_category(on_front=True)
        for number in range(8):
            make_article(f"Story {number}", category=category, tags=["Boats"], hours_ago=number + 1)
            make_appeal()
    assert queries_of("/") == (11, 4)
    assert 'aria-labelledby="block-' in html_of(client, "/")


def test_block_shows_the_newest_of_its_category_and_none_twice(client):
    upper = make_category("Upper", on_front=True)
    lower = make_category("Lower", parent=upper, on_front=True)
    for number in range(30):
        make_article(f"Number {number:02}.", category=lower if number % 2 else upper, hours_ago=number + 1)
    request = RequestFactory().get("/")
    blocks = front_page(request, tree(request))["blocks"]
    found = [[article.headline for article in block["first"] + block["second"] + block["third"]] for block in blocks]
    assert [block["category"] for block in blocks] == [upper, lower]
    assert found[0] == [f"Number {number:02}." for number in range(4, 10)]
    assert found[1] == ["Number 11.", "Number 13.", "Number 15."]
