"""The only place that makes HTML safe, and the only one that calls text safe.

What others call:

- `sanitize(html)`: bodies of articles, appeals and pages, from the desk, an importer or a command;
- `public_html(source, images=…, language=…)`: what readers get of such a body, to be stored beside it;
- `absolute_html(stored, page)`: the same with whole addresses, for feeds;
- `sanitize_comment(text)`: what readers get of a reader's plain text and its few marks;
- `data_block(facts)`: structured data for the head of a page;
- `as_safe(stored)`: for templates, and for columns that one of the three above has filled, only;
- `taken_out(html)`: what `sanitize` does not keep, by name;
- `plain_text`, `excerpt`, `reading_minutes`: words of a body. They are text, and templates escape them;
- `SANITIZER_VERSION`: stored beside a body, so that `resanitize` finds what an older list let through.

All answer any str. `articles/markup.py` reads the text into a tree of what an article may hold; then bleach and nh3,
with the one allow-list below, each judge what was written of it. Nothing transforms HTML after that. None of the three
knows SVG, MathML, scripts, frames, forms, styles or ids.
"""

import html as entities
import json
import re
from collections.abc import Callable, Collection, Mapping
from itertools import groupby
from urllib.parse import parse_qs, urlsplit

import bleach
import nh3
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from articles import markup
from articles.markup import Node
from articles.renditions import LibraryImage, fallback, fallback_srcset, sources

#: Raised with every change of what comes out, so that `resanitize` knows what to do again.
SANITIZER_VERSION = 2

# The allow-list

#: The classes that newsroom.css knows, and where each may stand.
CLASSES = {
    "pull": frozenset(["blockquote"]),
    "data": frozenset(["table"]),
    "num": frozenset(["td", "th"]),
    "scroll": frozenset(["div"]),
    "video": frozenset(["figure"]),
    "credit": frozenset(["span", "small"]),
    **dict.fromkeys(
        ["align-start", "align-center", "align-end"],
        frozenset("p h2 h3 h4 li td th caption blockquote figure figcaption".split()),
    ),
}
EVERYWHERE = frozenset(["class", "dir", "lang"])
ALLOWED: dict[str, frozenset[str]] = {
    **dict.fromkeys("p br hr h2 h3 h4 ul li dl dt dd blockquote pre footer figure figcaption".split(), frozenset()),
    **dict.fromkeys("strong b em i u s del ins mark small sub sup code kbd cite q bdi span".split(), frozenset()),
    **dict.fromkeys("table caption thead tbody tfoot tr".split(), frozenset()),
    "ol": frozenset(["start", "reversed"]),
    "a": frozenset(["href", "title", "hreflang", "rel"]),
    "abbr": frozenset(["title"]),
    "time": frozenset(["datetime"]),
    "td": frozenset(["colspan", "rowspan"]),
    "th": frozenset(["colspan", "rowspan", "scope"]),
    "img": frozenset(["src", "alt", "width", "height", "srcset", "sizes", "loading", "decoding"]),
    # Written by `public_html` alone; the reader of sources knows neither.
    "picture": frozenset(),
    "source": frozenset(["type", "srcset", "sizes"]),
    "div": frozenset(["role", "tabindex", "aria-label"]),
}
SCHEMES = frozenset(["http", "https", "mailto"])
RELATIONS = frozenset("external noopener noreferrer nofollow sponsored ugc tag author license".split())

#: What a browser strips or ignores inside an address, and what makes two readings of one possible.
ODD_IN_URL = re.compile(
    r"[\x00-\x20\x7f-\xa0\u00ad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\\<>\"`{}|^]"
)
MAX_ADDRESS = 2000
#: No name and password before the host: they make one host look like another.
FOREIGN_HREF = re.compile(r"https?://[^/?#@:]+(?::[0-9]{1,5})?(?:[/?#]|$)|https?://\[[0-9a-f:.]+\]", re.IGNORECASE)
MAIL_HREF = re.compile(r"mailto:[^/]", re.IGNORECASE)
#: From our root on. An address without scheme (//host) is dropped: nobody means it, and it reads as a path.
LOCAL = re.compile(r"/(?!/)")
FRAGMENT = re.compile(r"#[\w-]*\Z")


def safe_href(url: str) -> bool:
    """Whether a link may lead there: http, https, mailto, or an address of this site from its root on."""
    if not url or len(url) > MAX_ADDRESS or ODD_IN_URL.search(url):
        return False
    return any(pattern.match(url) for pattern in (FOREIGN_HREF, MAIL_HREF, LOCAL, FRAGMENT))


def safe_src(url: str) -> bool:
    """Whether a picture may come from there: this site or its media host, so that no page calls on strangers."""
    if not url or len(url) > MAX_ADDRESS or ODD_IN_URL.search(url):
        return False
    media = _media_base()
    return bool(LOCAL.match(url) or (media and url.startswith(media)))


def _media_base() -> str:
    host = settings.STORAGES["default"].get("OPTIONS", {}).get("custom_domain")
    return f"https://{host}/" if host else ""


def _number(value: str, low: int, high: int) -> str | None:
    return str(int(value)) if re.fullmatch(r"[0-9]{1,6}", value) and low <= int(value) <= high else None


def _classes(tag: str, value: str) -> str | None:
    return " ".join(word for word in dict.fromkeys(value.split()) if tag in CLASSES.get(word, ())) or None


def _relations(value: str) -> str | None:
    return " ".join(word for word in dict.fromkeys(value.lower().split()) if word in RELATIONS) or None


def _srcset(value: str) -> str | None:
    for candidate in value.split(", "):
        address, _space, width = candidate.partition(" ")
        if "," in address or not safe_src(address) or not re.fullmatch(r"[0-9]{1,5}w", width):
            return None
    return value


def allowed_value(tag: str, name: str, value: str) -> str | None:
    """The value that an attribute may have, perhaps shortened; None where it may not stand. All passes ask this."""
    if name not in EVERYWHERE and name not in ALLOWED.get(tag, ()):
        return None
    match name:
        case "href":
            return value.strip() if safe_href(value.strip()) else None
        case "src":
            return value.strip() if safe_src(value.strip()) else None
        case "srcset":
            return _srcset(value)
        case "class":
            return _classes(tag, value)
        case "rel":
            return _relations(value)
        case "dir":
            return value.lower() if value.lower() in {"ltr", "rtl", "auto"} else None
        case "lang" | "hreflang":
            return value if re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}", value) else None
        case "width" | "height":
            return _number(value, 1, 20_000)
        case "colspan":
            return _number(value, 1, 50)
        case "rowspan":
            return _number(value, 1, 500)
        case "start":
            return _number(value, 0, 999_999)
        case "reversed":
            return ""
        case "tabindex":
            return value if value == "0" else None
        case "role":
            return value if value == "region" else None
        case "scope":
            return value.lower() if value.lower() in {"row", "col", "rowgroup", "colgroup"} else None
        case "loading":
            return value if value == "lazy" else None
        case "decoding":
            return value if value == "async" else None
        case "type":
            return value if value in {"image/avif", "image/webp", "image/jpeg", "image/png"} else None
        case "sizes":
            return value if re.fullmatch(r"[a-z0-9 ().,:%-]{1,200}", value) else None
        case "datetime":
            return value if re.fullmatch(r"[0-9TtZzPpDdHhMmSsWwYy:.+ -]{1,40}", value) else None
        case _:  # alt, title, aria-label: words, escaped by the serialisers
            return value[:1000].rstrip()


# The two passes


def _bleach_allows(tag: str, name: str, value: str) -> bool:
    return allowed_value(tag, name, value) is not None


def _clean(html: str) -> str:
    """bleach, then nh3: the two catch different things, and only nh3 is still maintained."""
    cleaner = bleach.Cleaner(  # made anew: a Cleaner is not safe for threads
        tags=ALLOWED.keys(), attributes=_bleach_allows, protocols=SCHEMES, strip=True, strip_comments=True
    )
    return _nh3(cleaner.clean(html))


def _nh3(html: str, allowed: Callable[[str, str, str], str | None] = allowed_value) -> str:
    return nh3.clean(
        html,
        tags=set(ALLOWED),
        clean_content_tags=set(markup.CUT),
        attributes={tag: set(names | EVERYWHERE) for tag, names in ALLOWED.items()},
        attribute_filter=allowed,
        url_schemes=set(SCHEMES),
        link_rel=None,
        strip_comments=True,
    )


# A source


def sanitize(html: str) -> str:
    """Clean HTML of any origin, or plain text; the result again is itself. Never raises: what is too much to be an
    article is kept as paragraphs of plain text."""
    try:
        tree = markup.read(html, allowed_value)
    except markup.TooMuch:
        return _paragraphs(_lines_of(html))
    if not tree.elements():
        return _paragraphs(tree.text())
    _prune(tree)
    _wrap(tree)
    return _clean(tree.html())


#: Names said at most of what was taken out.
MOST_NAMED = 12
_CUT = re.compile(rf"<({'|'.join(sorted(markup.CUT))})(?=[\s/>])", re.IGNORECASE)
#: Around the body of a whole document; nobody misses these.
_AROUND = frozenset(["html", "head", "body", "div", "span", "o:p"])


def taken_out(html: str) -> list[str]:
    """Names of the elements and attributes that `sanitize` does not keep of `html`, for its writer to be told."""
    found = dict.fromkeys(f"<{name.lower()}>" for name in _CUT.findall(html) if name.lower() not in _AROUND)
    for token in markup.tokens(html):
        if isinstance(token, str) or token.closing:
            continue
        tag = markup.RENAMED.get(token.name, token.name)
        if tag not in ALLOWED:
            found |= {f"<{token.name}>": None} if token.name not in _AROUND else {}
            continue
        for name, value in token.attributes.items():
            kept = allowed_value(tag, name, value)
            if name == "class" and kept != (" ".join(dict.fromkeys(value.split())) or None):
                found["class"] = None
            elif kept is None and name != "class":
                found[name] = None
        if len(found) > MOST_NAMED:
            break
    return [name[:40] for name in found][:MOST_NAMED]


def _paragraphs(text: str) -> str:
    """Plain text. Escaped by us, so that bleach, slow with what is escaped, has nothing to say."""
    parts = [part.strip(BLANK) for part in re.split(r"\n[ \t]*\n", text)]
    return _nh3("\n".join(f"<p>{entities.escape(part, quote=False)}</p>" for part in parts if part))


#: What makes no word: a paragraph of these alone is empty.
BLANK = " \t\n\xa0\u200b\ufeff"
#: Blocks that say nothing without words or a picture.
NEEDS_WORDS = frozenset("p h2 h3 h4 pre ul ol li dl dt dd blockquote footer figcaption caption".split())


def _is_blank(node: Node) -> bool:
    return not node.has("img", "hr", "table") and not node.text().strip(BLANK)


def _marks_anything(node: Node) -> bool:
    return any(isinstance(child, Node) or child.strip(markup.WHITE) for child in node.children)


def _prune(node: Node) -> None:
    """Empty blocks out; pictures that were refused out, with the figure that was theirs."""
    kept: list[Node | str] = []
    for child in node.children:
        if isinstance(child, str):
            kept.append(child)
            continue
        lost_picture = child.tag == "figure" and child.has("img")
        _prune(child)
        if child.tag == "img" and "src" not in child.attributes:
            continue
        if child.tag in markup.INLINE and not _marks_anything(child):
            kept.extend(child.children)
            continue
        if child.tag == "table" and not child.has("td", "th"):
            continue
        if child.tag in NEEDS_WORDS and _is_blank(child):
            continue
        if child.tag == "figure" and not child.has("img", "table", "blockquote", "pre"):
            if not lost_picture:
                kept.extend(_without_figure(child))
            continue
        if child.tag == "pre" and isinstance(child.children[0], str):
            child.children[0] = child.children[0].lstrip("\n")  # parsers drop the first of them, each time
        kept.append(child)
    node.children = kept


def _without_figure(figure: Node) -> list[Node | str]:
    for child in figure.elements():
        if child.tag == "figcaption":
            child.tag = "p"
    return figure.children


def without_pictures(html: str, addresses: Collection[str]) -> str:
    """The body without these pictures; what their captions say stays."""
    if not addresses:
        return html

    def drop(node: Node) -> None:
        node.children = [
            child
            for child in node.children
            if isinstance(child, str) or child.tag != "img" or child.attributes.get("src") not in addresses
        ]
        for child in node.elements():
            drop(child)

    root = markup.read(sanitize(html), allowed_value)
    drop(root)
    return sanitize(root.html())


def _wrap(root: Node) -> None:
    """Stray words into paragraphs, one block a line."""
    blocks: list[Node] = []
    run: list[Node | str] = []
    for child in [*root.children, Node("p")]:
        if isinstance(child, str) or child.tag not in markup.BLOCKS:
            run.append(child)
            continue
        paragraph = Node("p", {}, list(run))
        blocks += [block for block in (paragraph, child) if block.tag != "p" or not _is_blank(block)]
        run.clear()
    root.children = [part for block in blocks for part in (block, "\n")][:-1]


# What readers get


def public_html(source: str, *, images: Mapping[str, LibraryImage] | None = None, language: str | None = None) -> str:
    """The HTML of a page from a body that `sanitize` has cleaned; stored beside it, and shown as it is.

    `images` maps the addresses of pictures in the body to rows of the library (renditions.images_in). Videos become
    links that load nothing before the click; words added here are in `language`, else the active one.
    """
    try:
        tree = markup.read(source, allowed_value)
    except markup.TooMuch:  # no work of `sanitize`
        return sanitize(source)
    with override(language or get_language()):
        tree.children = [_public(child, images or {}) for child in tree.children]
    return _clean(tree.html())


def _public(child: Node | str, images: Mapping[str, LibraryImage]) -> Node | str:
    if isinstance(child, str):
        return child
    if child.tag == "p" and (address := _only_address(child)) and (video := _video(address)):
        return video
    child.children = [_public(inner, images) for inner in child.children]
    if child.tag == "table":
        caption = next((inner.text().strip() for inner in child.elements() if inner.tag == "caption"), "")
        child.attributes["class"] = _with(child, "class", "data")
        label = {"role": "region", "tabindex": "0", "aria-label": caption or _("Table")}
        return Node("div", {"class": "scroll", **label}, [child])
    if child.tag == "img":
        return _picture(child, images.get(child.attributes.get("src", "")))
    if child.tag == "a" and _leads_elsewhere(child.attributes.get("href", "")):
        child.attributes["rel"] = _with(child, "rel", "external noopener")
    return child


def _leads_elsewhere(href: str) -> bool:
    return href.lower().startswith(("http://", "https://")) and not f"{href}/".startswith(f"{settings.SITE_URL}/")


def _with(node: Node, attribute: str, words: str) -> str:
    return " ".join(dict.fromkeys([*node.attributes.get(attribute, "").split(), *words.split()]))


#: The width of a picture in .prose, as newsroom.css lays it out.
PROSE_SIZES = "(min-width: 48rem) 41rem, 92vw"


def _picture(img: Node, image: LibraryImage | None) -> Node:
    img.attributes.setdefault("alt", image.alternative_text if image else "")
    img.attributes |= {"loading": "lazy", "decoding": "async"}
    if image is None:
        return img
    address, width, height = fallback(image)
    img.attributes |= {"src": address, "width": str(width), "height": str(height)}
    if srcset := fallback_srcset(image):
        img.attributes |= {"srcset": srcset, "sizes": PROSE_SIZES}
    found = [Node("source", {"type": kind, "srcset": set_, "sizes": PROSE_SIZES}) for kind, set_ in sources(image)]
    return Node("picture", {}, [*found, img]) if found else img


#: What in an address names one film, not a channel or a front page.
VIDEO_PATHS = {
    "YouTube": re.compile(r"/(?:(?:shorts|live|embed|v)/)?(?!watch\b)[\w-]{6,20}/?"),
    "Vimeo": re.compile(r"/(?:[\w-]+/)*[0-9]{4,15}(?:/[0-9a-f]+)?/?"),
    "Dailymotion": re.compile(r"/(?:embed/)?video/\w{4,20}/?"),
}
ANY_VIDEO_PATH = re.compile(r"/(?:[\w-]+/)*[\w-]{3,}/?")


def _only_address(paragraph: Node) -> str:
    """The address that stands alone in a paragraph, bare or linked under its own name; "" otherwise."""
    text = paragraph.text().strip()
    if not re.fullmatch(r"https://[^\s<>\"]{4,300}", text):
        return ""
    links = paragraph.elements()
    return text if all(link.tag == "a" and link.attributes.get("href") == text for link in links) else ""


def _video(address: str) -> Node | None:
    name = _video_host(address)
    if not name:
        return None
    link = Node(
        "a",
        {"href": address, "rel": "external noopener"},
        [_("Play video on %(provider)s") % {"provider": name}],
    )
    caption = Node("figcaption", {}, [_("Playing it loads content from another site.")])
    return Node("figure", {"class": "video"}, [link, caption])


def _video_host(address: str) -> str:
    """Whose film the address shows; "" if it is none, or of nobody that we know."""
    try:
        parts = urlsplit(address)
        query = parse_qs(parts.query, max_num_fields=20)
    except ValueError:
        return ""
    name = settings.VIDEO_HOSTS.get(parts.netloc.lower(), "")
    if not name or not safe_href(address):
        return ""
    if name == "YouTube" and parts.netloc.lower() != "youtu.be":
        is_film = (parts.path == "/watch" and "v" in query) or re.match(r"/(?:shorts|live|embed|v)/", parts.path)
    else:
        is_film = True
    path = "/film-by-query" if parts.path == "/watch" and "v" in query else parts.path
    return name if is_film and VIDEO_PATHS.get(name, ANY_VIDEO_PATH).fullmatch(path) else ""


def as_safe(stored_html: str) -> SafeString:
    """What `public_html` or `sanitize_comment` made and a *_html column kept, for a template to print as it is."""
    return mark_safe(stored_html)


# For other sites and programs


def data_block(facts: Mapping[str, object]) -> SafeString:
    """Structured data as an element that is never run; no word in it can end the element or begin another."""
    text = json.dumps(facts, ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return mark_safe(f'<script type="application/ld+json">{markup.printable(text)}</script>')


#: Of HTML without any of these nothing is to be made whole.
_ADDRESSED = re.compile(r"\b(href|src|srcset)=")


def absolute_html(stored_html: str, page: str) -> str:
    """Stored public HTML with whole addresses, for feeds: `page` is the address of the page that it stands on."""
    if not _ADDRESSED.search(stored_html):
        return stored_html
    try:
        tree = markup.read(stored_html, allowed_value)
    except markup.TooMuch:  # no work of `public_html`
        tree = markup.read(sanitize(stored_html), allowed_value)
    _make_absolute(tree, page)

    def allowed(tag: str, name: str, value: str) -> str | None:
        if name not in {"src", "srcset"}:
            return allowed_value(tag, name, value)
        site = f"{settings.SITE_URL}/"
        parts = (f"/{part.removeprefix(site)}" if part.startswith(site) else part for part in value.split(", "))
        return value if allowed_value(tag, name, ", ".join(parts)) else None

    return _nh3(tree.html(), allowed)


def _make_absolute(node: Node, page: str) -> None:
    for name in ("href", "src", "srcset"):
        if value := node.attributes.get(name):
            parts = value.split(", ") if name == "srcset" else [value]
            node.attributes[name] = ", ".join(_absolute(part, page) for part in parts)
    for child in node.elements():
        _make_absolute(child, page)


def _absolute(address: str, page: str) -> str:
    if address.startswith("#"):
        return page + address
    return settings.SITE_URL + address if LOCAL.match(address) else address


# Plain text

#: Inline elements stand within words; all others end one.
_WITHIN_WORDS = markup.INLINE | {"font", "wbr", "acronym", "big", "strike", "tt"}


def _lines_of(html: str) -> str:
    """The words of any HTML, blocks apart by blank lines."""
    parts = []
    for token in markup.tokens(html):
        if isinstance(token, str):
            parts.append(token)
        elif token.name not in _WITHIN_WORDS:
            parts.append("\n" if token.name == "br" else "\n\n")
    return "".join(parts)


def plain_text(html: str) -> str:
    """The words of any HTML in one line; templates must escape it like all text."""
    return " ".join(_lines_of(html).split())


def excerpt(html: str, length: int = 200) -> str:
    """The first words of `html`, at most `length` characters with the ellipsis; whole words where there are any."""
    return shortened(plain_text(html), length)


def shortened(text: str, length: int) -> str:
    """The first words of a text, as `excerpt` takes them."""
    if len(text) <= length:
        return text
    head, _space, _tail = text[:length].rpartition(" ")
    head = head if len(head) > length // 2 else text[: length - 1]  # a script without spaces, or one long word
    return head.rstrip(" ,;:.،؛—–-(«“") + "…"


#: Words a minute in silent reading of non-fiction: Brysbaert, Journal of Memory and Language 109 (2019).
WORDS_A_MINUTE = 238
#: Characters a minute for Chinese and Japanese: about the mean of the two in the IReST study
#: (Trauzettel-Klosinski and Dietz, Investigative Ophthalmology & Visual Science 53, 2012).
CHARACTERS_A_MINUTE = 300
#: Thai, Lao, Burmese and Khmer write letters without spaces; no study is known here, five to a word is a rule of thumb.
LETTERS_A_WORD = 5
_CHARACTERS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LETTERS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")


def reading_minutes(html: str, language: str = "") -> int:
    """Minutes that reading takes, at least one. The script of the words decides, whatever `language` says: a story may
    quote another language."""
    text = plain_text(html)
    characters = len(_CHARACTERS.findall(text))
    letters = len(_LETTERS.findall(text))
    words = len(_LETTERS.sub(" ", _CHARACTERS.sub(" ", text)).split()) + letters / LETTERS_A_WORD
    return max(1, round(words / WORDS_A_MINUTE + characters / CHARACTERS_A_MINUTE))


# Comments

_LINK = re.compile(r"https?://[^\s<>\"'`\\\u200b-\u200f\u202a-\u202e\u2066-\u2069]{3,}", re.IGNORECASE)
#: Bounded, so that a text of nothing but marks is read in one go.
_MARK = re.compile(
    rf"`(?P<code>[^`\n]{{1,500}})`|(?<![\w*])\*(?P<words>[^\s*](?:[^*\n]{{0,498}}[^\s*])?)\*(?![\w*])|{_LINK.pattern}",
    re.IGNORECASE,
)
#: Ends of a sentence that an address may run into.
_TRAILING = ".,;:!?]}»”’…،؛؟。、！？"


def sanitize_comment(text: str) -> str:
    """A reader's plain text as HTML: paragraphs, line breaks, links and three marks; everything else is escaped.

    The marks: `code`, *emphasis*, and lines that begin with "> " for a quotation.
    """
    written = []
    for part in re.split(r"\n[ \t]*\n", markup.printable(text)):
        for is_quoted, lines in groupby(part.strip().split("\n"), key=_is_quoted):
            words = "\n".join(_unquoted(line) if is_quoted else line for line in lines).strip()
            if words:
                html = f"<p>{_marked(words)}</p>"
                written.append(f"<blockquote>{html}</blockquote>" if is_quoted else html)
    return "\n".join(written)


def _is_quoted(line: str) -> bool:
    return line.startswith("> ") or line.rstrip() == ">"


def _unquoted(line: str) -> str:
    """A line without its marks of quotation: what is quoted twice is quoted."""
    return line.lstrip("> ")


def _marked(text: str, is_within: bool = False) -> str:
    """One paragraph's links and marks; `is_within` emphasis, which holds no other and no code."""
    written, place = [], 0
    for found in (_LINK if is_within else _MARK).finditer(text):
        if code := found.groupdict().get("code"):
            html, length = f"<code>{entities.escape(code)}</code>", len(found[0])
        elif words := found.groupdict().get("words"):
            html, length = f"<em>{_marked(words, is_within=True)}</em>", len(found[0])
        else:
            address = _without_punctuation(found[0])
            if not FOREIGN_HREF.match(address) or not safe_href(address):
                continue
            shown = entities.escape(address)
            html, length = f'<a href="{shown}" rel="nofollow ugc noopener">{shown}</a>', len(address)
        written += [entities.escape(text[place : found.start()]), html]
        place = found.start() + length
    written.append(entities.escape(text[place:]))
    return "".join(written).replace("\n", "<br>")


def _without_punctuation(address: str) -> str:
    """The address without what belongs to the sentence around it; a bracket opened inside it is its own."""
    address = address.rstrip(_TRAILING)
    while address.endswith(")") and address.count(")") > address.count("("):
        address = address[:-1].rstrip(_TRAILING)
    return address
