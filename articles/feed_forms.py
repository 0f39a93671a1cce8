"""The three forms of a feed: RSS 2.0, Atom and JSON Feed, of whatever entries. Addresses go by SITE_URL.

`answer` writes a `Feed` in the form that is asked for, and `paths` gives it its three addresses; whoever has something
to follow makes entries of it and calls both.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpResponse
from django.templatetags.static import static
from django.urls import URLPattern, path
from django.utils.feedgenerator import rfc2822_date, rfc3339_date
from django.utils.http import http_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from articles import body, renditions
from articles.languages import direction
from articles.markup import printable
from articles.xml import PartWriter, Writer

logger = logging.getLogger(__name__)

FORMS = {"rss": "", "atom": "atom/", "json": "json/"}

ATOM = "http://www.w3.org/2005/Atom"
NAMESPACES = {
    "xmlns:atom": ATOM,
    "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
    "xmlns:media": "http://search.yahoo.com/mrss/",
    "xmlns:h": "http://www.w3.org/1999/xhtml",
}
Made = TypeVar("Made")


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
class Written:
    """An entry in one of the three forms, as it stands in every feed that has it."""

    text: str
    changed: datetime

    def __sizeof__(self) -> int:
        return self.text.__sizeof__()


@dataclass(frozen=True)
class Feed:
    """What a feed says of itself; `path` is the page that it follows, below which its own address is.

    Where there is no such page, `page` is the one to lead people to.
    """

    title: str
    path: str
    page: str = ""
    description: str = ""
    entries: Sequence[Entry | Written] = field(default_factory=list)

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


def directed(html: str, language: str) -> str:
    """HTML of ours under its language and direction: programs that read feeds know neither."""
    return f'<div lang="{language}" dir="{direction(language)}">{html}</div>'


def write(form: str, entry: Entry) -> Written:
    return Written(WRITERS[form](entry), entry.changed)


def entries_of(rows: Iterable[Any], make: Callable[[Any], Made]) -> list[Made]:
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
    items = "".join if form != "json" else ",\n".join
    written = [entry if isinstance(entry, Written) else write(form, entry) for entry in feed.entries]
    changed = max((entry.changed for entry in written), default=datetime(2000, 1, 1, tzinfo=UTC))
    content = {"rss": _rss, "atom": _atom, "json": _json}[form](feed, items(entry.text for entry in written), changed)
    # Browsers show the types of feeds as bare text or offer to store them; as XML they follow the stylesheet.
    kind = "application/feed+json" if form == "json" else "application/xml"
    response = HttpResponse(content, content_type=f"{kind}; charset=utf-8")
    response["ETag"] = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    if feed.entries:
        response["Last-Modified"] = http_date(changed.timestamp())
    return response


# The three forms


class _Writer(Writer):
    """The frame of a feed."""

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


def _rss(feed: Feed, items: str, changed: datetime) -> bytes:
    xml = _Writer()
    xml.begin("rss", {"version": "2.0", **NAMESPACES})
    xml.begin("channel")
    xml.add("title", _line(feed.title))
    xml.add("link", feed.followed)
    xml.add("description", _line(feed.description or feed.title))
    xml.add("language", get_language())
    xml.add("lastBuildDate", rfc2822_date(changed))
    xml.add("atom:link", rel="self", type="application/rss+xml", href=absolute(f"{feed.path}feed/"))
    xml.for_people(feed)
    xml.add_written(items)
    xml.endElement("channel")
    xml.endElement("rss")
    return xml.bytes()


def _rss_item(entry: Entry) -> str:
    xml = PartWriter()
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
    return xml.text()


def _media(xml: PartWriter, picture: Picture | None) -> None:
    if picture is None:
        return
    size = {"width": str(picture.width), "height": str(picture.height)}
    xml.begin("media:content", {"url": picture.url, "medium": "image", "type": picture.type, **size})
    if picture.alternative_text:
        xml.add("media:description", picture.alternative_text, type="plain")
    if picture.credit:
        xml.add("media:credit", picture.credit)
    xml.endElement("media:content")


def _atom(feed: Feed, items: str, changed: datetime) -> bytes:
    xml = _Writer()
    xml.begin("feed", {"xmlns": ATOM, "xmlns:media": NAMESPACES["xmlns:media"], "xml:lang": get_language()})
    xml.add("title", _line(feed.title))
    if feed.description:
        xml.add("subtitle", _line(feed.description))
    xml.add("id", absolute(f"{feed.path}feed/atom/"))
    xml.add("link", rel="self", type="application/atom+xml", href=absolute(f"{feed.path}feed/atom/"))
    xml.add("link", rel="alternate", type="text/html", href=feed.followed)
    xml.add("updated", rfc3339_date(changed))
    _author(xml, settings.SITE_NAME, settings.SITE_URL)  # of entries that nobody signs
    xml.for_people(feed)
    xml.add_written(items)
    xml.endElement("feed")
    return xml.bytes()


def _atom_entry(entry: Entry) -> str:
    xml = PartWriter()
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
    return xml.text()


def _author(xml: PartWriter, name: str, url: str) -> None:
    xml.begin("author")
    xml.add("name", _line(name))
    if url:
        xml.add("uri", url)
    xml.endElement("author")


def _json(feed: Feed, items: str, changed: datetime) -> bytes:
    facts = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _line(feed.title),
        "home_page_url": feed.followed,
        "feed_url": absolute(f"{feed.path}feed/json/"),
        "description": _line(feed.description),
        "language": get_language(),
    }
    frame = json.dumps(facts, ensure_ascii=False).removesuffix("}")
    return f'{frame}, "items": [{items}]}}'.encode()


def _json_item(entry: Entry) -> str:
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
    return json.dumps({key: value for key, value in item.items() if value or key == "content_html"}, ensure_ascii=False)


WRITERS: dict[str, Callable[[Entry], str]] = {"rss": _rss_item, "atom": _atom_entry, "json": _json_item}
