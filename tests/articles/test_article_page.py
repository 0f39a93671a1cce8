"""The article page."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article, AuthorName, Byline, ReadingTotal
from tests.factories import (
    make_appeal,
    make_article,
    make_author,
    make_category,
    make_comment,
    make_correction,
    make_draft,
    make_page,
    make_rating,
)

pytestmark = pytest.mark.django_db


def page(client, article):
    response = client.get(article.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def test_page_shows_what_the_article_has(client):
    root = make_category("Harbour")
    article = make_article(
        "The ferry waits",
        subtitle="For the bus",
        body="<p>Nine o’clock.</p>",
        category=make_category("Ferries", parent=root),
        categories=[make_category("Town")],
        tags=["Boats", "Anchors"],
        source_name="Bay Review",
        source_url="https://review.example/ferry",
        updated_at=timezone.now(),
    )
    html = page(client, article)
    for words in ("The ferry waits", "For the bus", "<p>Nine o’clock.</p>", "Harbour", "Ferries", "Town", "Bay Review"):
        assert words in html
    assert '<a href="https://review.example/ferry" rel="external noopener">Link to original article</a>' in html
    assert html.index(">Anchors</a>") < html.index(">Boats</a>")
    assert "Updated" in html
    assert "No rating" in html


def test_byline_keeps_its_order_aliases_and_translated_names(client):
    first, second = make_author("Ada", role="Reporter"), make_author("Bo", is_guest=True)
    AuthorName.objects.create(author=first, language="fa", name="آدا", role="خبرنگار")
    article = make_article("نمونه", language="fa")
    Byline.objects.create(article=article, author=second, position=0, alias="B.")
    Byline.objects.create(article=article, author=first, position=1)
    html = page(client, article)
    assert html.index(">B.</a>") < html.index(">آدا</a>")
    assert "خبرنگار" in html
    assert ">Ada</a>" not in html


@pytest.mark.parametrize(("total", "words"), [(0, "0 readings"), (1, "1 reading"), (4218, "4,218 readings")])
def test_readings_are_said_in_words(client, total, words):
    article = make_article()
    if total:
        ReadingTotal.objects.create(article=article, readings=total)
    assert re.search(rf">\s*{words}\s*<", page(client, article))


def test_ratings_are_said_in_words(client):
    article = make_article()
    make_rating(article, 5)
    assert "1 rating" in page(client, article)
    for _ in range(11):
        make_rating(article, 4)
    assert "12 ratings" in page(client, article)
    make_rating(article, 1, is_held=True)
    assert "12 ratings" in page(client, article)


def neighbours(html):
    return [re.search(rf'<a href="([^"]+)" rel="{rel}"', html) for rel in ("prev", "next")]


def test_previous_and_next_follow_time_then_number_within_the_edition(client):
    moment = timezone.now() - timedelta(hours=5)
    first, middle, last = (make_article(publish_at=moment) for _ in range(3))
    make_article(language="fa", publish_at=moment)
    make_draft()
    previous, following = neighbours(page(client, middle))
    assert previous[1] == first.get_absolute_url()
    assert following[1] == last.get_absolute_url()
    assert neighbours(page(client, first))[0] is None
    assert neighbours(page(client, last))[1] is None


@pytest.mark.parametrize("wrong", ["wrong-slug", "", "%D8%A8", "a" * 300])
def test_wrong_or_missing_slug_leads_to_the_right_address(client, wrong):
    article = make_article("Ferry")
    response = client.get(f"/articles/{article.pk}/{wrong}{'/' if wrong else ''}")
    assert response.status_code == 301
    assert response["Location"] == article.get_absolute_url()
    assert response["Cache-Control"] == "max-age=3600"


def test_prefix_of_another_edition_leads_to_the_right_address(client):
    article = make_article("قایق", language="fa")
    for address in (f"/articles/{article.pk}/قایق/", f"/ar/articles/{article.pk}/قایق/"):
        response = client.get(address)
        assert response.status_code == 301
        assert response["Location"] == article.get_absolute_url()
    assert page(client, article)


def test_headline_without_letters_has_an_address(client):
    article = make_article("!!! 🚢 ???")
    assert page(client, article)


@pytest.mark.parametrize(
    "fields",
    [
        {"state": Article.State.DRAFT},
        {"state": Article.State.IN_REVIEW},
        {"state": Article.State.WITHDRAWN},
        {"publish_at": timezone.now() + timedelta(days=1)},
        {"publish_at": timezone.now() - timedelta(days=2), "expire_at": timezone.now() - timedelta(minutes=1)},
    ],
)
def test_article_that_is_not_public_is_not_found(client, fields):
    """S12"""
    article = make_draft(**{"state": Article.State.PUBLISHED, "publish_at": timezone.now(), **fields})
    assert client.get(article.get_absolute_url()).status_code == 404
    assert client.get(f"/articles/{article.pk}/other/").status_code == 404


def test_article_appears_at_its_moment_and_ends_at_its_end(client, time_machine):
    """F9"""
    begin = timezone.now() + timedelta(hours=1)
    article = make_article(publish_at=begin, expire_at=begin + timedelta(hours=1))
    for seconds, status in ((-1, 404), (0, 200), (3599, 200), (3600, 404)):
        time_machine.move_to(begin + timedelta(seconds=seconds), tick=False)
        assert client.get(article.get_absolute_url()).status_code == status


@pytest.mark.parametrize("number", [0, 999999, 2**63, 10**30])
def test_unknown_number_is_not_found(client, number):
    assert client.get(f"/articles/{number}/x/").status_code == 404


def test_canonical_address_is_ours_unless_the_editor_says_the_source_s(client, settings):
    article = make_article(source_url="https://review.example/a?b=1&c=2")
    assert f'<link rel="canonical" href="{settings.SITE_URL}{article.get_absolute_url()}">' in page(client, article)
    article.canonical_is_source = True
    article.save()
    assert '<link rel="canonical" href="https://review.example/a?b=1&amp;c=2">' in page(client, article)


def test_noindex_is_said_only_where_wished(client):
    article = make_article()
    assert "noindex" not in page(client, article)
    article.noindex = True
    article.save()
    assert '<meta name="robots" content="noindex">' in page(client, article)


def test_linked_versions_are_offered(client):
    english = make_article("Ferry")
    persian = make_article("قایق", language="fa", version_group=english.version_group)
    make_draft("قارب", language="ar", version_group=english.version_group)
    html = page(client, english)
    assert f'hreflang="fa" href="http://127.0.0.1:8000{persian.get_absolute_url()}"' in html
    assert 'hreflang="ar"' not in html


def test_corrections_stand_under_the_story_newest_first(client):
    article = make_article()
    old = make_correction(article, "Old one", published_at=timezone.now() - timedelta(days=2))
    new = make_correction(article, "New one", kind="clarification")
    make_correction(article, "Later one", published_at=timezone.now() + timedelta(days=2))
    html = page(client, article)
    assert html.index(f'id="correction-{new.pk}"') < html.index(f'id="correction-{old.pk}"')
    assert "Clarification" in html
    assert "Later one" not in html


def full_article(comments):
    root = make_category(on_front=True)
    authors = [make_author() for _ in range(comments)]
    article = make_article(
        category=make_category(parent=root),
        categories=[make_category() for _ in range(comments)],
        tags=[f"Tag {number}" for number in range(comments)],
        authors=authors,
    )
    for number in range(comments):
        make_article(category=root, tags=["Tag 0"], authors=authors, hours_ago=number + 2)
        make_correction(article)
        make_rating(article, 4)
        make_comment(article, parent=make_comment(article))
        make_appeal(links=comments)
        make_page(f"Page {number}", in_menu=True)
        make_article(f"fa{number}", language="fa")
    return article


@pytest.mark.parametrize("rows", [1, 3])
def test_page_runs_the_same_few_queries_at_any_number_of_rows(client, rows, queries_of):
    assert queries_of(full_article(rows).get_absolute_url()) == (14, 6)
