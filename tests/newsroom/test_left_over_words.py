"""Readers of an edition in another script meet no word of the English interface."""

import html
import re

import pytest
from django.utils import timezone
from django.utils.translation import override

from articles.admin.editor_words import WORDS as WORDS_OF_THE_EDITOR
from articles.admin.editor_words import editor_words
from articles.calendars import HIJRI, PERSIAN
from articles.models import Edition
from tests.factories import (
    make_appeal,
    make_article,
    make_author,
    make_category,
    make_channel,
    make_comment,
    make_correction,
)

pytestmark = pytest.mark.django_db

#: Names that are written so everywhere.
NAMES = {
    "RSS",
    "Atom",
    "JSON",
    "Feed",
    "WhatsApp",
    "Telegram",
    "Mastodon",
    "Newsroom",
    "English",
    "Français",
    "UTC",
    "Bay",
}
WORDS = {
    "fa": ("بندر", "قایق کوچک"),
    "ar": ("الميناء", "القارب الصغير"),
    "ur": ("بندرگاہ", "چھوٹی کشتی"),
}


def texts_of(content):
    content = re.sub(r"(?s)<(script|style|title)\b.*?</\1>", " ", content)
    shown = re.findall(r'(?:placeholder|aria-label|alt|title)="([^"]*)"', content)
    return html.unescape(" ".join([*shown, re.sub(r"(?s)<[^>]*>", " ", content)]))


@pytest.mark.parametrize("language", WORDS)
def test_no_english_word_is_left_over(client, language):
    name, headline = WORDS[language]
    Edition.objects.create(language="en", name="Bay")
    calendar = PERSIAN if language == "fa" else HIJRI
    Edition.objects.create(language=language, name=name, tagline=name, archive_calendar=calendar.choice)
    category, author = make_category(name, language=language, on_front=True), make_author(headline, role=name)
    fields = {"language": language, "body": f"<p>{headline}</p>", "category": category, "authors": [author]}
    for hours in (2, 30, 60):
        article = make_article(headline, hours_ago=hours, tags=[name], updated_at=timezone.now(), **fields)
    make_correction(article, headline)
    make_comment(article, headline, name=name)
    make_appeal(headline, channel=make_channel(name), language=language, excerpt=name, links=0)
    day = timezone.localtime(article.publish_at)
    front = f"/{language}/"
    pages = [front, article.get_absolute_url(), f"{article.get_absolute_url()}comments/", category.get_absolute_url()]
    pages += [f"{front}{path}/" for path in ("archive", "tags", "authors", "categories", "corrections", "appeals")]
    month, year = calendar.month_of(day.date()), calendar.year_of(day.date())
    with override(language):
        pages += [month.url, year.url]
    pages += [f"{front}archive/gregorian/", f"{front}archive/{day:%Y/%m}/", f"{front}archive/{day:%Y/%m/%d}/"]
    pages += [f"{front}search/?q={name}", f"{front}search/?q=ظظظ", f"{front}search/"]
    left = {}
    for path in pages:
        words = re.findall(r"[A-Za-zÀ-ÿ]{2,}", texts_of(client.get(path).content.decode()))
        if found := sorted(set(words) - NAMES):
            left[path] = found
    assert left == {}


@pytest.mark.parametrize("language", ["ar", "fa", "ur", "fr"])
def test_body_editor_has_words_in_every_language_of_the_interface(language):
    with override(language):
        words = editor_words()
    assert len(words) == len(WORDS_OF_THE_EDITOR)
    # Words that both languages write alike are few.
    assert sum(own == said for own, said in words.items()) <= (2 if language == "fr" else 0)
    with override("en"):
        assert editor_words() == {}
