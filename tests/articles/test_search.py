"""The index and the order of what is found, on whichever database the suite runs."""

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from articles import listing, search, workflow
from articles.models import Article, SearchEntry, Upkeep
from articles.search import Term, ask, facet
from tests.articles.search_oracle import Oracle
from tests.factories import make_article, make_author, make_category, make_draft, make_user

pytestmark = pytest.mark.django_db

CORPORA = Path(__file__).parents[3] / "shared/corpora"


def found(text, **bounds):
    bounds.setdefault("now", timezone.now())
    return [match.article for match in search.find(ask(text), **bounds)]


# Questions


@pytest.mark.parametrize(
    ("text", "terms", "without"),
    [
        ("ferry boats", [Term(("ferri",)), Term(("boat",), True)], []),
        ('"ferry boats"', [Term(("ferri", "boat"))], []),
        ("“ferry boats” tide", [Term(("ferri", "boat")), Term(("tid",), True)], []),
        ("ferry -boat", [Term(("ferri",))], [Term(("boat",))]),
        ('ferry -"old boat"', [Term(("ferri",))], [Term(("old", "boat"))]),
        ("e-mail", [Term(("e", "mail"), True)], []),
        ("日本語", [Term(("日本", "本語"), True)], []),
        ("日", [Term(("日",), True)], []),
        ("a", [Term(("a",))], []),
        ("AND OR NOT", [Term(("and",)), Term(("or",)), Term(("not",), True)], []),
        ('"', [], []),
        ("- -- \x00 ()*:^", [], []),
        ("", [], []),
    ],
)
def test_questions_are_read(text, terms, without):
    question = ask(text)
    assert (list(question.terms), list(question.without)) == (terms, without)


def test_long_questions_are_cut():
    """S10"""
    for text in (
        "a" * 100_000,
        '"' * 100_000,
        "-" * 100_000,
        "a " * 50_000,
        "日" * 100_000,
        "(" * 100_000,
        '"a' * 50_000,
    ):
        question = ask(text)
        assert sum(len(term.words) for term in question.terms + question.without) <= search.MOST_WORDS
        found(text)


def hostile():
    own = [
        '"',
        "'",
        "a'b",
        'a"b',
        "\\",
        "a:*",
        "!a",
        "a & | b",
        "<->",
        "NEAR(a b)",
        "headline:a",
        "a*",
        "^a",
        "{a}:b",
        "-",
    ]
    own += [
        "\x00",
        "a\x00b",
        "\ud800",
        "%",
        "_",
        "$$",
        "'; DROP TABLE articles_searchentry; --",
        "·p",
        "·lEN",
        "‮a",
        "ﷺ" * 60,
    ]
    path = CORPORA / "naughty-strings/blns.json"
    return own + (json.loads(path.read_text()) if path.exists() else [])


def test_no_question_is_an_error():
    """S10, S26"""
    make_article("Harbour")
    for text in hostile():
        for shape in ("{}", '"{}', "-{}", "harbour {}"):
            found(shape.replace("{}", text))


def test_no_text_breaks_the_index():
    """S26"""
    make_article("Harbour", body="<p>boats</p>")
    for text in hostile()[::5]:
        text = text.replace("\x00", "").encode("utf-8", "ignore").decode()
        make_article((text or "x")[:300], subtitle=text[:400], body=f"<p>{text}</p>")
    assert len(found("harbour boats")) == 1


def test_a_very_long_text_is_indexed_as_far_as_the_limits_go():
    words = " ".join(f"{'abcdefghij'[n % 10]}{n}" for n in range(30_000))
    article = make_article("Long", body=f"<p>{'the ' * 400}{words} 最後</p><p>{'長' * 40_000}</p>")
    assert found("a10") == [article.pk]
    assert found("j29999") == []
    wide = " ".join(chr(0x4E00 + n % 20_000) + "𝒳" * 30 + str(n) for n in range(9_000))
    make_article("Wide", body=f"<p>{wide}</p>")


# Words


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Ferries", "ferry"),
        ("harbour", "HARBOURS"),
        ("The harbour’s boats", "harbour"),
        ("Économies", "economie"),
        ("Œuvre", "oeuvre"),
        ("Straße", "STRASSE"),
        ("journaux", "journal"),
        ("İstanbul", "istanbul"),
        ("كِتَابٌ", "كتاب"),
        ("والكتاب", "كتاب"),
        ("مدرسة", "مدرسه"),
        ("إلى الأمام", "الى امام"),
        ("کتاب‌های تازه", "كتاب"),
        ("می‌گوید", "میگوید"),
        ("یک", "يك"),
        ("ہمارا", "همارا"),
        ("۱۴۰۵", "1405"),
        ("日本語の本", "本語"),
        ("日本語の本", "本"),
        ("ガス", "ｶﾞｽ"),
        ("ภาษาไทย", "ไทย"),
        ("हिन्दी", "हिन्दी"),
        ("한국어", "한국"),
        ("e-mail", "e-mail"),
    ],
)
def test_scripts_are_folded(written, asked):
    article = make_article("Story", body=f"<p>{written}</p>")
    make_article("Another", body="<p>nothing of it</p>")
    assert found(asked) == [article.pk]


def test_words_of_markup_are_no_words():
    make_article("Story", body='<p>one <strong>two</strong> <a href="https://example.org/three">four</a></p>')
    assert found("strong") == found("three") == found("href") == []
    assert len(found('"one two four"')) == 1


def test_phrase_spans_no_two_fields_and_prefix_is_of_the_last_word_alone():
    article = make_article("Old harbour", subtitle="boats sail", body="<p>at dawn</p>")
    assert found('"old harbour"') == [article.pk]
    assert found("har boats") == []
    assert found('"harbour boats"') == found('"sail at"') == []
    assert found("boats har") == [article.pk]


def test_word_with_the_arabic_article_is_found_at_every_letter():
    """The article is left on while too few letters stand after it; the index has the word without."""
    article = make_article("رأي الحكومة", body="<p>والمدرسة مفتوحة</p>")
    make_article("شيء آخر")
    for word in ("الحكومة", "والمدرسة"):
        shortest = word.index("ل") + 3
        for length in range(shortest, len(word) + 1):
            assert found(word[:length]) == found(f"رأي {word[:length]}") == [article.pk], word[:length]
            assert found(f"-شيء {word[:length]}") == [article.pk]
    house = make_article("بيت الاب")
    assert found("الاب") == [house.pk]
    make_article("كتب له")
    assert found("الله") == []


def test_minus_takes_away():
    with_boats, without = make_article("Harbour boats"), make_article("Harbour lights")
    assert found("harbour -boats") == [without.pk]
    assert found("-boats") == []
    assert found('harbour -"boats harbour"') == [without.pk, with_boats.pk]


# Order


def test_headline_counts_more_than_subtitle_and_this_more_than_body():
    body = make_article("C", body="<p>tide</p>", hours_ago=1)
    subtitle = make_article("B", subtitle="tide", body="<p>x</p>", hours_ago=2)
    headline = make_article("Tide", body="<p>x</p>", hours_ago=3)
    everywhere = make_article("Tide", subtitle="tide", body="<p>tide tide tide</p>", hours_ago=4)
    assert found("tide") == [everywhere.pk, headline.pk, subtitle.pk, body.pk]


def test_new_counts_more_by_steps_and_ties_go_to_the_newest():
    old = make_article("C", subtitle="tide", hours_ago=24 * 400)
    older, new = make_article("A", body="<p>tide</p>", hours_ago=2), make_article("B", body="<p>tide</p>", hours_ago=1)
    assert found("tide") == [new.pk, older.pk, old.pk]


# What is shown


def test_only_what_is_public_is_found():
    now = timezone.now()
    draft = make_draft("Tide")
    scheduled = make_article("Tide", publish_at=now + timedelta(hours=1))
    ending = make_article("Tide", expire_at=now + timedelta(hours=1))
    public = make_article("Tide")
    assert set(found("tide")) == {public.pk, ending.pk}
    assert set(found("tide", now=now + timedelta(hours=2))) == {public.pk, scheduled.pk}
    assert set(found("tide", facets=(), now=None)) == {draft.pk, scheduled.pk, ending.pk, public.pk}


def test_index_follows_the_article():
    publisher = make_user(role="Publisher")
    article = make_draft("Tide")
    assert found("tide") == []
    workflow.publish(article, by=publisher)
    assert found("tide") == [article.pk]
    article = Article.objects.get(pk=article.pk)
    article.headline = "Ebb"
    article.save()
    assert (found("tide"), found("ebb")) == ([], [article.pk])
    workflow.withdraw(article, by=publisher)
    assert found("ebb") == []
    article.delete()
    assert not SearchEntry.objects.exists()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM articles_searchwords")
            assert cursor.fetchone() == (0,)


def test_what_a_story_is_about_narrows_the_search():
    parent = make_category("Water")
    category = make_category("Boats", parent=parent)
    author = make_author("Ines")
    article = make_article("Tide", category=category, authors=[author], tags=["Sea"])
    make_article("Tide")
    tag = article.tags.get()
    for kind, row in (("category", category), ("category", parent), ("author", author), ("tag", tag)):
        assert found("tide", facets=(facet(kind, row.pk),)) == [article.pk]
    article.tags.clear()
    listing.refresh(article)
    assert found("tide", facets=(facet("tag", tag.pk),)) == []
    assert article.pk in found("tide")


def test_days_narrow_the_search():
    now = timezone.now()
    old, new = make_article("Tide", hours_ago=50), make_article("Tide", hours_ago=1)
    day = now - timedelta(days=1)
    assert found("tide", since=day) == [new.pk]
    assert found("tide", until=day) == [old.pk]


def test_languages_are_apart():
    english, french = make_article("Tide"), make_article("Tide", language="fr")
    assert found("tide", facets=(facet("language", "fr"),)) == [french.pk]
    assert found("tide", facets=(facet("language", "zh-hans"),)) == []
    assert set(found("tide")) == {english.pk, french.pk}


def test_years_far_away_have_a_place():
    articles = [make_article("Tide", publish_at=timezone.now().replace(year=year)) for year in (1, 1066, 1969)]
    assert found("tide") == [row.pk for row in reversed(articles)]


# Upkeep


def test_rebuilding_gives_what_saving_gave_and_changes_nothing_twice():
    make_article("Tide", category=make_category(), authors=[make_author()], tags=["Sea"])
    make_draft("Tide")
    before = list(SearchEntry.objects.order_by("pk").values())
    SearchEntry.objects.all().delete()
    assert found("tide") == []
    for options in ({}, {}, {"all": True}):
        call_command("rebuild_search", stdout=io.StringIO(), **options)
        assert list(SearchEntry.objects.order_by("pk").values()) == before
        assert len(found("tide")) == 1
    assert Upkeep.objects.get(name="rebuild_search").note == "looked at 2"


def test_order_is_that_of_the_oracle_on_a_small_newsroom():
    words = ["tide", "ferry", "boats", "harbour", "lamp", "النهر", "کتاب‌ها", "日本語"]
    for number in range(40):
        pick = [words[(number * k) % len(words)] for k in (1, 3, 5)]
        make_article(
            " ".join(pick[:2]), subtitle=pick[2], body=f"<p>{' '.join(words[number % 5 :])}</p>", hours_ago=number * 40
        )
    oracle, now = Oracle(), timezone.now()
    for text in (
        "tide",
        "ferry boats",
        '"ferry boats"',
        "ha",
        "tide -lamp",
        "نهر",
        "كتاب",
        "日本",
        "tide ferry boats harbour la",
    ):
        assert found(text, now=now) == oracle.find(ask(text), "en", now), text


@pytest.mark.parametrize("first", [0.3, 1.2, 2.5, 10], ids=["one article", "short", "long", "all"])
def test_each_window_on_the_newest_finds_the_same(monkeypatch, first):
    """The windows are PostgreSQL's; on SQLite the many rows of another edition make it ask in full."""
    monkeypatch.setattr(search, "MOST", 4)
    monkeypatch.setattr(search, "_FIRST_WINDOW", first)
    monkeypatch.setattr(search, "_FEW", -1)
    made = {}
    for number in range(12):
        headline, body = ("Ferry" if number % 3 else "Tram"), ("ferry" if number % 2 else "tide")
        made[number] = make_article(headline, body=f"<p>One {body}.</p>", hours_ago=100 * number + 1)
        make_article("Ferry", language="fr", hours_ago=100 * number + 1)
    facets = [search.PUBLISHED, search.facet("language", "en")]
    now = timezone.now()
    for begin in (0, 5, 10):
        matching = [number for number in made if number >= begin and (number % 3 or number % 2)][:4]
        steps = {number: 4 if number < 2 else 2 if number < 8 else 1 for number in matching}
        matching.sort(key=lambda number: (-8 * bool(number % 3) - number % 2 - steps[number], number))
        bounds = {"facets": facets, "now": now, "until": now - timedelta(hours=100 * begin)}
        since = now - timedelta(hours=100 * sorted(matching)[1] + 2)
        newer = [match.article for match in search.find(search.ask("ferry"), since=since, **bounds)]
        assert set(newer) == {made[number].pk for number in sorted(matching)[:2]}
        found = search.find(search.ask("ferry"), **bounds)
        assert [match.article for match in found] == [made[number].pk for number in matching]
        newest = [made[number].pk for number in sorted(matching)]
        assert [search.article_at(place) for place in search.newest(search.ask("ferry"), **bounds)] == newest


def test_matches_are_as_a_list_of_them_in_order():
    for number in range(30):
        make_article("Ferry" if number % 3 else "Tram", body="<p>ferry</p>", hours_ago=40 * number)
    matches = search.find(search.ask("ferry"), now=timezone.now())
    rows = list(matches)
    assert rows == sorted(rows, reverse=True)
    assert (len(matches), matches[4], matches[7:11], matches[28:40]) == (30, rows[4], rows[7:11], rows[28:40])
    assert [matches.before(row) for row in rows] == list(range(30))
    assert matches.before(search.Match(0, 0)) == 30


def test_beginnings_find_the_same_by_few_words_and_by_many(monkeypatch):
    ferry, ferries, other = make_article("Ferry"), make_article("Ferryboat"), make_article("Fern")
    for most in (50, 1, 0):
        monkeypatch.setattr(search, "_MOST_ENDINGS", most)
        assert found("ferr") == [ferries.pk, ferry.pk]
        assert found("fer") == [other.pk, ferries.pk, ferry.pk]
        assert found("ferrx") == []


def test_searching_costs_the_same_at_any_number(django_assert_num_queries):
    for number in (1, 3):
        for _ in range(number):
            make_article("Tide")
        with django_assert_num_queries(2):
            found("tide")
