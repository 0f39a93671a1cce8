"""Feeds: RSS 2.0, Atom and JSON Feed of any list of entries, and those of the articles' own lists.

`answer` writes a `Feed` in one of the three forms, and `paths` gives it its three addresses; whoever has something else
to follow (comments, say) makes entries of it and calls both. Addresses go by SITE_URL and never by the request.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.feedgenerator import rfc2822_date, rfc3339_date
from django.utils.http import http_date
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles import body, renditions, taxonomy
from articles.cards import in_full
from articles.languages import direction
from articles.markup import printable
from articles.metadata import web_address
from articles.models import Article, AuthorListing, CategoryListing, Correction, Edition, TagListing
from articles.views.lists import author_named, public_rows, tag_named
from articles.xml import Writer

logger = logging.getLogger(__name__)

#: Entries in a feed; readers of feeds ask often enough never to miss one.
LENGTH = 30
FORMS = {"rss": "", "atom": "atom/", "json": "json/"}

ATOM = "http://www.w3.org/2005/Atom"
NAMESPACES = {
    "xmlns:atom": ATOM,
    "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
    "xmlns:media": "http://search.yahoo.com/mrss/",
    "xmlns:h": "http://www.w3.org/1999/xhtml",
}


@dataclass(frozen=True)
class Picture:
    url: str
    width: int
    height: int
    alternative_text: str = ""
    credit: str = ""

    @property
    def type(self) -> str:
        return renditions.TYPES.get(self.url.rpartition(".")[2].lower(), "image/jpeg")


@dataclass(frozen=True)
class Entry:
    """One thing to read: `pk_url` is its address for ever, `url` the one to open; `html` is safe, with whole links."""

    pk_url: str
    url: str
    title: str
    html: str
    published: datetime
    updated: datetime | None = None
    summary: str = ""
    authors: Sequence[tuple[str, str]] = ()
    categories: Sequence[str] = ()
    picture: Picture | None = None
    original: str = ""

    @property
    def changed(self) -> datetime:
        return max(self.published, self.updated or self.published)


@dataclass(frozen=True)
class Feed:
    """What a feed says of itself; `path` is the page that it follows, below which its own address is.

    Where there is no such page, `page` is the one to lead people to.
    """

    title: str
    path: str
    page: str = ""
    description: str = ""
    entries: Sequence[Entry] = field(default_factory=list)

    @property
    def followed(self) -> str:
        return absolute(self.page or self.path)


def paths(prefix: str, view: Callable, name: str) -> list[URLPattern]:
    """The three addresses of a feed below `prefix`; `view` gets the form as `form`."""
    return [
        path(f"{prefix}feed/{tail}", view, {"form": form}, name=name if form == "rss" else f"{name}-{form}")
        for form, tail in FORMS.items()
    ]


def absolute(path: str) -> str:
    return settings.SITE_URL + path


def site_name() -> str:
    """What the edition of the request calls itself."""
    edition = Edition.objects.filter(language=get_language()).only("name").first()
    return edition.name if edition else settings.SITE_NAME


def directed(html: str, language: str) -> str:
    """HTML of ours under its language and direction: programs that read feeds know neither."""
    return f'<div lang="{language}" dir="{direction(language)}">{html}</div>'


def entries_of(rows: Iterable[Any], make: Callable[[Any], Entry]) -> list[Entry]:
    """An entry for each row. One whose data is broken is left out and said in the log, so that the others arrive."""
    found = []
    for row in rows:
        try:
            found.append(make(row))
        except Exception:
            logger.exception("%s %s is left out of the feed", type(row).__name__, row.pk)
    return found


def answer(form: str, feed: Feed) -> HttpResponse:
    """The feed in the form of the address. Its tag is made of its bytes before they are compressed, where every answer
    would have another."""
    content = {"rss": _rss, "atom": _atom, "json": _json}[form](feed)
    # Browsers show the types of feeds as bare text or offer to store them; as XML they follow the stylesheet.
    kind = "application/feed+json" if form == "json" else "application/xml"
    response = HttpResponse(content, content_type=f"{kind}; charset=utf-8")
    response["ETag"] = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    if feed.entries:
        response["Last-Modified"] = http_date(_changed(feed).timestamp())
    return response


def _changed(feed: Feed) -> datetime:
    return max((entry.changed for entry in feed.entries), default=datetime(2000, 1, 1, tzinfo=UTC))


# The three forms


class _Writer(Writer):
    def __init__(self) -> None:
        super().__init__(static("css/feed.css"))

    def for_people(self, feed: Feed) -> None:
        """A note above the list, in XHTML, for somebody who has opened the feed in a browser."""
        self.begin("h:div", {"xmlns:h": NAMESPACES["xmlns:h"], "dir": direction(get_language())})
        self.add("h:p", _("This is a news feed. Copy its address into a feed reader to follow it."))
        self.begin("h:p")
        self.add("h:a", _("To the page that it follows"), href=feed.followed)
        self.endElement("h:p")
        self.endElement("h:div")


def _line(text: str) -> str:
    return " ".join(printable(text).split())


def _rss(feed: Feed) -> bytes:
    xml = _Writer()
    xml.begin("rss", {"version": "2.0", **NAMESPACES})
    xml.begin("channel")
    xml.add("title", _line(feed.title))
    xml.add("link", feed.followed)
    xml.add("description", _line(feed.description or feed.title))
    xml.add("language", get_language())
    xml.add("lastBuildDate", rfc2822_date(_changed(feed)))
    xml.add("atom:link", rel="self", type="application/rss+xml", href=absolute(f"{feed.path}feed/"))
    xml.for_people(feed)
    for entry in feed.entries:
        xml.begin("item")
        xml.add("title", _line(entry.title))
        xml.add("link", entry.url)
        xml.add("guid", entry.pk_url, isPermaLink="false")
        xml.add("pubDate", rfc2822_date(entry.published))
        xml.add("atom:updated", rfc3339_date(entry.changed))
        for name, _url in entry.authors:
            xml.add("dc:creator", _line(name))
        for category in entry.categories:
            xml.add("category", _line(category))
        xml.add("description", _line(entry.summary or body.excerpt(entry.html)))
        xml.add("content:encoded", entry.html)
        _media(xml, entry.picture)
        xml.endElement("item")
    xml.endElement("channel")
    xml.endElement("rss")
    return xml.bytes()


def _media(xml: _Writer, picture: Picture | None) -> None:
    if picture is None:
        return
    size = {"width": str(picture.width), "height": str(picture.height)}
    xml.begin("media:content", {"url": picture.url, "medium": "image", "type": picture.type, **size})
    if picture.alternative_text:
        xml.add("media:description", picture.alternative_text, type="plain")
    if picture.credit:
        xml.add("media:credit", picture.credit)
    xml.endElement("media:content")


def _atom(feed: Feed) -> bytes:
    xml = _Writer()
    xml.begin("feed", {"xmlns": ATOM, "xmlns:media": NAMESPACES["xmlns:media"], "xml:lang": get_language()})
    xml.add("title", _line(feed.title))
    if feed.description:
        xml.add("subtitle", _line(feed.description))
    xml.add("id", absolute(f"{feed.path}feed/atom/"))
    xml.add("link", rel="self", type="application/atom+xml", href=absolute(f"{feed.path}feed/atom/"))
    xml.add("link", rel="alternate", type="text/html", href=feed.followed)
    xml.add("updated", rfc3339_date(_changed(feed)))
    _author(xml, settings.SITE_NAME, settings.SITE_URL)  # of entries that nobody signs
    xml.for_people(feed)
    for entry in feed.entries:
        xml.begin("entry")
        xml.add("title", _line(entry.title))
        xml.add("id", entry.pk_url)
        xml.add("link", rel="alternate", type="text/html", href=entry.url)
        if entry.original:
            xml.add("link", rel="via", href=entry.original)
        xml.add("published", rfc3339_date(entry.published))
        xml.add("updated", rfc3339_date(entry.changed))
        for name, url in entry.authors:
            _author(xml, name, url)
        for category in entry.categories:
            xml.add("category", term=_line(category))
        if entry.summary:
            xml.add("summary", _line(entry.summary))
        xml.add("content", entry.html, type="html")
        _media(xml, entry.picture)
        xml.endElement("entry")
    xml.endElement("feed")
    return xml.bytes()


def _author(xml: _Writer, name: str, url: str) -> None:
    xml.begin("author")
    xml.add("name", _line(name))
    if url:
        xml.add("uri", url)
    xml.endElement("author")


def _json(feed: Feed) -> bytes:
    items = []
    for entry in feed.entries:
        item = {
            "id": entry.pk_url,
            "url": entry.url,
            "external_url": entry.original,
            "title": _line(entry.title),
            "summary": _line(entry.summary),
            "content_html": printable(entry.html),
            "image": entry.picture.url if entry.picture else "",
            "date_published": rfc3339_date(entry.published),
            "date_modified": rfc3339_date(entry.changed),
            "authors": [{"name": _line(name), **({"url": url} if url else {})} for name, url in entry.authors],
            "tags": [_line(category) for category in entry.categories],
            "language": get_language(),
        }
        items.append({key: value for key, value in item.items() if value or key == "content_html"})
    facts = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _line(feed.title),
        "home_page_url": feed.followed,
        "feed_url": absolute(f"{feed.path}feed/json/"),
        "description": _line(feed.description),
        "language": get_language(),
        "items": items,
    }
    return json.dumps(facts, ensure_ascii=False, indent=1).encode()


# Articles


def article_entry(article: Article) -> Entry:
    """Needs `feed()`."""
    with override(article.language):
        pk_url = absolute(reverse("articles:article-number", kwargs={"pk": article.pk}))
        authors = [
            (signed["name"], absolute(reverse("articles:author", kwargs={"slug": signed["slug"]})))
            for signed in article.byline
        ]
    url = absolute(article.get_absolute_url())
    named = [article.category.name] if article.category else []
    return Entry(
        pk_url=pk_url,
        url=url,
        title=article.headline,
        html=directed(body.absolute_html(article.body_html, url), article.language),
        published=article.publish_at or article.created_at,
        updated=article.updated_at,
        summary=article.teaser,
        authors=authors,
        categories=[*named, *(tag["name"] for tag in article.shown_tags)],
        picture=_picture(article),
        original=web_address(article.source_url),
    )


def _picture(article: Article) -> Picture | None:
    image = article.lead_image
    if image is None:
        return None
    address, width, height = renditions.fallback(image)
    if address.startswith("/"):
        address = absolute(address)
    return Picture(address, width, height, image.alternative_text, image.credit)


def _listed(rows: Any) -> list[Entry]:
    """Entries of the newest rows of a listing."""
    numbers = list(rows.order_by("-publish_at", "-article_id").values_list("article_id", flat=True)[:LENGTH])
    articles = in_full(numbers)
    return entries_of((articles[pk] for pk in numbers if pk in articles), article_entry)


@require_safe
def site(request: HttpRequest, form: str) -> HttpResponse:
    articles = Article.objects.public().edition().feed().newest()[:LENGTH]
    edition = Edition.objects.filter(language=get_language()).first()
    feed = Feed(
        title=edition.name if edition else settings.SITE_NAME,
        path=reverse("articles:front"),
        description=(edition.tagline or edition.about) if edition else "",
        entries=entries_of(articles, article_entry),
    )
    return answer(form, feed)


@require_safe
def category(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    found = taxonomy.tree(request).named(slug)
    if found is None:
        raise Http404("No such category.")
    entries = _listed(public_rows(CategoryListing, category=found))
    return answer(
        form,
        Feed(f"{found.name} · {site_name()}", found.get_absolute_url(), description=found.description, entries=entries),
    )


@require_safe
def author(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    found = author_named(slug)
    name, about = (getattr(found, f"translated_{field}") or getattr(found, field) for field in ("name", "bio"))
    entries = _listed(public_rows(AuthorListing, author=found, language=get_language()))
    return answer(form, Feed(f"{name} · {site_name()}", found.get_absolute_url(), description=about, entries=entries))


@require_safe
def tag(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    found = tag_named(slug)
    entries = _listed(public_rows(TagListing, tag=found, language=get_language()))
    return answer(form, Feed(f"{found.name} · {site_name()}", found.get_absolute_url(), entries=entries))


@require_safe
def corrections(request: HttpRequest, form: str) -> HttpResponse:
    rows = Correction.objects.public().filter(article__language=get_language()).select_related("article")
    rows = rows.defer("article__body", "article__body_html").order_by("-published_at", "-pk")[:LENGTH]
    feed = Feed(
        title=f"{_('Corrections')} · {site_name()}",
        path=reverse("articles:corrections"),
        description=_("What we got wrong, made clearer or brought up to date, newest first."),
        entries=entries_of(rows, _correction_entry),
    )
    return answer(form, feed)


def _correction_entry(correction: Correction) -> Entry:
    article = correction.article
    number = reverse("articles:article-number", kwargs={"pk": article.pk})
    html = body.absolute_html(body.sanitize_comment(correction.text), absolute(article.get_absolute_url()))
    return Entry(
        pk_url=f"{absolute(number)}#correction-{correction.pk}",
        url=absolute(correction.get_absolute_url()),
        title=f"{correction.get_kind_display()}: {article.headline}",
        html=directed(html, article.language),
        published=correction.published_at,
    )
