"""Sitemaps: what is public and meant for search engines, in parts that stay small."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from defusedxml import ElementTree
from django.utils import timezone

from articles import sitemaps
from articles.markup import printable
from articles.models import Article, AuthorListing, CategoryListing, Edition, Tag, TagListing
from articles.slugs import slug_for
from tests.factories import make_appeal, make_article, make_author, make_category, make_draft, make_page

pytestmark = pytest.mark.django_db

CORPORA = Path(__file__).parents[3] / "shared/corpora"
LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
TITLE = "{http://www.google.com/schemas/sitemap-news/0.9}title"


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = "https://news.example"


def locations(client, path):
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/xml; charset=utf-8"
    return [element.text for element in ElementTree.fromstring(response.content).iter(LOC)]


def all_addresses(client, index="/sitemap.xml"):
    found = []
    for part in locations(client, index):
        found += locations(client, part.removeprefix("https://news.example"))
    return found


def test_index_leads_to_every_page_of_all_editions(client):
    article = make_article(category=make_category("Harbour"), authors=[make_author("Ines")], tags=["Boats"])
    persian = make_article("قایق", language="fa")
    appeal, about = make_appeal("Lamp"), make_page("About")
    found = all_addresses(client)
    for row in (article, persian, article.category, *article.tags.all(), *article.authors.all(), appeal, about):
        assert f"https://news.example{row.get_absolute_url()}" in found
    assert "https://news.example/" in found
    assert "https://news.example/fa/archive/" in found
    assert len(found) == len(set(found))


def test_index_of_another_edition_names_its_own(client):
    make_article("Ferry")
    persian = make_article("قایق", language="fa")
    found = all_addresses(client, "/fa/sitemap.xml")
    assert f"https://news.example{persian.get_absolute_url()}" in found
    assert all(address.startswith("https://news.example/fa/") for address in found)


def test_edition_that_holds_nothing_is_not_named(client):
    make_article("قایق", language="fa")
    assert not [address for address in all_addresses(client) if address.startswith("https://news.example/ar/")]
    assert "https://news.example/" in all_addresses(client)
    Edition.objects.create(language="ar", name="بريد الخليج")
    assert "https://news.example/ar/" in all_addresses(client)


def test_what_is_not_for_search_engines_is_left_out(client):
    make_draft("Draft", authors=[make_author("Secret")], tags=["Hidden"])
    kept = [
        make_article("Noindex", noindex=True),
        make_article("Copy", canonical_is_source=True, source_url="https://review.example/"),
    ]
    found = all_addresses(client)
    assert not [address for address in found if any(word in address for word in ("draft", "secret", "hidden"))]
    assert not {f"https://news.example{article.get_absolute_url()}" for article in kept} & set(found)


def test_parts_are_bounded_and_empty_ones_are_not_named(client, monkeypatch):
    monkeypatch.setattr(sitemaps, "PART", 3)
    first = make_article()
    drafts = [make_draft() for _ in range(9)]
    last = make_article()
    parts = [part for part in locations(client, "/sitemap.xml") if "/articles-" in part]
    assert parts == [f"https://news.example/sitemaps/articles-{pk // 3}.xml" for pk in (first.pk, last.pk)]
    assert all(len(locations(client, part.removeprefix("https://news.example"))) <= 3 for part in parts)
    assert client.get(f"/sitemaps/articles-{drafts[4].pk // 3}.xml").status_code == 404


@pytest.mark.parametrize("path", ["none-0", "articles-99999999999999999999999", "standing-1", "articles-77"])
def test_part_that_is_none_is_not_found(client, path):
    assert client.get(f"/sitemaps/{path}.xml").status_code == 404


def test_news_sitemap_holds_two_days(client):
    Edition.objects.create(language="en", name="Bay & Co")
    new = make_article("New <story>", hours_ago=47)
    make_article("Old", hours_ago=49)
    make_article("Noindex", noindex=True)
    make_article("قایق", language="fa")
    assert locations(client, "/news-sitemap.xml") == [f"https://news.example{new.get_absolute_url()}"]
    content = client.get("/news-sitemap.xml").content.decode()
    assert "<news:name>Bay &amp; Co</news:name>" in content
    assert "<news:language>en</news:language>" in content
    assert "<news:title>New &lt;story&gt;</news:title>" in content
    assert len(locations(client, "/fa/news-sitemap.xml")) == 1


def test_news_sitemap_ends_at_its_length(client, monkeypatch):
    monkeypatch.setattr(sitemaps, "NEWS_LENGTH", 2)
    made = [make_article(hours_ago=hours) for hours in (1, 2, 3)]
    assert locations(client, "/news-sitemap.xml") == [
        f"https://news.example{article.get_absolute_url()}" for article in made[:2]
    ]


def test_no_headline_breaks_a_sitemap(client, monkeypatch):
    """S26, F15: no name of anything, in no part, of no size."""
    path = CORPORA / "naughty-strings/blns.json"
    texts = ["\x01", "]]>", "<loc>", "&amp;", "\ufffe"]
    texts += [text for text in json.loads(path.read_text()) if text.strip()] if path.exists() else []
    texts = [text.replace("\x00", "").encode("utf-8", "ignore").decode()[:300] for text in texts]
    now = timezone.now()
    facts = {"language": "en", "state": "published"}
    slugs = [slug_for(text, "story") for text in texts]
    articles = Article.objects.bulk_create(
        Article(headline=text, slug=slug, publish_at=now - timedelta(seconds=number + 1), **facts)
        for number, (text, slug) in enumerate(zip(texts, slugs, strict=True))
    )
    bad = make_article("Without a slug")
    Article.objects.filter(pk=bad.pk).update(slug="")
    harbour, ines, boats = make_category("\x01<loc>"), make_author("]]>&amp;"), Tag.objects.create(name="\ufffe<")
    listed = {"article": articles[0], "language": "en", "publish_at": articles[0].publish_at}
    CategoryListing.objects.create(category=harbour, **listed)
    AuthorListing.objects.create(author=ines, **listed)
    TagListing.objects.create(tag=boats, **listed)
    root = ElementTree.fromstring(client.get("/news-sitemap.xml").content)
    shown = [(element.text or "") for element in root.iter(TITLE)]
    assert [text.strip() for text in shown] == [printable(text).strip() for text in texts]
    for size in (sitemaps.PART, 100):
        monkeypatch.setattr(sitemaps, "PART", size)
        addresses = all_addresses(client)
        assert {f"https://news.example{row.get_absolute_url()}" for row in (harbour, ines, boats)} < set(addresses)
        found = [address for address in addresses if "/articles/" in address]
        assert sorted(found) == sorted(f"https://news.example{article.get_absolute_url()}" for article in articles)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [("/sitemap.xml", 13), ("/news-sitemap.xml", 2)])
def test_sitemap_runs_the_same_few_queries(client, rows, path, queries, django_assert_num_queries):
    for _ in range(rows):
        make_article(category=make_category(), authors=[make_author()], tags=["Boats"])
    with django_assert_num_queries(queries):
        client.get(path)
