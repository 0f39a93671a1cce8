"""Sitemaps: an index of parts, each a range of row numbers, so that a part stays small whatever the site holds.

A range needs neither COUNT nor OFFSET. Apps above add what they have to `SECTIONS`. The index of the default edition
names the parts of all editions, that of another edition its own.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe

from articles.lists import listed
from articles.metadata import site_address
from articles.models import (
    Article,
    ArticleQuerySet,
    Author,
    Category,
    Edition,
    Tag,
)
from articles.xml import Writer

#: Row numbers to a part; the format's limit is 50,000 addresses.
PART = 5_000
NEWS_AGE = timedelta(hours=48)
NEWS_LENGTH = 1_000
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


@dataclass(frozen=True)
class Section:
    """Rows of one kind that have a page: `rows(language)` are those that the edition shows."""

    rows: Callable[[str], QuerySet]
    changed: Callable[[Any], datetime | None] = lambda row: None


def _articles(language: str) -> ArticleQuerySet:
    elsewhere = Q(canonical_is_source=True) & ~Q(source_url="")
    rows = Article.objects.public().edition(language).filter(noindex=False).exclude(elsewhere)
    return rows.only("headline", "slug", "language", "publish_at", "updated_at")


def _categories(language: str) -> QuerySet:
    return Category.objects.filter(Exists(listed(now=timezone.now(), category=OuterRef("pk"))), language=language)


def _tags(language: str) -> QuerySet:
    return Tag.objects.filter(Exists(listed(now=timezone.now(), language=language, tag=OuterRef("pk"))))


def _authors(language: str) -> QuerySet:
    return Author.objects.filter(Exists(listed(now=timezone.now(), language=language, author=OuterRef("pk"))))


SECTIONS: dict[str, Section] = {
    "articles": Section(_articles, lambda row: max(row.publish_at, row.updated_at or row.publish_at)),
    "categories": Section(_categories),
    "tags": Section(_tags),
    "authors": Section(_authors),
}
#: Pages that every edition has, by the names of their addresses.
STANDING = ["articles:front", "articles:category-index", "articles:author-index", "articles:tag-index"]
STANDING += ["articles:archive", "articles:corrections"]


def _parts(languages: list[str]) -> Iterator[tuple[str, str, int]]:
    """(language, section, number) of every part that holds something; two queries a section."""
    for name, section in SECTIONS.items():
        model = section.rows(languages[0]).model
        last = model._default_manager.order_by().aggregate(last=Max("pk"))["last"] or 0
        asked = [
            (language, number, _within(section.rows(language), number))
            for language in languages
            for number in range(last // PART + 1)
        ]
        for start in range(0, len(asked), 200):
            some = asked[start : start + 200]
            flags = _exist([rows for _language, _number, rows in some])
            yield from (
                (language, name, number) for (language, number, _rows), flag in zip(some, flags, strict=True) if flag
            )


def _within(rows: QuerySet, number: int) -> QuerySet:
    return rows.order_by("pk").filter(pk__gte=number * PART, pk__lt=(number + 1) * PART)


def _exist(questions: list[QuerySet]) -> list[bool]:
    parts: list[str] = []
    params: list[Any] = []
    for rows in questions:
        sql, values = rows.values("pk")[:1].query.sql_with_params()
        parts.append(f"EXISTS({sql})")
        params += values
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        return [bool(flag) for flag in cursor.fetchone()]


def _answer(xml: Writer) -> HttpResponse:
    return HttpResponse(xml.bytes(), content_type="application/xml; charset=utf-8")


def _part_address(language: str, name: str, number: int) -> str:
    with override(language):
        return site_address(reverse("articles:sitemap-part", kwargs={"name": name, "number": number}))


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    language = get_language()
    languages = [language]
    if language == settings.LANGUAGE_CODE:
        languages = [code for code, _name in settings.LANGUAGES]
    xml = Writer()
    xml.begin("sitemapindex", {"xmlns": NAMESPACE})
    parts = sorted(_parts(languages))
    # An edition that nobody has named and that holds nothing is offered to nobody.
    begun = {language, *Edition.objects.values_list("language", flat=True), *(code for code, _name, _number in parts)}
    for code in languages:
        if code in begun:
            _add(xml, "sitemap", _part_address(code, "standing", 0))
    for code, name, number in parts:
        _add(xml, "sitemap", _part_address(code, name, number))
    xml.endElement("sitemapindex")
    return _answer(xml)


def _add(xml: Writer, element: str, address: str, changed: datetime | None = None) -> None:
    xml.begin(element)
    xml.add("loc", address)
    if changed:
        xml.add("lastmod", changed.isoformat(timespec="seconds"))
    xml.endElement(element)


@require_safe
def part(request: HttpRequest, name: str, number: int) -> HttpResponse:
    xml = Writer()
    xml.begin("urlset", {"xmlns": NAMESPACE})
    if name == "standing" and number == 0:
        for view in STANDING:
            _add(xml, "url", site_address(reverse(view)))
    elif name in SECTIONS and number <= 2**40:
        section = SECTIONS[name]
        found = list(_within(section.rows(get_language()), number))
        if not found:
            raise Http404("No such part.")
        for row in found:
            if row_address := _address(row):
                _add(xml, "url", row_address, section.changed(row))
    else:
        raise Http404("No such part.")
    xml.endElement("urlset")
    return _answer(xml)


def _address(row: Any) -> str:
    """Its page; "" for a row whose slug somebody has broken by hand, so that the others are listed."""
    try:
        return site_address(row.get_absolute_url())
    except NoReverseMatch:
        return ""


@require_safe
def news(request: HttpRequest) -> HttpResponse:
    """The edition's stories of two days, at most a thousand, as news search engines ask for them."""
    language = get_language()
    edition = Edition.objects.filter(language=language).only("name").first()
    xml = Writer()
    xml.begin("urlset", {"xmlns": NAMESPACE, "xmlns:news": "http://www.google.com/schemas/sitemap-news/0.9"})
    rows = _articles(language).filter(publish_at__gt=timezone.now() - NEWS_AGE).newest()[:NEWS_LENGTH]
    for article in rows:
        if not (address := _address(article)):
            continue
        xml.begin("url")
        xml.add("loc", address)
        xml.begin("news:news")
        xml.begin("news:publication")
        xml.add("news:name", edition.name if edition else settings.SITE_NAME)
        xml.add("news:language", NEWS_LANGUAGES.get(language, language.split("-")[0]))
        xml.endElement("news:publication")
        xml.add("news:publication_date", article.publish_at.isoformat(timespec="seconds"))
        xml.add("news:title", article.headline)
        xml.endElement("news:news")
        xml.endElement("url")
    xml.endElement("urlset")
    return _answer(xml)


#: News sitemaps name languages by two or three letters, Chinese by its script's country.
NEWS_LANGUAGES = {"zh-hans": "zh-cn", "zh-hant": "zh-tw"}
