"""Two hundred questions over real news text: each database gives the order that plain Python works out."""

import csv
import random
import re
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import pytest
from defusedxml import ElementTree

from articles import search
from articles.models import Article
from articles.search import PUBLISHED, ask, facet
from tests.articles.search_oracle import Oracle

pytestmark = pytest.mark.django_db

CORPORA = Path(__file__).parents[3] / "shared/corpora"
NOW = datetime(2026, 6, 14, 12, tzinfo=UTC)
EACH = 40


def english():
    with (CORPORA / "articles-wikinews-en/data/wikinews_2019.csv").open(newline="") as file:
        for row in list(csv.DictReader(file))[:80]:
            yield row["title"], row["text"][:4_000]


def french():
    for path in sorted((CORPORA / "articles-wikinews-fr/test").glob("*.xml")):
        words = [word.text or "" for word in ElementTree.parse(path).iter("word")]
        yield " ".join(words[:9]), " ".join(words[9:])


def japanese():
    with (CORPORA / "articles-wikinews-ja/full-articles-300.tsv").open(newline="") as file:
        for row in list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[:80]:
            yield row["headline"].replace(" ", ""), row["article"].replace(" ", "")[:3_000]


def sentences(folder):
    lines = (CORPORA / folder / "sentences.txt").read_text().splitlines()
    for place in range(0, 320, 4):
        yield lines[place], " ".join(lines[place + 1 : place + 4])


SOURCES = {
    "en": english,
    "fr": french,
    "ja": japanese,
    "ar": lambda: sentences("articles-rtl-ud-arabic-pud"),
    "fa": lambda: sentences("articles-rtl-ud-persian-seraji"),
}


def questions(texts, chance):
    """Words that are there, alone, together, side by side, begun, left out, and in neighbouring spellings."""
    for _ in range(EACH):
        text = " ".join(chance.choice(texts))
        words = [word for word in re.split(r"\s+", text) if len(word) > 1]
        start = chance.randrange(max(1, len(words) - 3))
        one, two, three = (*words[start : start + 3], "x", "x")[:3]
        one, two, three = one[:12], two[:12], three[:12]
        yield chance.choice(
            [one, f"{one} {three}", f'"{one} {two}"', one[:4], f"{two} -{three}", f"{one.upper()} {two} {three[:3]}"]
        )


def test_order_is_that_of_plain_python(settings):
    if not CORPORA.exists():
        pytest.skip("the corpora of news are not beside the project")
    settings.LANGUAGES = [(code, code) for code in SOURCES]
    chance = random.Random(6)
    texts = {language: list(source()) for language, source in SOURCES.items()}
    made = [
        Article(
            language=language,
            headline=headline[:300],
            subtitle=text[:60],
            body=f"<p>{escape(text)}</p>",
            slug="story",
            state="published",
            publish_at=NOW - timedelta(hours=chance.randrange(1, 9_999)),
        )
        for language, rows in texts.items()
        for headline, text in rows
    ]
    Article.objects.bulk_create(made)
    search.rebuild()
    oracle, asked, answered = Oracle(), 0, 0
    for language, rows in texts.items():
        for text in questions(rows, chance):
            facets = (PUBLISHED, facet("language", language))
            found = [match.article for match in search.find(ask(text), facets=facets, now=NOW)]
            assert found == oracle.find(ask(text), language, NOW), text
            asked += 1
            answered += bool(found)
    assert asked == 200
    assert answered > 120
