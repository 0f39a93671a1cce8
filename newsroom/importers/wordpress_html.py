"""What WordPress keeps in a post, turned into plain HTML: before the sanitiser, never after it.

Blocks' comments, shortcodes and the paragraphs that WordPress makes from blank lines only when it shows a
post. Nothing here makes HTML safe. Every step reads the text once, so that time grows with its length.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Literal, NamedTuple

#: Gives the <img> for an address and a WordPress number (0 where unknown); None where we lack the picture.
Picture = Callable[[str, int, str], str | None]
Rewrite = Callable[[str], str]


@dataclass(frozen=True)
class Cleaned:
    body: str
    #: Plain text before “read more”; empty where the post has no such mark.
    summary: str
    #: Addresses of pictures that were left out.
    lost: tuple[str, ...]


def clean(
    html: str,
    *,
    picture: Picture = lambda address, number, alternative: None,
    link: Rewrite = lambda address: address,
    attached: Sequence[int] = (),
) -> Cleaned:
    """`attached` are the numbers of the pictures that a bare [gallery] shows."""
    is_blocks = "<!-- wp:" in html
    shaper = _Shaper(picture, link, attached)
    paragraphs = _Paragraphs(breaks=not is_blocks)
    for token in shaper.shape(_mark_enclosing(_tokens(_normalize(html)))):
        paragraphs.add(token)
    body, before_more = paragraphs.finish()
    return Cleaned(body, plain_text(before_more) if before_more else "", tuple(dict.fromkeys(shaper.lost)))


def plain_text(html: str) -> str:
    """The words of a piece of HTML on one line; not safe as HTML itself."""
    parts = []
    for token in _tokens(_normalize(html)):
        if token.kind in {"text", "code", "code-end"}:
            parts.append(token.text)
        elif token.name in _BLOCK or token.name == "br":
            parts.append(" ")
    return " ".join(_CONTROL.sub("", unescape("".join(parts))).split())


def plain_lines(html: str) -> str:
    """A comment's words as plain text: paragraphs keep their line ends, and links their addresses."""
    parts: list[str] = []
    link, link_from, after_break = "", 0, False
    for token in _tokens(_normalize(html)):
        if token.kind in {"text", "code", "code-end"}:
            parts.append(token.text.removeprefix("\n") if after_break else token.text)
        elif token.kind == "open" and token.name == "a":
            link, link_from = _attributes(token.text).get("href", ""), len(parts)
        elif token.kind == "close" and token.name == "a":
            if link.startswith("http") and link.rstrip("/") not in "".join(parts[link_from:]):
                parts.append(f" ({link})")
            link = ""
        elif token.name in _BLOCK or token.name == "br":
            parts.append("\n")
        after_break = token.name == "br"
    lines = [" ".join(line.split()) for line in _CONTROL.sub("", unescape("".join(parts))).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def _normalize(html: str) -> str:
    return _CONTROL.sub("", html.replace("\r\n", "\n").replace("\r", "\n"))


# Text to tokens


class Token(NamedTuple):
    """`text` is the source of a text, tag or shortcode, or finished HTML of a block."""

    kind: Literal["text", "open", "close", "comment", "code", "code-end", "block", "figure", "more"]
    text: str = ""
    name: str = ""
    caption: str = ""


# A quote opens a value only after an equals sign, as in a browser. Possessive: a failure costs one reading.
_TAG = re.compile(r"""</?[a-zA-Z](?:[^>=]*+=\s*+(?:"[^"]*+"|'[^']*+'|(?!["'])))*+[^>=]*+>""")
_LOOSE_TAG = re.compile(r"</?[a-zA-Z][^>]*+>")
_CODE = re.compile(
    r"""\[(/?)([a-zA-Z][\w-]{0,60}+)((?:[\s=/](?:[^\[\]"'<>]|"[^"\[\]]{0,2000}+"|'[^'\[\]]{0,2000}+')*+)?+)\]"""
)
#: Elements whose content is no text.
_RAW = frozenset({"script", "style", "textarea", "noscript", "template", "title", "svg", "math"})
_VERBATIM = frozenset({"pre", "code"})


def _tokens(html: str) -> Iterator[Token]:
    place, length, verbatim = 0, len(html), 0
    last_tag = html.rfind(">")
    comments_end = True
    no_closer: set[str] = set()
    text_from = 0
    while place < length:
        mark = _next_mark(html, place)
        if mark < 0:
            break
        place = mark
        token, after = None, mark + 1
        if html[mark] == "[":
            if not verbatim:
                token, after = _code_at(html, mark)
        elif html.startswith("<!--", mark):
            end = html.find("-->", mark + 4) if comments_end else -1
            if end >= 0:
                token, after = Token("comment", html[mark + 4 : end].strip()), end + 3
            else:
                comments_end = False
        elif mark < last_tag and (match := _TAG.match(html, mark) or _LOOSE_TAG.match(html, mark)):
            name = re.split(r"[^a-zA-Z0-9]", match[0].lstrip("</"), maxsplit=1)[0].lower()
            after = match.end()
            if html[mark + 1] == "/":
                token = Token("close", match[0], name)
            elif name in _RAW and name not in no_closer and not match[0].endswith("/>"):
                closer = _closer(name).search(html, after)
                if closer:
                    token, after = Token("comment", "", name), closer.end()
                else:
                    no_closer.add(name)
                    token = Token("comment", "", name)
            else:
                token = Token("open", match[0], name)
            if name in _VERBATIM:
                verbatim = max(0, verbatim + (1 if token.kind == "open" else -1))
        if token is None:
            place = after
            continue
        if text_from < mark:
            yield Token("text", html[text_from:mark])
        yield token
        place = text_from = after
    if text_from < length:
        yield Token("text", html[text_from:])


_MARK = re.compile(r"[<\[]")


def _next_mark(html: str, place: int) -> int:
    match = _MARK.search(html, place)
    return match.start() if match else -1


def _closer(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{name}\b[^>]*+>", re.IGNORECASE)


def _code_at(html: str, mark: int) -> tuple[Token | None, int]:
    shown = _CODE.match(html, mark + 1) if html.startswith("[[", mark) else None
    if shown and html.startswith("]", shown.end()):
        return Token("text", shown[0]), shown.end() + 1  # [[name]] shows a shortcode instead of running it
    match = _CODE.match(html, mark)
    if not match:
        return None, mark + 1
    return Token("code-end" if match[1] else "code", match[0], match[2].lower()), match.end()


#: Shortcodes of WordPress itself and of its hosted sister that are dropped where nothing is made of them.
_KNOWN = frozenset(
    {
        "archives",
        "audio",
        "blogroll",
        "caption",
        "contact-form",
        "contact-field",
        "contact-form-7",
        "dailymotion",
        "digg",
        "embed",
        "gallery",
        "googlemaps",
        "gravityform",
        "instagram",
        "jetpack_subscription_form",
        "latest_posts",
        "playlist",
        "polldaddy",
        "poll",
        "recent_posts",
        "rev_slider",
        "sitemap",
        "slideshare",
        "slideshow",
        "soundcloud",
        "tweet",
        "twitter",
        "twitter-timeline",
        "video",
        "vimeo",
        "wp_caption",
        "wpforms",
        "wpvideo",
        "youtube",
    }
)


def _mark_enclosing(tokens: Iterator[Token]) -> list[Token]:
    """Tell shortcodes from brackets that people write, such as [sic] or [1].

    A shortcode is one that is known, has a closing part, or has attributes. What people write becomes text.
    The caption "closed" marks a shortcode whose closing part follows.
    """
    found = list(tokens)
    closers: Counter[str] = Counter()
    kept: list[Token] = []
    for token in reversed(found):
        if token.kind == "code-end":
            closers[token.name] += 1
        elif token.kind == "code":
            inside = token.text[1 + len(token.name) : -1].strip()
            if closers[token.name] and not inside.endswith("/"):
                closers[token.name] -= 1
                token = token._replace(caption="closed")
            elif not (token.name in _KNOWN or inside.endswith("/") or "=" in inside or "_" in token.name):
                token = Token("text", token.text)
        kept.append(token)
    kept.reverse()
    openers: Counter[str] = Counter()
    result = []
    for token in kept:
        if token.kind == "code" and token.caption:
            openers[token.name] += 1
        elif token.kind == "code-end":
            if not openers[token.name]:
                token = Token("text", token.text) if token.name not in _KNOWN else Token("comment")
            else:
                openers[token.name] -= 1
        result.append(token)
    return result


_ATTRIBUTE = re.compile(r"""(?<![\w:.-])([a-zA-Z_][\w:.-]*+)\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'>\]]++)""")


def _attributes(source: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(source):
        if value[0] in "\"'":
            value = value[1:-1]
        found.setdefault(name.lower(), unescape(value).strip())
    return found


# Shortcodes, figures, players and links

_ADDRESS = re.compile(r"https?://[^\s<>\"'\[\]]{3,2000}")
_WP_IMAGE = re.compile(r"(?<![\w-])wp-image-(\d{1,18})(?!\d)")
_VIDEO_FRAMES = (
    (
        re.compile(r"(?:https?:)?//(?:www\.)?youtube(?:-nocookie)?\.com/(?:embed|v)/([\w-]{6,20})"),
        "https://www.youtube.com/watch?v={}",
    ),
    (re.compile(r"(?:https?:)?//player\.vimeo\.com/video/(\d{3,15})"), "https://vimeo.com/{}"),
    (
        re.compile(r"(?:https?:)?//(?:www\.)?dailymotion\.com/embed/video/(\w{4,20})"),
        "https://www.dailymotion.com/video/{}",
    ),
)
_FILM = re.compile(
    r"https?://(?:(?:www\.|m\.)?youtube\.com|youtu\.be|(?:www\.|player\.)?vimeo\.com|www\.dailymotion\.com)/[^\s<>]+"
)
_MAX_FRAMES = 12
_HOLDING = frozenset({"figure", "figcaption", "video", "audio", "object", "a"})
_HOLDING_CODES = frozenset({"caption", "wp_caption", "embed", "audio", "video", "youtube", "vimeo", "playlist"})


@dataclass
class _Frame:
    kind: str
    source: str = ""
    tokens: list[Token] = field(default_factory=list)


class _Shaper:
    """Replaces shortcodes, pictures, figures and players by blocks; gathers what they enclose first."""

    def __init__(self, picture: Picture, link: Rewrite, attached: Sequence[int]):
        self.picture = picture
        self.link = link
        self.attached = attached
        self.lost: list[str] = []
        self.frames: list[_Frame] = []
        self.skipped: Counter[str] = Counter()

    def shape(self, tokens: list[Token]) -> list[Token]:
        self.frames = [_Frame("")]
        for token in tokens:
            self._take(token)
        while len(self.frames) > 1:
            self._spill()
        return self.frames[0].tokens

    def _put(self, *tokens: Token) -> None:
        self.frames[-1].tokens.extend(tokens)

    def _spill(self) -> None:
        """End a frame whose end never came: its content stands where it stood."""
        frame = self.frames.pop()
        if frame.kind == "a":
            self._put(Token("open", frame.source, "a"))
        self._put(*frame.tokens)

    def _take(self, token: Token) -> None:
        if token.kind == "comment":
            if re.match(r"more\b", token.text):
                self._put(Token("more"))
        elif token.kind == "code":
            self._code(token)
        elif token.kind == "code-end":
            self._end("[" + token.name)
        elif token.kind == "open":
            self._open(token)
        elif token.kind == "close":
            if token.name in _HOLDING:
                self._end(token.name)
            elif token.name not in {"iframe", "embed", "img"}:
                self._put(token)
        else:
            self._put(token)

    def _begin(self, kind: str, source: str) -> bool:
        """Start gathering; False where frames are nested deeper than any post has them."""
        if len(self.frames) > _MAX_FRAMES:
            self.skipped[kind] += 1
            return False
        self.frames.append(_Frame(kind, source))
        return True

    def _end(self, kind: str) -> None:
        if self.skipped[kind]:
            self.skipped[kind] -= 1
            return
        if not any(frame.kind == kind for frame in self.frames):
            return
        while self.frames[-1].kind != kind:
            self._spill()
        frame = self.frames.pop()
        if kind == "a":
            self._linked(frame)
        elif kind == "figcaption":
            self._put(Token("figure", "", "caption", _inline(frame.tokens)))
        elif kind == "figure":
            self._figure(frame)
        elif kind in {"[caption", "[wp_caption"}:
            self._captioned(frame)
        elif kind in {"video", "audio", "object"}:
            self._player(_attributes(frame.source), frame.tokens)
        else:  # a shortcode whose content is an address
            address = _inline_text(frame.tokens)
            attributes = _attributes(frame.source)
            if _ADDRESS.fullmatch(address):
                attributes.setdefault("src", address)
            self._player(attributes, frame.tokens)

    # Tags

    def _open(self, token: Token) -> None:
        name = token.name
        if name == "img":
            self._image(token)
        elif name in {"iframe", "embed"}:
            self._player(_attributes(token.text), [])
        elif name in {"source", "param"}:
            self._put(Token("comment", token.text, name))
        elif name == "a":
            self._begin("a", self._rewritten(token.text))
        elif name in _HOLDING:
            self._begin(name, token.text)
        else:
            self._put(token)

    def _rewritten(self, source: str) -> str:
        for match in _ATTRIBUTE.finditer(source):
            if match[1].lower() == "href":
                address = unescape(match[2].strip("\"'")).strip()
                new = self.link(address)
                if new != address:
                    return f'{source[: match.start(2)]}"{escape(new)}"{source[match.end(2) :]}'
                break
        return source

    def _image(self, token: Token) -> None:
        attributes = _attributes(token.text)
        alternative = attributes.get("alt", "")
        classes = attributes.get("class", "")
        if "wp-smiley" in classes or "emoji" in classes.split():
            self._put(Token("text", escape(alternative)))
            return
        number = _WP_IMAGE.search(classes)
        self._show(attributes.get("src", ""), int(number[1]) if number else 0, alternative)

    def _show(self, address: str, number: int, alternative: str, caption: str = "") -> bool:
        image = self.picture(address, number, alternative)
        if image is None:
            self.lost.append(address or f"attachment {number}")
            return False
        self._put(Token("figure", image, "picture", caption))
        return True

    def _linked(self, frame: _Frame) -> None:
        """A link: around pictures only when it leads somewhere else than to the picture itself."""
        pictures = [token for token in frame.tokens if token.kind == "figure"]
        if not pictures:
            if self._has_content(frame.tokens) or "name=" in frame.source or "id=" in frame.source:
                self._put(Token("open", frame.source, "a"), *frame.tokens, Token("close", "</a>", "a"))
            return
        words = _inline_text(frame.tokens)
        self._put(*pictures)
        if words:
            rest = [token for token in frame.tokens if token.kind != "figure"]
            self._put(Token("open", frame.source, "a"), *rest, Token("close", "</a>", "a"))

    @staticmethod
    def _has_content(tokens: list[Token]) -> bool:
        return any(token.kind == "block" or (token.kind == "text" and token.text.strip()) for token in tokens)

    def _figure(self, frame: _Frame) -> None:
        pictures = [token for token in frame.tokens if token.kind == "figure" and token.name == "picture"]
        captions = [token.caption for token in frame.tokens if token.kind == "figure" and token.name == "caption"]
        rest = [token for token in frame.tokens if token.kind != "figure"]
        caption = " ".join(filter(None, captions))
        if len(pictures) == 1 and not pictures[0].caption:
            pictures[0] = pictures[0]._replace(caption=caption)
            caption = ""
        elif not pictures and not self._has_content(rest):
            return  # its picture is not ours, and a caption alone says nothing
        self._put(*pictures)
        if self._has_content(rest):
            self._put(*_bare_addresses(rest))
        if caption:
            self._put(Token("block", f"<p>{caption}</p>"))

    def _captioned(self, frame: _Frame) -> None:
        pictures = [token for token in frame.tokens if token.kind == "figure" and token.name == "picture"]
        blocks = [token for token in frame.tokens if token.kind == "block"]
        words = _inline([token for token in frame.tokens if token.kind != "block"])
        words = words or _attributes(frame.source).get("caption", "")
        if pictures:
            self._put(*pictures[:-1], pictures[-1]._replace(caption=words))
        self._put(*blocks)

    def _player(self, attributes: dict[str, str], content: list[Token]) -> None:
        """A bare address in a paragraph for films of known hosts, a link for other files."""
        sources = [attributes]
        sources += [_attributes(token.text) for token in content if token.kind == "comment" and token.name]
        blocks = [token for token in content if token.kind in {"block", "figure"}]
        for found in sources:
            address = next((found[key] for key in _SOURCES if found.get(key)), "")
            if found.get("name") == "movie":
                address = found.get("value", "")
            if address:
                if not any(address in block.text for block in blocks):
                    self._put(*_address_block(self.link(address)))
                break
        self._put(*blocks)

    # Shortcodes

    def _code(self, token: Token) -> None:
        name = token.name
        if name == "gallery":
            self._gallery(token)
        elif name in _HOLDING_CODES and token.caption:
            self._begin("[" + name, token.text)
        elif name in {
            "embed",
            "audio",
            "video",
            "youtube",
            "vimeo",
            "dailymotion",
            "soundcloud",
            "wpvideo",
            "tweet",
        }:
            attributes = _attributes(token.text)
            bare = token.text[1 + len(name) : -1].strip(" =/\"'")
            if _ADDRESS.fullmatch(bare):
                attributes.setdefault("src", unescape(bare))
            elif name == "vimeo" and bare.split(" ")[0].isdecimal():
                attributes.setdefault("src", f"https://vimeo.com/{bare.split(' ')[0]}")
            elif name == "youtube" and re.fullmatch(r"[\w-]{6,20}", attributes.get("id", "") or bare):
                attributes["src"] = f"https://www.youtube.com/watch?v={attributes.get('id') or bare}"
            self._player(attributes, [])

    def _gallery(self, token: Token) -> None:
        attributes = _attributes(token.text)
        listed = attributes.get("ids") or attributes.get("include") or ""
        numbers = [int(part) for part in re.findall(r"\d{1,18}", listed)] or list(self.attached)
        for number in dict.fromkeys(numbers):
            self._show("", number, "")


_SOURCES = ("src", "mp4", "m4v", "webm", "ogv", "mp3", "m4a", "ogg", "wav", "flv", "wmv", "url", "data")


_FILE = re.compile(r".+\.(?:mp3|m4a|ogg|oga|wav|flac|mp4|m4v|webm|ogv|mov|wmv|avi|flv|pdf)", re.IGNORECASE)


def _address_block(address: str) -> list[Token]:
    for pattern, form in _VIDEO_FRAMES:
        if match := pattern.match(address):
            address = form.format(match[1])
    if address.startswith("//"):
        address = "https:" + address
    if _ADDRESS.fullmatch(address) or address.startswith("/"):
        return [Token("block", _alone(address))]
    return []


def _alone(address: str) -> str:
    """The paragraph of an address that stands alone: bare for a film, which the page shows, else a link."""
    if _FILM.fullmatch(address):
        address = re.sub("^http:", "https:", address)  # only secure addresses are shown
        return f"<p>{escape(address)}</p>"
    name = address.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    name = name if _FILE.fullmatch(name) or address.startswith("/") else address
    return f'<p><a href="{escape(address)}">{escape(name)}</a></p>'


def _bare_addresses(tokens: list[Token]) -> list[Token]:
    """A figure's content, with an address that stands alone in its text as a paragraph."""
    words = _inline_text(tokens)
    return [Token("block", _alone(words))] if _ADDRESS.fullmatch(words) else tokens


def _inline(tokens: list[Token]) -> str:
    """HTML of words and inline tags alone, for a caption."""
    parts = []
    for token in tokens:
        if token.kind == "text" or (token.kind in {"open", "close"} and token.name not in _BLOCK):
            parts.append(token.text)
        elif token.kind in {"open", "close"}:
            parts.append(" ")
    while parts and (not parts[-1].strip() or parts[-1].lower().startswith("<br")):
        parts.pop()
    return " ".join("".join(parts).split())


def _inline_text(tokens: list[Token]) -> str:
    return unescape("".join(token.text for token in tokens if token.kind == "text")).strip()


# Paragraphs

_STRUCTURE = frozenset({"ul", "ol", "dl", "menu", "table", "tbody", "thead", "tfoot", "tr", "colgroup"})
_PHRASES = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "dt", "summary", "caption", "legend", "address"})
_FLOW = frozenset(
    {
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "div",
        "fieldset",
        "footer",
        "form",
        "header",
        "html",
        "li",
        "main",
        "nav",
        "section",
        "td",
        "th",
    }
)
_EMPTY_GO = frozenset({"p", "div", "ul", "ol", "li", "dl", "dt", "dd"})
_VOID_BLOCKS = frozenset({"hr", "col"})
_BLOCK = _STRUCTURE | _PHRASES | _FLOW | _VOID_BLOCKS
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_LINE_END = re.compile(r"[ \t]*\n[ \t]*")
_BREAK = "\x01"  # cannot stand in the text: control characters are gone
_NOTHING = re.compile(r"(?:\s|\x01|&nbsp;|&#160;|\xa0|<br[^>]*>)*")


class _Paragraphs:
    """Blank lines to <p>, line ends to <br>, around and inside the blocks that a post has already.

    Words that stand straight in the post or in a quotation become paragraphs; inside other blocks only where
    blank lines separate them. `breaks` is off for posts made of blocks, where a line end is only white space.
    """

    def __init__(self, *, breaks: bool):
        self.breaks = breaks
        self.out: list[str] = []
        self.stack: list[str] = []
        self.split: list[bool] = [False]
        self.open: Counter[str] = Counter()
        self.inline: list[str] = []
        self.has_words = False
        self.after_break = False
        self.before_more = ""

    def add(self, token: Token) -> None:
        if token.kind == "text":
            self._text(token.text)
        elif token.kind == "more":
            self._break_paragraph()
            self.before_more = self.before_more or "".join(self.out)
        elif token.kind == "block":
            self._block(token.text)
        elif token.kind == "figure":
            if token.name == "picture":
                caption = f"<figcaption>{token.caption}</figcaption>" if token.caption else ""
                self._block(f"<figure>{token.text}{caption}</figure>")
            elif token.caption:
                self._block(f"<p>{token.caption}</p>")
        elif token.kind in {"open", "close"} and token.name in _BLOCK:
            if token.kind == "open":
                self._open(token)
            else:
                self._close(token.name)
        elif token.kind in {"open", "close"}:
            self._tag(token)

    def finish(self) -> tuple[str, str]:
        self._flush()
        while self.stack:
            self._pop()
        return "".join(self.out).strip(), self.before_more

    # Words

    @property
    def _top(self) -> str:
        return self.stack[-1] if self.stack else ""

    def _text(self, text: str) -> None:
        if self.open["pre"]:
            self.inline.append(text)
            self.has_words = True
            return
        pieces = _BLANK_LINES.split(text)
        for number, piece in enumerate(pieces):
            if number:
                self._break_paragraph()
            if self.breaks:
                piece = _LINE_END.sub(_BREAK, piece)
            if self.after_break:
                piece = piece.lstrip(_BREAK + " \n\t")
                self.after_break = not piece
            if piece:
                self.inline.append(piece)
                self.has_words = self.has_words or not _NOTHING.fullmatch(piece)

    def _tag(self, token: Token) -> None:
        if token.name == "br":
            if self.inline:
                self.inline[-1] = self.inline[-1].rstrip(_BREAK + " \n\t") or ""
            self.inline.append("<br>")
            self.after_break = True
            return
        self.inline.append(token.text)

    def _break_paragraph(self) -> None:
        if self.open["pre"]:
            self.inline.append("\n\n")
        elif self._top == "p":
            self._close("p")
        elif self._top in _PHRASES:
            self.inline.append(_BREAK if self.breaks else " ")
        elif self._top in _STRUCTURE:
            self._flush()
        else:
            if self.has_words:
                self.split[-1] = True
            self._flush()

    def _flush(self) -> None:
        if not self.inline:
            return
        inline, words = "".join(self.inline), self.has_words
        self.inline, self.has_words, self.after_break = [], False, False
        if self.open["pre"]:
            self.out.append(inline)
            return
        inline = inline.strip(_BREAK + " \n\t").replace(_BREAK, "<br>\n")
        address = unescape(inline) if inline.startswith("http") else ""
        if _ADDRESS.fullmatch(address) and self._top in {"", "p", "div"}:
            paragraph = _alone(address)
            self.out.append(paragraph[3:-4] if self._top == "p" else paragraph + "\n")
        elif words and (self._top in {"", "blockquote"} or (self._top in _FLOW and self.split[-1])):
            self.out.append(f"<p>{inline}</p>\n")
        elif words or not _NOTHING.fullmatch(inline):
            self.out.append(inline)

    # Blocks

    def _open(self, token: Token) -> None:
        if token.name in _VOID_BLOCKS:
            self._block(token.text)
            return
        self._flush()
        if self._top == "p":
            self._pop()
        self.out.append(token.text)
        self.stack.append(token.name)
        self.split.append(False)
        self.open[token.name] += 1

    def _close(self, name: str) -> None:
        if not self.open[name]:
            self._flush()
            return
        self._flush()
        while self._pop() != name:
            pass

    def _pop(self) -> str:
        name = self.stack.pop()
        self.split.pop()
        self.open[name] -= 1
        if name in _EMPTY_GO and self.out and re.match(rf"<{name}\b", self.out[-1], re.IGNORECASE):
            self.out.pop()  # nothing came between
        else:
            self.out.append(f"</{name}>" + ("\n" if name in {"p", "blockquote", "ul", "ol", "div"} else ""))
        return name

    def _block(self, html: str) -> None:
        """A finished block. It ends a paragraph that is open around it."""
        self._flush()
        if self._top == "p":
            self._pop()
        self.out.append(html + "\n")
