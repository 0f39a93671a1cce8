"""The search page, its filters, its suggestions, and search at the desk."""

import html
import json
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from articles import abouts, listing, search, snippets
from articles.models import Article, Edition
from tests.articles.test_search import hostile
from tests.factories import make_article, make_author, make_category, make_draft, make_user
from tests.oracle import unsafe_parts

pytestmark = pytest.mark.django_db


def page(client, path="/search/", **query):
    response = client.get(path, query)
    assert response.status_code == 200
    return response.content.decode()


def headlines(text):
    found = re.findall(r'<h3><a href="[^"]*">(.*?)</a></h3>', text, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]*>", "", piece)).strip() for piece in found]


def options(text, name):
    select = re.search(rf'<select[^>]*name="{name}">(.*?)</select>', text, re.DOTALL)
    return [html.unescape(piece).strip() for piece in re.findall(r"<option[^>]*>([^<]*)<", select[1])] if select else []


def test_stories_are_found_with_their_words_marked(client):
    make_article("The ferry waits", summary="A story.", body="<p>Nobody knew the <b>timetables</b> by heart.</p>")
    make_article("Soup")
    text = page(client, q="ferries timetable")
    assert headlines(text) == ["The ferry waits"]
    assert "<mark>ferry</mark>" in text
    assert "Nobody knew the <mark>timetables</mark> by heart." in text
    assert "1 story" in text
    assert '<meta name="robots" content="noindex">' in text
    assert "<title>Search: ferries timetable" in text


def test_what_is_not_public_leaves_no_trace(client):
    now = timezone.now()
    make_draft("Secret ferry", tags=["Plan"])
    make_article("Later ferry", publish_at=now + timedelta(hours=1), authors=[make_author("Coming")])
    make_article("Ended ferry", expire_at=now - timedelta(minutes=1))
    text = page(client, q="ferry") + json.dumps(client.get("/search/suggest/", {"q": "ferry"}).json())
    for word in ("Secret", "Later", "Ended", "Plan", "Coming"):
        assert word not in text
    assert "No story holds all of these words." in text


def test_a_row_that_the_index_believes_public_is_asked_again(client):
    article = make_article("Ferry")
    Article.objects.filter(pk=article.pk).update(state="withdrawn")  # past everything that keeps the index
    assert "/articles/" not in page(client, q="ferry")


def test_filters_narrow_and_say_how_many(client):
    water = make_category("Water")
    boats = make_category("Boats", parent=water)
    town = make_category("Town")
    ines = make_author("Ines")
    make_article("Ferry one", category=boats, authors=[ines], tags=["Tide"], hours_ago=24 * 10)
    make_article("Ferry two", category=water, tags=["Tide"])
    make_article("Ferry three", category=town)
    make_article("Ferry en français", language="fr")
    text = page(client, q="ferry")
    assert options(text, "category") == ["All sections", "Town (1)", "Water (2)", "– Boats (1)"]
    assert options(text, "author") == ["All authors", "Ines (1)"]
    assert options(text, "tag") == ["All tags", "Tide (2)"]
    assert set(headlines(page(client, q="ferry", category="water"))) == {"Ferry one", "Ferry two"}
    assert headlines(page(client, q="ferry", author="ines")) == ["Ferry one"]
    assert set(headlines(page(client, q="ferry", tag="tide"))) == {"Ferry one", "Ferry two"}
    day = timezone.localdate() - timedelta(days=5)
    assert headlines(page(client, q="ferry", to=day.isoformat())) == ["Ferry one"]
    assert set(headlines(page(client, **{"q": "ferry", "from": day.isoformat()}))) == {"Ferry two", "Ferry three"}
    assert len(headlines(page(client, q="ferry", language="all"))) == 4
    assert headlines(page(client, q="ferry", language="fr")) == ["Ferry en français"]
    assert headlines(page(client, "/fr/search/", q="ferry")) == ["Ferry en français"]


def test_choices_of_a_filter_are_counted_with_the_other_filters_and_not_its_own(client):
    water, town = make_category("Water"), make_category("Town")
    ines, leo = make_author("Ines"), make_author("Leo")
    make_article("Ferry one", category=water, authors=[ines], tags=["Tide"])
    make_article("Ferry two", category=water, authors=[leo], tags=["Tide", "Night"])
    make_article("Ferry three", category=town, authors=[ines], tags=["Night"])
    make_article("Tram", category=town, authors=[leo])
    text = page(client, q="ferry", category="water")
    assert headlines(text) == ["Ferry two", "Ferry one"]
    assert options(text, "category") == ["All sections", "Town (1)", "Water (2)"]
    assert options(text, "author") == ["All authors", "Ines (1)", "Leo (1)"]
    assert options(text, "tag") == ["All tags", "Night (1)", "Tide (2)"]
    text = page(client, q="ferry", category="water", author="ines")
    assert headlines(text) == ["Ferry one"]
    assert options(text, "category") == ["All sections", "Town (1)", "Water (1)"]
    assert options(text, "author") == ["All authors", "Ines (1)", "Leo (1)"]
    assert options(text, "tag") == ["All tags", "Tide (1)"]
    text = page(client, q="ferry", category="town", author="leo")
    assert headlines(text) == []
    assert options(text, "category") == ["All sections", "Town (0)", "Water (1)"]
    assert options(text, "author") == ["All authors", "Ines (1)", "Leo (0)"]


def test_choices_follow_what_stories_are_about(client, monkeypatch):
    """They are counted from memory, which holds a few of them or many."""
    article = make_article("Ferry", tags=["Tide"], authors=[make_author("Ines")])
    make_article("Ferry", tags=["Tide", "Night"])
    for most in (abouts.MOST, 1):
        monkeypatch.setattr(abouts, "MOST", most)
        article.tags.set(["Tide"])
        listing.refresh(article)
        assert options(page(client, q="ferry"), "tag") == ["All tags", "Night (1)", "Tide (2)"]
        article.tags.set(["Lamp"])
        listing.refresh(article)
        text = page(client, q="ferry")
        assert options(text, "tag") == ["All tags", "Lamp (1)", "Night (1)", "Tide (1)"]
        assert options(text, "author") == ["All authors", "Ines (1)"]


@pytest.mark.parametrize(
    "query",
    [
        {"category": "none"},
        {"author": "none"},
        {"tag": "none"},
        {"author": "\x00"},
        {"tag": "a\x00"},
        {"language": "xx"},
        {"from": "yesterday"},
        {"from": "2026-02-30"},
        {"from": "0001-01-01"},
        {"to": "9999-12-31"},
        {"to": "٢٠٢٦-٠١-٠١"},
        {"older": "x"},
        {"older": "AAAA", "newer": "AAAA"},
    ],
)
def test_filter_that_nobody_was_offered_is_not_found(client, query):
    make_article("Ferry")
    assert client.get("/search/", {"q": "ferry", **query}).status_code == 404


def test_days_in_the_wrong_order_find_nothing_and_help(client):
    make_article("Ferry")
    text = page(client, **{"q": "ferry", "from": "2026-06-02", "to": "2026-06-01"})
    assert "Search without the filters" in text


def test_page_without_a_question_explains(client):
    make_article("Ferry")
    for query in ({}, {"q": ""}, {"q": "  "}):
        assert "What are you looking for?" in page(client, **query)
    assert "No story holds" in page(client, q='"')


def test_all_results_are_reached_page_by_page_and_back(client):
    made = [make_article("Ferry", subtitle="ferry" if n % 3 else "", hours_ago=n * 7).pk for n in range(45)]
    seen, address, pages = [], "/search/?q=ferry", []
    while address:
        text = client.get(address).content.decode()
        numbers = [int(number) for number in re.findall(r'<h3><a href="/articles/(\d+)/', text)]
        seen += numbers
        pages.append((address, numbers))
        older = re.search(r'href="(\?[^"]*older=[^"]*)"', text)
        address = f"/search/{html.unescape(older[1])}" if older else ""
    order = [match.article for match in search.find(search.ask("ferry"), now=timezone.now())]
    assert seen == order
    assert set(seen) == set(made)
    assert [len(numbers) for _address, numbers in pages] == [20, 20, 5]
    newer = re.search(r'href="(\?[^"]*newer=[^"]*)"', client.get(pages[2][0]).content.decode())
    back = client.get(f"/search/{html.unescape(newer[1])}").content.decode()
    assert [int(number) for number in re.findall(r'<h3><a href="/articles/(\d+)/', back)] == pages[1][1]
    assert parse_qs(urlsplit(pages[1][0]).query)["q"] == ["ferry"]


def test_more_than_a_thousand_are_not_counted(client, monkeypatch):
    from articles.views import search as views

    monkeypatch.setattr(views, "MOST_COUNTED", 2)
    for _ in range(3):
        make_article("Ferry")
    assert "2+ stories" in page(client, q="ferry")


def test_near_words_are_offered_where_nothing_is_found(client):
    make_article("The lighthouse keeper")
    text = page(client, q="lighthose keeper")
    assert "Did you mean" in text
    address = html.unescape(re.search(r'Did you mean <a href="([^"]*)"', text)[1])
    assert headlines(client.get(f"/search/{address}").content.decode()) == ["The lighthouse keeper"]
    assert "Did you mean" not in page(client, q="qqqqqqqq")
    make_article("The qqqqqqqk bell")  # words that are new are known at once
    assert "qqqqqqqk</a>" in page(client, q="qqqqqqqq")


def test_question_that_only_leaves_out_is_told_so(client):
    make_article("Ferry")
    text = page(client, q="-ferry")
    assert "there is no word to find them by" in text
    assert "No story holds all" not in text
    assert "best matches first" not in text
    assert "best matches first" in page(client, q="ferry")


def test_hostile_questions_are_shown_as_text(client):
    """S1, S26"""
    make_article("Ferry", body="<p>&lt;script&gt;alert(1)&lt;/script&gt; ferry &amp; &lt;b&gt;</p>")
    for text in [
        *hostile()[:25],
        *hostile()[25::12],
        "<script>alert(1)</script>",
        'ferry "><img src=x onerror=alert(1)>',
    ]:
        response = client.get("/search/", {"q": text.encode("utf-8", "replace")})
        assert response.status_code == 200
        assert unsafe_parts(response.content.decode()) == []
        assert client.get("/search/suggest/", {"q": text.encode("utf-8", "replace")}).status_code == 200
    assert client.get("/search/", {"q": "a" * 100_000}).status_code == 200


def test_suggestions_begin_as_what_is_typed_and_lead_to_their_pages(client):
    article = make_article("Ferry adds crossings", category=make_category("Ferries"), tags=["ferry boats", "Ferries"])
    make_article("Soup")
    answer = client.get("/search/suggest/", {"q": "fer"}).json()
    assert answer["suggestions"] == ["Ferries", "ferry boats", "Ferry adds crossings"]
    assert answer["addresses"] == ["/categories/ferries/", "/tags/ferry-boats/", article.get_absolute_url()]
    assert all(client.get(address).status_code == 200 for address in answer["addresses"])
    assert client.get("/search/suggest/", {"q": "f"}).json() == {"suggestions": [], "addresses": []}


@pytest.mark.parametrize(
    ("typed", "tag"), [("cafe", "Café noir"), ("ÉC", "écluse"), ("كتاب", "کتاب‌خانه"), ("ادب", "أدب"), ("قران", "قُرآن")]
)
def test_tags_and_sections_are_suggested_in_whatever_letters(client, typed, tag):
    make_article("Soup", tags=[tag])
    make_article("Bread", category=make_category(f"{tag} 2"))
    withdrawn = make_article("Gone", tags=[f"{tag} 3"])
    client.get("/search/suggest/", {"q": typed})
    Article.objects.filter(pk=withdrawn.pk).update(state="withdrawn")
    listing.refresh(Article.objects.get(pk=withdrawn.pk))
    assert client.get("/search/suggest/", {"q": typed}).json()["suggestions"] == [f"{tag} 2", tag]
    assert client.get("/search/suggest/", {"q": "--"}).json()["suggestions"] == []


def test_tags_of_no_public_story_hide_no_other(client):
    gone = make_article("Gone", tags=[f"aa {number:02}" for number in range(50)])
    Article.objects.filter(pk=gone.pk).update(expire_at=timezone.now())
    make_article("Soup", tags=["aa soup"])
    assert client.get("/search/suggest/", {"q": "aa"}).json()["suggestions"][:1] == ["aa soup"]


def test_tag_beyond_those_that_are_kept_is_suggested(client, monkeypatch):
    monkeypatch.setattr("articles.views.search.MOST_TAGS", 1)
    make_article("Soup", tags=["aa soup", "zz bread"])
    assert client.get("/search/suggest/", {"q": "zz"}).json()["suggestions"] == ["zz bread"]


def test_marked_word_is_the_one_that_was_begun(client):
    make_article("رأي الحكومة")
    assert "<mark>الحكومة</mark>" in client.get("/search/", {"q": "الحك"}).content.decode()


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Alder Bay Courier", "Alder Bay"),
        ("The Bay", "The Bay"),
        ("x" * 20, "x" * 16),
        ("Sixteen letters!", "Sixteen letters!"),
    ],
)
def test_short_name_for_browsers_breaks_no_word(client, name, short):
    Edition.objects.create(language="en", name=name)
    assert f"<ShortName>{short}</ShortName>" in client.get("/opensearch.xml").content.decode()


def test_every_page_has_the_box_and_names_the_description(client):
    make_article("Ferry")
    for path, prefix in (("/", ""), ("/fa/", "/fa"), ("/archive/", "")):
        text = client.get(path).content.decode()
        assert f'action="{prefix}/search/"' in text
        assert f'href="{prefix}/opensearch.xml"' in text
    answer = client.get("/fa/opensearch.xml")
    assert answer["Content-Type"].startswith("application/opensearchdescription+xml")
    assert "/fa/search/?q={searchTerms}" in answer.content.decode()


def test_page_costs_the_same_at_any_number(client, django_assert_num_queries):
    category, author = make_category(), make_author()
    for number in (1, 3):
        for _ in range(number):
            make_article("Ferry", category=category, authors=[author], tags=["Tide"])
        client.get("/search/", {"q": "ferry"})
        with django_assert_num_queries(7 if connection.vendor == "sqlite" else 6):
            client.get("/search/", {"q": "ferry"})


def test_page_with_all_filters_costs_the_same_at_any_number(client, django_assert_num_queries):
    category, author = make_category("Water"), make_author("Ines")
    asked = {"q": "ferry", "category": "water", "author": "ines", "tag": "tide"}
    for number in (1, 3):
        for _ in range(number):
            make_article("Ferry", category=category, authors=[author], tags=["Tide"])
        client.get("/search/", asked)
        # One each for the author and the tag that are named, and for the choices of each filter (PostgreSQL: two).
        with django_assert_num_queries(15 if connection.vendor == "sqlite" else 14):
            client.get("/search/", asked)


# Marks


@pytest.mark.parametrize(
    ("text", "asked", "marked"),
    [
        ("The ferry, ferries & boats", "ferry", ["ferry", "ferries"]),
        ("The harbour’s boats", "harbours", ["harbour"]),
        ("Timetables", "time", ["Timetables"]),
        ("والكِتَابُ جديد", "كتاب", ["والكِتَابُ"]),
        ("کتاب‌های تازه", "كتاب", ["کتاب‌های"]),
        ("これは日本語です", "日本語", ["日本語"]),
        ("これは日本語です", "本", ["本"]),
        ("nothing", "ferry", []),
    ],
)
def test_marked_words(text, asked, marked):
    parts = snippets.mark(text, search.ask(asked))
    assert "".join(part for part, _is_marked in parts) == text
    assert [part for part, is_marked in parts if is_marked] == marked


def test_snippet_is_short_and_around_the_match():
    text = f"{'before ' * 500}the ferry waits {'after ' * 500}"
    parts = snippets.snippet(text, search.ask("ferry"))
    shown = "".join(part for part, _is_marked in parts)
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert ("ferry", True) in parts
    assert len(shown) <= snippets.LENGTH + 4
    for hostile_text in ("a" * 100_000, "日" * 100_000, "<" * 100_000, "ferry" * 20_000, "ferry " * 20_000):
        parts = snippets.snippet(hostile_text, search.ask("ferry")) or []
        assert sum(len(part) for part, _is_marked in parts) < 30_000


# The desk


def test_desk_searches_the_words_of_articles_in_any_state(client):
    client.force_login(make_user(role="Editor"))
    make_draft("Ferry draft")
    make_article("Public story", body="<p>about a ferry</p>")
    make_article("Soup")
    text = client.get(reverse("admin:articles_article_changelist"), {"q": "ferries"}).content.decode()
    assert "Ferry draft" in text
    assert "Public story" in text
    assert "Soup" not in text
    for odd in ('"', "\x00", "-a", "a" * 5000):
        assert client.get(reverse("admin:articles_article_changelist"), {"q": odd}).status_code == 200
