"""What a page says to machines: canonical address, versions, cards, structured data."""

import io
import json
import re
from datetime import UTC, datetime

import pytest
from django.utils import timezone
from PIL import Image as Picture

from articles.library import add_image
from articles.models import Edition
from articles.uploads import clean_image
from newsroom.pages.models import Page
from tests.browser.newsroom import picture_file
from tests.factories import make_article, make_author, make_category, make_draft, make_rating

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = "https://news.example"


def html_of(client, path):
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def data_of(html):
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert len(found) == 1
    return {part["@type"]: part for part in json.loads(found[0])["@graph"]}


def test_story_is_described_for_search_engines(client):
    Edition.objects.create(language="en", name="Bay Courier")
    image, _ = add_image(clean_image(picture_file()), alternative_text="A ferry")
    image.renditions = {"jpg": [[640, 427, "images/a-640.jpg"], [1280, 853, "images/a-1280.jpg"]]}
    image.save()
    root = make_category("Harbour")
    article = make_article(
        "The ferry & the bus",
        subtitle="It waits.",
        category=make_category("Ferries", parent=root),
        authors=[make_author("Ines Marlow")],
        tags=["Boats"],
        lead_image=image,
        publish_at=datetime(2026, 6, 14, 9, tzinfo=UTC),
        updated_at=datetime(2026, 6, 14, 11, tzinfo=UTC),
    )
    make_rating(article, 5)
    html = html_of(client, article.get_absolute_url())
    said = data_of(html)
    story, address = said["NewsArticle"], f"https://news.example{article.get_absolute_url()}"
    assert story["headline"] == "The ferry & the bus"
    assert story["mainEntityOfPage"] == address
    assert story["datePublished"] == "2026-06-14T09:00:00+00:00"
    assert story["dateModified"] == "2026-06-14T11:00:00+00:00"
    assert story["author"] == [
        {"@type": "Person", "name": "Ines Marlow", "url": "https://news.example/authors/ines-marlow/"}
    ]
    assert story["publisher"]["name"] == "Bay Courier"
    assert story["publisher"]["logo"]["url"] == "https://news.example/static/img/icon-512.png"
    assert story["image"][0] == {
        "@type": "ImageObject",
        "url": "https://news.example/media/images/a-1280.jpg",
        "width": 1280,
        "height": 853,
    }
    assert "ating" not in json.dumps(said)
    steps = said["BreadcrumbList"]["itemListElement"]
    assert [step["name"] for step in steps] == ["Bay Courier", "Harbour", "Ferries", "The ferry & the bus"]
    assert [step["position"] for step in steps] == [1, 2, 3, 4]
    assert steps[-1]["item"] == address
    assert '<meta property="og:image" content="https://news.example/media/images/a-1280.jpg">' in html
    assert '<meta property="og:image:width" content="1280">' in html
    assert '<meta name="robots" content="max-image-preview:large">' in html


def illustrated(widths):
    image, _ = add_image(clean_image(picture_file()), alternative_text="A ferry")
    image.renditions = {"jpg": [[width, width * 2 // 3, f"images/a-{width}.jpg"] for width in widths]}
    image.save()
    return image


@pytest.mark.parametrize("widths", [(), (320, 640, 960, 1280, 1920), (320, 640)], ids=["no picture", "wide", "narrow"])
@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("signed", [0, 1, 3])
@pytest.mark.parametrize("is_syndicated", [False, True], ids=["own", "syndicated"])
def test_data_keep_the_rules_for_articles(client, widths, language, signed, is_syndicated):
    """https://developers.google.com/search/docs/appearance/structured-data/article and …/breadcrumb"""
    Edition.objects.create(language=language, name="پیک" if language == "fa" else "Bay Courier")
    source = {"source_name": "The Wire", "source_url": "https://wire.example/7", "canonical_is_source": True}
    article = make_article(
        "قایق" if language == "fa" else "Ferry",
        language=language,
        category=make_category("Harbour", language=language),
        authors=[make_author(name) for name in ("Ines Marlow", "Oda Lind", "نور")[:signed]],
        lead_image=illustrated(widths) if widths else None,
        updated_at=timezone.now(),
        **(source if is_syndicated else {}),
    )
    said = data_of(html_of(client, article.get_absolute_url()))
    story = said["NewsArticle"]
    assert story["headline"] == article.headline
    published, changed = (datetime.fromisoformat(story[name]) for name in ("datePublished", "dateModified"))
    assert None not in (published.tzinfo, changed.tzinfo)
    assert published <= changed
    assert story["publisher"]["name"]
    assert story["publisher"]["logo"]["url"].startswith("https://news.example/")
    assert len(story["author"]) == (signed or 1)
    for author in story["author"]:
        assert author["@type"] == ("Person" if signed else "NewsMediaOrganization")
        assert author["name"]
        assert html_of(client, author["url"].removeprefix("https://news.example"))
    if widths:
        [image] = story["image"]
        assert image["url"].startswith("https://news.example/media/")
        assert image["width"] >= (1200 if widths[-1] > 1200 else picture_width())
        assert image["width"] * image["height"] >= 50_000
    else:
        assert "image" not in story
    assert story["mainEntityOfPage"] == f"https://news.example{article.get_absolute_url()}"
    assert (story.get("isBasedOn") == "https://wire.example/7") is is_syndicated
    assert story["inLanguage"] == language
    assert not {"aggregateRating", "review", "ratingValue"} & story.keys()
    steps = said["BreadcrumbList"]["itemListElement"]
    assert [step["position"] for step in steps] == list(range(1, len(steps) + 1))
    assert len(steps) >= 2
    for step in steps:
        assert step["name"]
        assert html_of(client, step["item"].removeprefix("https://news.example"))


def picture_width():
    return Picture.open(io.BytesIO(picture_file().read())).width


def test_lists_and_pages_are_their_own_and_claim_no_versions(client):
    """Each edition writes its own; only stories and front pages are linked as versions of each other."""
    for language in ("en", "fr"):
        Edition.objects.create(language=language, name=language)
        Page.objects.create(language=language, title="About", body="<p>Us.</p>", is_published=True)
        make_article("Ferry", language=language, category=make_category("Harbour", language=language), tags=["Boats"])
    ines = make_author("Ines")
    for language in ("en", "fr"):
        make_article("Bus", language=language, authors=[ines])
    for path in ("categories/harbour/", "authors/ines/", "tags/boats/", "archive/", "pages/about/", "corrections/"):
        for prefix in ("/", "/fr/"):
            html = html_of(client, prefix + path)
            assert f'<link rel="canonical" href="https://news.example{prefix}{path}">' in html
            assert 'rel="alternate" hreflang' not in html


def test_headline_cannot_leave_the_data(client):
    """S25"""
    headline = "</script><script>alert(1)</script><!-- & \u2028"
    article = make_article(headline)
    html = html_of(client, article.get_absolute_url())
    assert "<script>alert(1)" not in html
    assert data_of(html)["NewsArticle"]["headline"] == headline


def test_story_that_nobody_signs_is_the_publisher_s(client):
    article = make_article()
    story = data_of(html_of(client, article.get_absolute_url()))["NewsArticle"]
    assert story["author"] == [story["publisher"]]
    assert "image" not in story


def test_article_may_be_kept_out_of_search_engines(client):
    html = html_of(client, make_article(noindex=True).get_absolute_url())
    assert '<meta name="robots" content="noindex">' in html
    assert "max-image-preview" not in html


def test_versions_name_each_other(client):
    english = make_article("Ferry")
    persian = make_article("قایق", language="fa", version_group=english.version_group)
    wanted = {
        f'<link rel="alternate" hreflang="{article.language}" href="https://news.example{article.get_absolute_url()}">'
        for article in (english, persian)
    }
    wanted.add(f'<link rel="alternate" hreflang="x-default" href="https://news.example{english.get_absolute_url()}">')
    for article in (english, persian):
        html = html_of(client, article.get_absolute_url())
        assert set(re.findall(r'<link rel="alternate" hreflang="[^"]*" href="[^"]*">', html)) == wanted


def test_switch_of_edition_leads_to_the_story_or_to_that_edition_s_front_page(client):
    for language in ("en", "fa", "fr"):
        Edition.objects.create(language=language, name=language)
    english = make_article("Ferry")
    persian = make_article("قایق", language="fa", version_group=english.version_group)
    make_draft("Bac", language="fr", version_group=english.version_group)
    html = html_of(client, english.get_absolute_url())
    links = dict(re.findall(r'<li><a href="([^"]*)" lang="(\w+)" hreflang', html))
    assert links == {"/": "en", persian.get_absolute_url(): "fa", "/fr/": "fr"}


def test_front_pages_name_each_other(client):
    Edition.objects.create(language="en", name="Courier")
    Edition.objects.create(language="fa", name="پیک")
    for path in ("/", "/fa/"):
        html = html_of(client, path)
        assert '<link rel="alternate" hreflang="fa" href="https://news.example/fa/">' in html
        assert '<link rel="alternate" hreflang="en" href="https://news.example/">' in html
        assert '<link rel="alternate" hreflang="x-default" href="https://news.example/">' in html
        assert f'<link rel="canonical" href="https://news.example{path}">' in html


def test_canonical_address_keeps_what_makes_another_page_and_no_more(client):
    category = make_category("Harbour")
    for number in range(25):
        make_article(category=category, hours_ago=number + 1)
    html = html_of(client, "/categories/harbour/?utm_source=x")
    assert '<link rel="canonical" href="https://news.example/categories/harbour/">' in html
    older = re.search(r"\?older=[^\"]+", html)[0]
    html = html_of(client, f"/categories/harbour/{older}&b=1")
    assert f'<link rel="canonical" href="https://news.example/categories/harbour/{older}">' in html
    assert html.count('rel="canonical"') == 1


@pytest.mark.parametrize(
    ("said", "described"),
    [({}, "Bay &amp; Co"), ({"tagline": "From the bay."}, "From the bay."), ({"about": "Of a town."}, "Of a town.")],
)
@pytest.mark.parametrize("path", ["/", "/archive/"])
def test_page_without_words_of_its_own_is_described_by_its_edition(client, path, said, described):
    Edition.objects.create(language="en", name="Bay & Co", **said)
    assert f'<meta name="description" content="{described}">' in html_of(client, path)
