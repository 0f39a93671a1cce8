"""RSS, Atom and JSON Feed: what is in them, that every reader understands them, and that nothing breaks them."""

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import pytest
from defusedxml import ElementTree
from django.utils import timezone

from articles import feeds
from articles.library import add_image
from articles.markup import printable
from articles.models import (
    Article,
    AuthorListing,
    AuthorName,
    CategoryListing,
    Correction,
    Edition,
    Tag,
    TagListing,
)
from articles.uploads import clean_image
from tests.browser.newsroom import picture_file
from tests.factories import make_article, make_author, make_category, make_comment, make_correction, make_draft

pytestmark = pytest.mark.django_db

CORPORA = Path(__file__).parents[3] / "shared/corpora"
FORMS = ["", "atom/", "json/"]
ODD = ["\x00\x08", "a\x0bb", "\ud800", "]]>", "<script>alert(1)</script>", "&amp; &#x1; &", "\ufffe", "‮ضوء", "𝒳" * 90]


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = "https://news.example"


def parsed(client, path):
    response = client.get(path)
    assert response.status_code == 200
    feed = feedparser.parse(response.content, response_headers={"content-type": response["Content-Type"]})
    assert feed.bozo == 0, feed.get("bozo_exception")
    return feed


def json_of(client, path):
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/feed+json; charset=utf-8"
    return json.loads(response.content)


def story(**fields):
    image, _ = add_image(clean_image(picture_file()), alternative_text="A ferry", credit="Lena Voss")
    fields = {
        "subtitle": "It waits.",
        "body": '<h2>Why</h2><p>See <a href="/pages/about/">us</a> and <a href="https://bay.example/">them</a>.</p>',
        "category": make_category("Harbour"),
        "authors": [make_author("Ines Marlow"), make_author("Leo Quist")],
        "tags": ["Boats", "Night bus"],
        "lead_image": image,
        "source_url": "https://review.example/ferry",
        "publish_at": datetime(2026, 6, 14, 9, tzinfo=UTC),
        "updated_at": datetime(2026, 6, 14, 11, tzinfo=UTC),
    }
    return make_article("The ferry & the bus", **fields)


def test_rss_holds_the_whole_story(client):
    article = story()
    feed = parsed(client, "/feed/")
    assert feed.version == "rss20"
    assert feed.feed.link == "https://news.example/"
    [entry] = feed.entries
    assert entry.title == "The ferry & the bus"
    assert entry.link == f"https://news.example{article.get_absolute_url()}"
    assert entry.id == f"https://news.example/articles/{article.pk}/"
    assert entry.published_parsed[:4] == (2026, 6, 14, 9)
    assert entry.updated_parsed[:4] == (2026, 6, 14, 11)
    assert [person.name for person in entry.authors] == ["Ines Marlow", "Leo Quist"]
    assert [tag.term for tag in entry.tags] == ["Harbour", "Boats", "Night bus"]
    assert entry.summary == "It waits."
    html = entry.content[0].value
    assert '<a href="https://news.example/pages/about/">us</a>' in html
    assert 'href="https://bay.example/"' in html
    [media] = entry.media_content
    assert media["url"].startswith("https://news.example/media/images/")
    assert (media["type"], media["medium"]) == ("image/jpeg", "image")
    assert (media["width"], media["height"]) == ("1600", "1067")  # its renditions are not ready


def test_atom_holds_the_whole_story(client):
    article = story()
    feed = parsed(client, "/feed/atom/")
    assert feed.version == "atom10"
    [entry] = feed.entries
    assert [link.href for link in entry.links if link.rel == "alternate"] == [
        f"https://news.example{article.get_absolute_url()}"
    ]
    assert [(person.name, person.href) for person in entry.authors] == [
        ("Ines Marlow", "https://news.example/authors/ines-marlow/"),
        ("Leo Quist", "https://news.example/authors/leo-quist/"),
    ]
    assert entry.updated == "2026-06-14T11:00:00+00:00"
    assert entry.published == "2026-06-14T09:00:00+00:00"
    assert "<h2>Why</h2>" in entry.content[0].value
    assert "https://news.example/feed/atom/" in [link.href for link in feed.feed.links if link.rel == "self"]


def test_json_feed_holds_the_whole_story(client):
    article = story()
    feed = json_of(client, "/feed/json/")
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "https://news.example/feed/json/"
    [item] = feed["items"]
    assert item["url"] == f"https://news.example{article.get_absolute_url()}"
    assert item["external_url"] == "https://review.example/ferry"
    assert [person["name"] for person in item["authors"]] == ["Ines Marlow", "Leo Quist"]
    assert item["tags"] == ["Harbour", "Boats", "Night bus"]
    assert item["date_modified"] == "2026-06-14T11:00:00+00:00"
    assert item["image"].startswith("https://news.example/media/images/")


@pytest.mark.parametrize("form", ["", "atom/"])
def test_tag_named_as_its_category_is_one_category(client, form):
    make_article("Ferry", category=make_category("Boats"), tags=["Tide", "Boats"])
    [entry] = parsed(client, f"/feed/{form}").entries
    assert [tag.term for tag in entry.tags] == ["Boats", "Tide"]


def test_pictures_in_a_body_have_whole_addresses(client):
    image, _ = add_image(clean_image(picture_file()))
    image.renditions = {"jpg": [[320, 213, "images/a-320.jpg"], [640, 427, "images/a-640.jpg"]]}
    image.save()
    make_article(body=f'<figure><img src="{image.file.url}" alt="Ferry"></figure>')
    html = json_of(client, "/feed/json/")["items"][0]["content_html"]
    assert 'src="https://news.example/media/images/' in html
    base = "https://news.example/media/images"
    assert f'srcset="{base}/a-320.jpg 320w, {base}/a-640.jpg 640w"' in html
    assert '"/media/' not in html
    assert " /media/" not in html


def test_words_that_look_like_an_attribute_stay_as_they_are(client):
    make_article(body='<p>Write href="/pages/" there.</p>')
    assert 'href="/pages/" there' in json_of(client, "/feed/json/")["items"][0]["content_html"].replace("&quot;", '"')


@pytest.mark.parametrize("form", FORMS)
def test_each_list_has_its_own_feed(client, form):
    harbour, ines = make_category("Harbour"), make_author("Ines")
    ours = make_article("Ours", category=harbour, authors=[ines], tags=["Boats"])
    other = make_article("Other", category=make_category("Town"))
    make_correction(ours, "Nine, not ten.")
    for path in ("/categories/harbour/", "/authors/ines/", "/tags/boats/", "/corrections/"):
        content = client.get(f"{path}feed/{form}").content.decode()
        assert ours.headline in content, path
        assert other.headline not in content, path
    assert other.headline in client.get(f"/feed/{form}").content.decode()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", ["/categories/none/", "/authors/none/", "/tags/none/", "/authors/secret/"])
def test_feed_of_nobody_is_not_found(client, path, form):
    make_draft(authors=[make_author("Secret")])
    assert client.get(f"{path}feed/{form}").status_code == 404


def test_correction_says_what_was_wrong(client):
    article = make_article("Ferry")
    correction = make_correction(article, "It leaves at <nine>.\n\nNot at ten.")
    [entry] = parsed(client, "/corrections/feed/").entries
    assert entry.title == "Correction: Ferry"
    assert entry.link == f"https://news.example{article.get_absolute_url()}#correction-{correction.pk}"
    assert "<p>It leaves at &lt;nine&gt;.</p>" in entry.content[0].value


def test_edition_has_feeds_of_its_own_and_in_its_direction(client):
    Edition.objects.create(language="fa", name="پیک خلیج", tagline="خبر")
    ines = make_author("Ines")
    AuthorName.objects.create(author=ines, language="fa", name="اینس")
    make_article("Ferry")
    make_article("قایق", language="fa", authors=[ines])
    feed = parsed(client, "/fa/feed/")
    assert (feed.feed.title, feed.feed.language, feed.feed.link) == ("پیک خلیج", "fa", "https://news.example/fa/")
    [entry] = feed.entries
    assert entry.title == "قایق"
    assert entry.author == "اینس"
    item = json_of(client, "/fa/feed/json/")["items"][0]
    assert item["content_html"].startswith('<div lang="fa" dir="rtl">')
    assert item["authors"] == [{"name": "اینس", "url": "https://news.example/fa/authors/ines/"}]


def test_feed_follows_the_clock_and_ends_at_a_length(client):
    make_draft("Draft")
    make_article("Coming", publish_at=timezone.now() + timedelta(hours=1))
    for hours in range(1, 34):
        make_article(f"Story-{hours}-", hours_ago=hours)
    titles = [item["title"] for item in json_of(client, "/feed/json/")["items"]]
    assert titles == [f"Story-{hours}-" for hours in range(1, 31)]


def test_feeds_keep_the_rules_of_their_formats(client):
    """What the validators of the W3C and of JSON Feed refuse or warn of, over every kind of feed."""
    article = story()
    make_article("Nobody signs this", category=article.category, tags=["Boats"], hours_ago=3)
    make_correction(article)
    make_comment(article)
    atom = "{http://www.w3.org/2005/Atom}"
    for path in ("/", "/categories/harbour/", "/authors/ines-marlow/", "/tags/boats/", "/corrections/", "/comments/"):
        here = f"https://news.example{path}feed/"
        feed = ElementTree.fromstring(client.get(f"{path}feed/atom/").content)
        entries = feed.findall(f"{atom}entry")
        ids = [node.findtext(f"{atom}id") for node in (feed, *entries)]
        assert len(set(ids)) == len(ids) > 1
        assert all(number.startswith("https://news.example/") for number in ids)
        for node in (feed, *entries):
            assert datetime.fromisoformat(node.findtext(f"{atom}updated")).tzinfo
            assert len([link for link in node.findall(f"{atom}link") if link.get("rel") == "alternate"]) == 1
        assert [link.get("href") for link in feed.findall(f"{atom}link") if link.get("rel") == "self"] == [
            f"{here}atom/"
        ]
        assert feed.findtext(f"{atom}author/{atom}name")  # stands for entries without one
        channel = ElementTree.fromstring(client.get(f"{path}feed/").content).find("channel")
        assert all(channel.findtext(name) for name in ("title", "link", "description", "language", "lastBuildDate"))
        assert channel.find(f"{atom}link").attrib == {"rel": "self", "type": "application/rss+xml", "href": here}
        guids = [item.find("guid") for item in channel.findall("item")]
        assert {guid.get("isPermaLink") for guid in guids} == {"false"}
        assert [guid.text for guid in guids] == ids[1:]
        facts = json_of(client, f"{path}feed/json/")
        assert (facts["version"], facts["feed_url"]) == ("https://jsonfeed.org/version/1.1", f"{here}json/")
        assert [item["id"] for item in facts["items"]] == ids[1:]
        for item in facts["items"]:
            assert item["content_html"]
            assert datetime.fromisoformat(item["date_published"]).tzinfo
            assert all(author["name"] for author in item.get("authors", []))


def test_empty_feed_is_valid(client):
    assert parsed(client, "/feed/").entries == []
    assert parsed(client, "/feed/atom/").entries == []
    assert json_of(client, "/feed/json/")["items"] == []


def test_nobody_has_to_fetch_twice_what_has_not_changed(client):
    article = make_article(hours_ago=2)
    for form in FORMS:
        first = client.get(f"/feed/{form}", headers={"accept-encoding": "gzip"})
        tag, changed = first["ETag"], first["Last-Modified"]
        for headers in ({"if-none-match": tag}, {"if-modified-since": changed}):
            again = client.get(f"/feed/{form}", headers={"accept-encoding": "gzip", **headers})
            assert (again.status_code, again.content) == (304, b"")
    article.headline = "Another"
    article.save()
    assert client.get("/feed/json/", headers={"if-none-match": tag}).status_code == 200


def test_addresses_go_by_the_setting_and_never_by_the_request(client, settings):
    """S19"""
    settings.ALLOWED_HOSTS = ["*"]
    story()
    for form in FORMS:
        content = client.get(f"/feed/{form}", headers={"host": "evil.example", "x-forwarded-host": "evil.example"})
        assert b"evil.example" not in content.content


def naughty():
    path = CORPORA / "naughty-strings/blns.json"
    return [text for text in json.loads(path.read_text()) if text.strip()] if path.exists() else []


def articles_with(headlines):
    """A public article for each headline, newest first, all in one category, by one author, under one tag."""
    now = timezone.now()
    category, author, tag = make_category("Harbour"), make_author("Ines"), Tag.objects.create(name="Boats")
    articles = Article.objects.bulk_create(
        Article(
            headline=stored(text)[:300],
            summary=stored(text)[:1000],
            body_html=f"<p>{stored(text)}</p>",
            category=category,
            slug="story",
            language="en",
            state="published",
            publish_at=now - timedelta(minutes=number + 1),
        )
        for number, text in enumerate(headlines)
    )
    listed = [{"article": article, "language": "en", "publish_at": article.publish_at} for article in articles]
    CategoryListing.objects.bulk_create(CategoryListing(category=category, **facts) for facts in listed)
    AuthorListing.objects.bulk_create(AuthorListing(author=author, **facts) for facts in listed)
    TagListing.objects.bulk_create(TagListing(tag=tag, **facts) for facts in listed)
    return articles


def titles_of(client, path, form):
    """What the feed calls its entries, read without a reader's leniency, and once more by a reader."""
    content = client.get(path).content
    if form == "json/":
        return [item.get("title", "") for item in json.loads(content)["items"]]
    atom = "{http://www.w3.org/2005/Atom}"
    names = ("item", "title") if form == "" else (f"{atom}entry", f"{atom}title")
    titles = [(item.findtext(names[1]) or "") for item in ElementTree.fromstring(content).iter(names[0])]
    read = feedparser.parse(content, sanitize_html=False)
    assert (read.bozo, len(read.entries)) == (0, len(titles)), read.get("bozo_exception")
    return titles


@pytest.mark.parametrize("headlines", [ODD, pytest.param(None, id="naughty strings")])
def test_no_headline_breaks_a_feed(client, headlines, monkeypatch):
    """S26"""
    headlines = naughty() if headlines is None else headlines
    if not headlines:
        pytest.skip("the corpus of naughty strings is not beside the project")
    monkeypatch.setattr(feeds, "LENGTH", len(headlines))
    articles = articles_with(headlines)
    Correction.objects.bulk_create(
        Correction(article=article, text="Ours.", published_at=article.publish_at) for article in articles
    )
    wanted = [" ".join(printable(text[:300]).split()) for text in headlines]
    corrected = [" ".join(f"Correction: {text}".split()) for text in wanted]
    for path in ("/", "/categories/harbour/", "/authors/ines/", "/tags/boats/", "/corrections/"):
        for form in FORMS:
            shown = titles_of(client, f"{path}feed/{form}", form)
            assert shown == (corrected if path == "/corrections/" else wanted), (path, form)


def stored(text):
    """What a database can hold: no NUL, no half of a pair."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


def test_article_with_broken_data_is_left_out_and_named_in_the_log(client, caplog):
    """S26, F15"""
    good, bad = make_article("Good"), make_article("Bad", hours_ago=2)
    Article.objects.filter(pk=bad.pk).update(slug="")
    with caplog.at_level(logging.ERROR, logger="articles.feeds"):
        assert [entry.title for entry in parsed(client, "/feed/").entries] == [good.headline]
    assert f"Article {bad.pk} is left out" in caplog.text


def test_pages_name_their_feeds(client):
    make_article(category=make_category("Harbour"), authors=[make_author("Ines")], tags=["Boats"])
    for path in ("/", "/categories/harbour/", "/authors/ines/", "/tags/boats/", "/corrections/"):
        html = client.get(path).content.decode()
        for form, kind in (("", "rss+xml"), ("atom/", "atom+xml"), ("json/", "feed+json")):
            assert f'type="application/{kind}"' in html
            assert f'href="/feed/{form}"' in html
            assert f'href="{path}feed/{form}"' in html


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/", (4, 2)),
        ("/categories/harbour/", (5, 2)),
        ("/authors/ines/", (5, 3)),
        ("/tags/boats/", (5, 3)),
        ("/corrections/", (3, 2)),
    ],
)
def test_feed_runs_the_same_few_queries_at_any_number_of_rows(client, rows, path, queries, queries_of):
    harbour, ines = make_category("Harbour"), make_author("Ines")
    for number in range(rows):
        article = make_article(category=harbour, authors=[ines], tags=["Boats", "Tide"], hours_ago=number + 1)
        make_correction(article)
    assert {queries_of(f"{path}feed/{form}") for form in FORMS} == {queries}
