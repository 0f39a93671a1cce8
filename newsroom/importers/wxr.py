"""WordPress exports (WXR), read as a stream: XML in, plain dataclasses out. Knows nothing of our models.

Memory is bounded by the largest single item, never by the file: nothing is kept of what has been handed out.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException, DTDForbidden
from defusedxml.ElementTree import DefusedXMLParser

CHUNK = 64 * 1024
#: One tag, comment or instruction. Expat reads an unfinished one again with every chunk, so a long one
#: would cost the square of its length.
MAX_TOKEN = 1024 * 1024
#: Characters of one field, and of one item with its comments and custom fields; the rest is left out and
#: the item is marked `is_cut`.
MAX_TEXT = 4 * 1024 * 1024
MAX_ITEM = 16 * 1024 * 1024
MAX_DEPTH = 100
MAX_ELEMENTS = 1_000_000
#: Different names of tags and attributes: expat never forgets one. Real exports have about fifty.
MAX_NAMES = 2000


class WxrError(Exception):
    """The file is not an export that can be read; the message is a sentence for whoever runs the import."""


@dataclass(frozen=True)
class Site:
    title: str = ""
    link: str = ""
    description: str = ""
    language: str = ""
    base_site_url: str = ""
    base_blog_url: str = ""

    @property
    def address(self) -> str:
        """Where the blog stood, without the last slash."""
        return (self.base_blog_url or self.link or self.base_site_url).rstrip("/")


@dataclass(frozen=True)
class Author:
    login: str
    id: int = 0
    email: str = ""
    display_name: str = ""
    first_name: str = ""
    last_name: str = ""

    @property
    def name(self) -> str:
        return self.display_name or f"{self.first_name} {self.last_name}".strip() or self.login


@dataclass(frozen=True)
class Category:
    slug: str
    name: str = ""
    parent: str = ""
    description: str = ""
    id: int = 0


@dataclass(frozen=True)
class Tag:
    slug: str
    name: str = ""
    description: str = ""
    id: int = 0


@dataclass(frozen=True)
class Term:
    """A term of a taxonomy of its own, such as a menu."""

    taxonomy: str
    slug: str
    name: str = ""
    parent: str = ""
    id: int = 0


@dataclass(frozen=True)
class Label:
    """A category, tag or other term as an item names it."""

    domain: str
    slug: str
    name: str


@dataclass(frozen=True)
class Comment:
    id: int = 0
    parent: int = 0
    author: str = ""
    email: str = ""
    url: str = ""
    ip: str = ""
    date: datetime | None = None
    date_gmt: datetime | None = None
    type: str = ""
    approved: str = ""
    content: str = ""
    user_id: int = 0


@dataclass(frozen=True)
class Item:
    """A post, a page, an attachment, or anything else that WordPress keeps among its posts."""

    id: int = 0
    type: str = "post"
    title: str = ""
    link: str = ""
    guid: str = ""
    slug: str = ""
    creator: str = ""
    content: str = ""
    excerpt: str = ""
    status: str = ""
    #: Wall-clock time of a time zone that the export does not name; `date_gmt` and `modified_gmt` are aware.
    date: datetime | None = None
    date_gmt: datetime | None = None
    modified_gmt: datetime | None = None
    parent: int = 0
    menu_order: int = 0
    password: str = ""
    is_sticky: bool = False
    comment_status: str = ""
    attachment_url: str = ""
    labels: tuple[Label, ...] = ()
    meta: dict[str, str] = field(default_factory=dict)
    comments: tuple[Comment, ...] = ()
    line: int = 0
    #: More text than MAX_TEXT or MAX_ITEM: part of it is missing.
    is_cut: bool = False


Entry = Site | Author | Category | Tag | Term | Item


def read(path: str | Path) -> Iterator[Entry]:
    """Yield the site, then everything else as it comes in the file. Raises WxrError, perhaps only at its end.

    Whoever writes reads the file to its end once before, so that a broken one leaves nothing half-written.
    """
    try:
        with open(path, "rb") as file:
            yield from _entries(file)
    except OSError as error:
        raise WxrError(f"The file cannot be read: {error.strerror or error}.") from error


def _entries(file: BinaryIO) -> Iterator[Entry]:
    target = _Target()
    parser = DefusedXMLParser(
        target=target, encoding="utf-8", forbid_dtd=True, forbid_entities=True, forbid_external=True
    )
    expat = parser.parser
    target.line = lambda: expat.CurrentLineNumber
    source = CleanFile(file)
    fed = 0
    try:
        while chunk := source.read(CHUNK):
            fed += len(chunk)
            parser.feed(chunk)
            if fed - max(expat.CurrentByteIndex, 0) > MAX_TOKEN:
                raise WxrError(
                    f"Line {expat.CurrentLineNumber + source.lines_dropped} begins a tag or comment that is"
                    " longer than any export has; the file is refused."
                )
            yield from target.take()
        parser.close()
    except DTDForbidden as error:
        raise WxrError(
            "The file holds a document type (DTD), which no WordPress export does; it is refused."
        ) from error
    except DefusedXmlException as error:
        raise WxrError("The file defines entities, which no WordPress export does; it is refused.") from error
    except ParseError as error:
        raise WxrError(_sentence(error, source)) from error
    except (LookupError, ValueError) as error:  # what defusedxml lets through besides
        raise WxrError(f"The file cannot be read as XML: {error}.") from error
    target.finish()
    yield from target.take()


def _sentence(error: ParseError, source: "CleanFile") -> str:
    line = error.position[0] + source.lines_dropped
    if not source.bytes_read:
        return "The file is empty."
    no_element, unclosed_token, unclosed_cdata, no_memory = 3, 5, 20, 1
    if error.code == no_memory:
        return "The file cannot be read: not enough memory."
    if source.at_end and error.code in {no_element, unclosed_token, unclosed_cdata}:
        return f"The file is cut off: it ends at line {line} before the export does."
    what = str(error).split(":")[0]
    if source.first_bytes.lstrip()[:1] != b"<":
        return "The file is not XML, so it is no WordPress export."
    return f"The file is not well-formed XML: {what} at line {line}. Nothing has been imported."


# Bytes to clean UTF-8

#: Encodings whose first 128 characters are those of ASCII, and UTF-16: none that decodes text to markup.
_ENCODINGS = re.compile(
    r"utf-8|utf-16|utf-16-[lb]e|ascii|iso8859-\d+|cp125\d|koi8-[ru]"
    r"|gb2312|gbk|gb18030|big5|euc_jp|euc_kr|shift_jis"
)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,10}));")


class CleanFile:
    """A binary file read as UTF-8 without the characters that XML forbids.

    WordPress writes control characters as they stand in its database, raw or as references, and no XML
    parser takes them. Blank lines before the declaration, which themes print, go as well. Raises WxrError
    where the bytes are not of the encoding that the file declares.
    """

    def __init__(self, file: BinaryIO):
        self._file = file
        self._decoder: codecs.IncrementalDecoder | None = None
        self._tail = ""
        self._lines = 1
        self._started = False
        self.encoding = "utf-8"
        self.first_bytes = b""
        self.bytes_read = 0
        self.lines_dropped = 0
        self.at_end = False

    def read(self, size: int) -> bytes:
        while not self.at_end:
            data = self._file.read(size)
            self.at_end = not data
            text = self._clean(self._decode(data))
            if text:
                return text.encode("utf-8")
        return b""

    def _decode(self, data: bytes) -> str:
        if self._decoder is None:
            self.first_bytes = data[:1024]
            self.encoding = _encoding(data[:1024])
            self._decoder = codecs.getincrementaldecoder(self.encoding)("strict")
        self.bytes_read += len(data)
        try:
            text = self._decoder.decode(data, final=not data)
        except UnicodeError as error:
            line = self._lines + data[: getattr(error, "start", 0)].count(b"\n")
            raise WxrError(f"Line {line} holds bytes that are not {self.encoding.upper()} text.") from error
        self._lines += text.count("\n")
        return text

    def _clean(self, text: str) -> str:
        text = self._tail + text
        self._tail = ""
        if not self._started:
            stripped = text.lstrip("\ufeff \t\r\n")
            self.lines_dropped += text[: len(text) - len(stripped)].count("\n")
            text = stripped
            self._started = bool(text)
        cut = text.rfind("&", -12)
        if cut >= 0 and not self.at_end:  # a reference may end in the next chunk
            text, self._tail = text[:cut], text[cut:]
        text = _FORBIDDEN.sub("", text)
        return _REFERENCE.sub(_keep_reference, text) if "&#" in text else text


def _encoding(start: bytes) -> str:
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start.startswith(b"<\0"):
        return "utf-16-le"
    if start.startswith(b"\0<"):
        return "utf-16-be"
    match = _DECLARED.match(start.lstrip())
    name = match[1].decode() if match else "utf-8"
    try:
        known = codecs.lookup(name).name
    except LookupError:
        known = ""
    if not _ENCODINGS.fullmatch(known) or known == "utf-16":  # a UTF-16 file would not have matched
        raise WxrError(f"The file declares the encoding “{name}”, which is not read here; save it as UTF-8.")
    return known


def _keep_reference(match: re.Match[str]) -> str:
    code = int(match[1], 16) if match[1] else int(match[2])
    allowed = code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    return match[0] if allowed else ""


# XML to entries

_WP = re.compile(r"\{https?://(?:www\.)?wordpress\.org/export/\d+(?:\.\d+)*/?\}(.+)")
_EXCERPT = re.compile(r"\{https?://(?:www\.)?wordpress\.org/export/\d+(?:\.\d+)*/excerpt/?\}encoded")
_OTHERS = {
    "{http://purl.org/rss/1.0/modules/content/}encoded": "content",
    "{http://purl.org/dc/elements/1.1/}creator": "creator",
}
_ABOUT = frozenset({"title", "link", "description", "language", "wp:base_site_url", "wp:base_blog_url"})
#: Tags of RSS itself; a tag without a namespace that is none of these is WordPress's without its prefix.
_RSS = frozenset({"rss", "channel", "item", "title", "link", "guid", "pubDate", "description", "category", "language"})


class _Node:
    __slots__ = ("attributes", "children", "name", "parts")

    def __init__(self, name: str, attributes: dict[str, str]):
        self.name = name
        self.attributes = attributes
        self.parts: list[str] = []
        self.children: list[_Node] = []

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def first(self, *names: str) -> str:
        """The text of the first child that has one of the names, in the order of the names."""
        for name in names:
            for child in self.children:
                if child.name == name:
                    return child.text.strip()
        return ""

    def all(self, name: str) -> list["_Node"]:
        return [child for child in self.children if child.name == name]


class _Target:
    """Gathers one child of <channel> at a time and turns it into an entry when it ends."""

    def __init__(self):
        self.line = lambda: 0
        self.version = ""
        self._names: dict[str, str] = {}
        self._depth = 0
        self._in_channel = False
        self._stack: list[_Node] = []  # from the child of <channel> on
        self._size = 0
        self._is_cut = False
        self._text_size = 0
        self._began = 0
        self._elements = 0
        self._ready: list[Entry] = []
        self._about: dict[str, str] = {}
        self._site_given = False

    def take(self) -> list[Entry]:
        ready, self._ready = self._ready, []
        return ready

    def finish(self) -> None:
        self._require_version()
        self._give_site()

    # What the parser calls

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = self._names.get(tag)
        if name is None:
            name = self._learn(tag)
        for key in attributes:
            if key not in self._names:
                self._learn(key)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise WxrError(f"Line {self.line()} nests tags more than {MAX_DEPTH} deep; the file is refused.")
        if self._depth == 1 and name != "rss":
            raise WxrError("The file is XML but not a WordPress export: it does not begin with <rss>.")
        if self._depth == 2:
            self._in_channel = name == "channel"
        if self._depth < 3 or not self._in_channel:
            return
        if self._depth == 3:
            self._size, self._is_cut, self._began, self._elements = 0, False, self.line(), 0
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise WxrError(f"The item at line {self._began} holds more tags than any post; the file is refused.")
        self._text_size = 0
        node = _Node(name, attributes)
        if len(self._stack) < 3 and self._fits(200 + sum(map(len, attributes.values()))):
            if self._stack:
                self._stack[-1].children.append(node)
        elif self._stack:
            node.parts = self._stack[-1].parts  # markup that was not escaped: its text belongs to the field
        self._stack.append(node)

    def data(self, text: str) -> None:
        if not self._stack:
            return
        self._text_size += len(text)
        if self._fits(len(text)) and self._text_size <= MAX_TEXT:
            self._stack[-1].parts.append(text)
        else:
            self._is_cut = True

    def end(self, tag: str) -> None:
        self._depth -= 1
        if not self._stack:
            return
        node = self._stack.pop()
        if not self._stack:
            self._entry(node)

    def close(self) -> None:
        pass

    # Turning nodes into entries

    def _learn(self, tag: str) -> str:
        if len(self._names) >= MAX_NAMES:
            raise WxrError("The file holds more kinds of tags than any WordPress export; it is refused.")
        if match := _WP.fullmatch(tag):
            name = "wp:" + match[1]
        elif _EXCERPT.fullmatch(tag):
            name = "excerpt"
        elif tag in _OTHERS:
            name = _OTHERS[tag]
        elif tag.startswith("{"):
            name = ""
        else:
            name = tag if tag in _RSS else "wp:" + tag
        self._names[tag] = name
        return name

    def _fits(self, size: int) -> bool:
        self._size += size
        if self._size > MAX_ITEM:
            self._is_cut = True
            return False
        return True

    def _entry(self, node: _Node) -> None:
        if node.name == "item":
            self._require_version()
            self._give_site()
            self._ready.append(_item(node, self._began, self._is_cut))
        elif node.name in _TERMS:
            entry = _TERMS[node.name](node)
            if entry is not None:
                self._give_site()
                self._ready.append(entry)
        elif node.name == "wp:wxr_version":
            self.version = self.version or node.text.strip()
        elif node.name in _ABOUT:
            self._about.setdefault(node.name.removeprefix("wp:"), node.text.strip()[:2000])

    def _require_version(self) -> None:
        if not re.fullmatch(r"\d{1,3}(\.\d{1,3})?", self.version):
            what = f"“{self.version[:40]}”" if self.version else "missing"
            raise WxrError(
                f"The file is a feed but not a WordPress export: its WXR version number is {what}."
                " Export it again under Tools, Export."
            )

    def _give_site(self) -> None:
        if not self._site_given:
            self._site_given = True
            self._ready.append(Site(**self._about))


def _author(node: _Node) -> Author | None:
    login = node.first("wp:author_login")
    if not login:
        return None
    return Author(
        login=login,
        id=_number(node.first("wp:author_id")),
        email=node.first("wp:author_email"),
        display_name=node.first("wp:author_display_name"),
        first_name=node.first("wp:author_first_name"),
        last_name=node.first("wp:author_last_name"),
    )


def _category(node: _Node) -> Category | None:
    slug, name = node.first("wp:category_nicename"), node.first("wp:cat_name")
    if not (slug or name):
        return None
    return Category(
        slug=slug or name,
        name=name or slug,
        parent=node.first("wp:category_parent"),
        description=node.first("wp:category_description"),
        id=_number(node.first("wp:term_id")),
    )


def _tag(node: _Node) -> Tag | None:
    slug, name = node.first("wp:tag_slug"), node.first("wp:tag_name")
    if not (slug or name):
        return None
    return Tag(
        slug=slug or name,
        name=name or slug,
        description=node.first("wp:tag_description"),
        id=_number(node.first("wp:term_id")),
    )


def _term(node: _Node) -> Category | Tag | Term | None:
    taxonomy, slug, name = (node.first(f"wp:term_{key}") for key in ("taxonomy", "slug", "name"))
    if not (slug or name):
        return None
    slug, name, number = slug or name, name or slug, _number(node.first("wp:term_id"))
    parent, description = node.first("wp:term_parent"), node.first("wp:term_description")
    if taxonomy == "category":
        return Category(slug, name, parent, description, number)
    if taxonomy in {"post_tag", "tag"}:
        return Tag(slug, name, description, number)
    return Term(taxonomy, slug, name, parent, number)


_TERMS = {
    "wp:author": _author,
    "wp:wp_author": _author,
    "wp:category": _category,
    "wp:tag": _tag,
    "wp:term": _term,
}


def _item(node: _Node, line: int, is_cut: bool) -> Item:
    status = node.first("wp:status")
    meta: dict[str, str] = {}
    for row in node.all("wp:postmeta"):
        if key := row.first("wp:meta_key"):
            meta.setdefault(key, row.first("wp:meta_value"))
    gmt = _time(node.first("wp:post_date_gmt"))
    return Item(
        id=_number(node.first("wp:post_id")),
        type=node.first("wp:post_type") or "post",
        title=node.first("title"),
        link=node.first("link"),
        guid=node.first("guid"),
        slug=node.first("wp:post_name"),
        creator=node.first("creator", "wp:author"),
        content=next((child.text for child in node.all("content")), ""),
        excerpt=next((child.text for child in node.all("excerpt")), ""),
        status=status,
        date=_time(node.first("wp:post_date")),
        date_gmt=gmt.replace(tzinfo=UTC) if gmt else _rfc_time(node.first("pubDate")),
        modified_gmt=(moment := _time(node.first("wp:post_modified_gmt"))) and moment.replace(tzinfo=UTC),
        parent=_number(node.first("wp:post_parent")),
        menu_order=_number(node.first("wp:menu_order")),
        password=node.first("wp:post_password"),
        is_sticky=node.first("wp:is_sticky") == "1",
        comment_status=node.first("wp:comment_status"),
        attachment_url=node.first("wp:attachment_url"),
        labels=_labels(node),
        meta=meta,
        comments=tuple(_comment(row) for row in node.all("wp:comment")),
        line=line,
        is_cut=is_cut,
    )


def _labels(node: _Node) -> tuple[Label, ...]:
    """Terms of an item, once each. Version 1.0 names each a second time without its slug."""
    labels: dict[tuple[str, str], Label] = {}
    for row in node.all("category"):
        domain, slug = row.attributes.get("domain", ""), row.attributes.get("nicename", "")
        name = row.text.strip()
        if domain == "tag":
            domain = "post_tag"
        if domain and slug:
            labels.setdefault((domain, slug), Label(domain, slug, name or slug))
    named = {label.name for label in labels.values()}
    for row in node.all("category"):
        domain, name = row.attributes.get("domain", "category"), row.text.strip()
        if not row.attributes.get("nicename") and name and name not in named:
            domain = "post_tag" if domain == "tag" else domain
            labels.setdefault((domain, name), Label(domain, "", name))
    return tuple(labels.values())


def _comment(node: _Node) -> Comment:
    gmt = _time(node.first("wp:comment_date_gmt"))
    return Comment(
        id=_number(node.first("wp:comment_id")),
        parent=_number(node.first("wp:comment_parent")),
        author=node.first("wp:comment_author"),
        email=node.first("wp:comment_author_email"),
        url=node.first("wp:comment_author_url"),
        ip=node.first("wp:comment_author_IP"),
        date=_time(node.first("wp:comment_date")),
        date_gmt=gmt.replace(tzinfo=UTC) if gmt else None,
        type=node.first("wp:comment_type"),
        approved=node.first("wp:comment_approved"),
        content=next((child.text for child in node.all("wp:comment_content")), ""),
        user_id=_number(node.first("wp:comment_user_id")),
    )


def _number(text: str) -> int:
    """A row number of WordPress; 0, which it never gives, where there is none."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else 0


_MYSQL_TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[ T]([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?Z?)?")


def _time(text: str) -> datetime | None:
    """A MySQL date; None for its zero date, for impossible ones and for years that no post is from."""
    match = _MYSQL_TIME.fullmatch(text)
    if not match:
        return None
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
        moment = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    return moment if 1000 <= moment.year <= 9000 else None


def _rfc_time(text: str) -> datetime | None:
    """A date of RSS. WordPress writes its zero date as the last day of November in the year -1 or 1999."""
    if not text or len(text) > 60 or "30 Nov -0001" in text or "30 Nov 1999 00:00:00" in text:
        return None
    try:
        moment = parsedate_to_datetime(text)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    return moment if 1000 <= moment.year <= 9000 else None
