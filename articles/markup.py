"""Reading HTML of any origin into a small tree, in linear time and of bounded depth, whatever the text is.

The tokens are those of the HTML standard, so that there is one reading of a string and a browser's is the same. The
tree holds only what an article may consist of, each thing where it may stand, so that no parser after this one has
anything to repair: repairs are where two parsers differ, and where time goes. It is no promise of safety;
articles/body.py makes that, with two sanitisers over what this returns.
"""

import html as entities
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.entities import html5

# Elements by what they may hold

#: Hold words only; the next block ends them.
LINES = frozenset(["p", "h2", "h3", "h4", "pre"])
HEADINGS = frozenset(["h2", "h3", "h4"])
LISTS = frozenset(["ul", "ol"])
CELLS = frozenset(["td", "th", "caption"])
ROW_GROUPS = frozenset(["thead", "tbody", "tfoot"])
#: Parts of a table that hold no words themselves.
TABLE_PARTS = frozenset(["table", "tr"]) | ROW_GROUPS
BLOCKS = (
    LINES
    | LISTS
    | CELLS
    | TABLE_PARTS
    | frozenset(["li", "dl", "dt", "dd", "blockquote", "footer", "figure", "figcaption", "hr", "div"])
)
INLINE = frozenset(
    "a abbr b bdi cite code del em i ins kbd mark q s small span strong sub sup time u".split()
)  # fmt: skip
VOID = frozenset(["br", "hr", "img", "source"])

#: Elements that come in as another; <div> itself is only built by us.
RENAMED = {
    "h1": "h2",  # the headline is the page's h1
    "h5": "h4",
    "h6": "h4",
    **dict.fromkeys(
        "address article aside center details dialog div fieldset form header hgroup legend main nav section"
        " summary".split(),
        "p",
    ),
    "acronym": "abbr",
    "dir": "ul",
    "listing": "pre",
    "menu": "ul",
    "strike": "s",
    "tt": "code",
}

#: Elements whose text is not for reading: cut whole.
CUT = frozenset(
    "script style noscript template iframe object svg math textarea select title head noembed noframes xmp applet audio"
    " canvas datalist video".split()
)
#: Of these, those in which a browser sees no tags: without an end they last to the end of the text.
RAW = frozenset("script style noscript iframe textarea title noembed noframes xmp".split())

#: Containers nest so deep, then words alone go on; what a table or list adds by itself comes on top.
MAX_DEPTH = 40
MAX_INLINE = 8
#: A text with more elements is no article.
MAX_NODES = 40_000
#: A text node with more of these is no article either: bleach needs quadratic time for them.
MAX_ESCAPES = 5_000

#: The white space of HTML; a no-break space is a word to it.
WHITE = " \t\n"
#: What has no place in a page, a column or a feed.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def printable(text: str) -> str:
    """Without control characters, lone surrogates and noncharacters; ends of lines as LF."""
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


# Tokens


@dataclass(frozen=True, slots=True)
class Tag:
    name: str
    attributes: dict[str, str]
    closing: bool = False


_TAG_NAME = re.compile(r"[a-zA-Z][^\t\n />]*")
_GAP = re.compile(r"[\t\n /]*")
_SPACE = re.compile(r"[\t\n ]*")
_ATTRIBUTE_NAME = re.compile(r"=?[^\t\n />=]*")
_UNQUOTED = re.compile(r"[^\t\n >]*")
_COMMENT_END = re.compile(r"--!?>")
_LETTER = re.compile(r"[a-zA-Z]")
#: A reference to no character; int() refuses thousands of digits.
_HUGE_NUMBER = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")
_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|([a-zA-Z][a-zA-Z0-9]*)(;|(?![=a-zA-Z0-9])))")


def decoded(text: str) -> str:
    """Text with its character references resolved."""
    if "&" not in text:
        return text
    return printable(entities.unescape(_HUGE_NUMBER.sub("\ufffd", text)))


def _decoded_value(text: str) -> str:
    """The same in an attribute, where “&copy=1” is no ©: addresses are full of such."""
    if "&" not in text:
        return text
    return printable(_REFERENCE.sub(_resolved, _HUGE_NUMBER.sub("\ufffd", text)))


def _resolved(found: re.Match) -> str:
    if found[1]:
        return html5.get(found[1] + found[2], found[0])
    return entities.unescape(found[0])


def tokens(html: str) -> Iterator[str | Tag]:
    """Texts, resolved, and tags; comments and the elements of CUT are left out with what is in them."""
    html = printable(html)
    place = 0
    never_closed: set[str] = set()
    while place < len(html):
        start = html.find("<", place)
        if start < 0:
            start = len(html)
        if start > place:
            yield decoded(html[place:start])
        place = start + 1
        if _LETTER.match(html, place) or (html.startswith("/", place) and _LETTER.match(html, place + 1)):
            closing = html[place] == "/"
            tag, place = _tag(html, place + closing, closing)
            if tag is None:
                return  # a tag without an end is nothing to a browser, up to the end
            if closing or tag.name not in CUT or (tag.name in {"svg", "math"} and html[place - 2] == "/"):
                yield tag
            elif tag.name not in never_closed:
                end = _end_of(tag.name, html, place)
                if end is None and tag.name in RAW:
                    return
                if end is None:
                    never_closed.add(tag.name)
                place = end or place
        elif html.startswith("!--", place):
            place = _end_of_comment(html, place + 3)
        elif html.startswith(("!", "?", "/"), place) and place + 1 < len(html):
            place = html.find(">", place) + 1 or len(html)
        elif start < len(html):
            yield "<"


def _after(pattern: re.Pattern[str], html: str, place: int) -> int:
    """Where what the pattern matches at `place` is over."""
    found = pattern.match(html, place)
    return found.end() if found else place


def _tag(html: str, place: int, closing: bool) -> tuple[Tag | None, int]:
    begin, place = place, _after(_TAG_NAME, html, place)
    name = html[begin:place].lower()
    attributes: dict[str, str] = {}
    while True:
        place = _after(_GAP, html, place)
        if place >= len(html):
            return None, place
        if html[place] == ">":
            return Tag(name, attributes, closing), place + 1
        begin, place = place, _after(_ATTRIBUTE_NAME, html, place)
        attribute = html[begin:place].lower()
        place = _after(_SPACE, html, place)
        value = ""
        if html.startswith("=", place):
            place = _after(_SPACE, html, place + 1)
            if html.startswith(('"', "'"), place):
                end = html.find(html[place], place + 1)
                if end < 0:
                    return None, place
                value, place = html[place + 1 : end], end + 1
            else:
                begin, place = place, _after(_UNQUOTED, html, place)
                value = html[begin:place]
        attributes.setdefault(attribute, _decoded_value(value))  # the first of two counts, as in browsers


def _end_of(name: str, html: str, place: int) -> int | None:
    """Where the element that begins before `place` is over; None if it never is."""
    found = re.compile(rf"</{name}(?=[\t\n />])", re.IGNORECASE).search(html, place)
    return found and _tag(html, found.start() + 2, True)[1]


def _end_of_comment(html: str, place: int) -> int:
    for short in (">", "->"):
        if html.startswith(short, place):
            return place + len(short)
    found = _COMMENT_END.search(html, place)
    return found.end() if found else len(html)


# The tree


@dataclass
class Node:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    def html(self) -> str:
        """The element and what is in it; only what is in it for the root, which has no name."""
        inner = "".join(
            entities.escape(child, quote=False) if isinstance(child, str) else child.html() for child in self.children
        )
        if not self.tag:
            return inner
        words = "".join(f' {name}="{entities.escape(value)}"' for name, value in self.attributes.items())
        return f"<{self.tag}{words}>" if self.tag in VOID else f"<{self.tag}{words}>{inner}</{self.tag}>"

    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)

    def elements(self) -> list["Node"]:
        return [child for child in self.children if isinstance(child, Node)]

    def has(self, *tags: str) -> bool:
        return any(child.tag in tags or child.has(*tags) for child in self.elements())


class TooMuch(ValueError):
    """More elements, or more to escape in one text, than an article has."""


def read(html: str, allowed: Callable[[str, str, str], str | None]) -> Node:
    """The tree of a body; `allowed(tag, attribute, value)` returns the value to keep, or None. Raises TooMuch."""
    builder = _Builder(allowed)
    for token in tokens(html):
        if isinstance(token, str):
            builder.text(token)
        elif token.closing:
            builder.end(RENAMED.get(token.name, token.name))
        else:
            builder.start(RENAMED.get(token.name, token.name), token.attributes)
    builder.join(builder.root)
    return builder.root


_ALIGNED = re.compile(r"(?:^|;)\s*text-align\s*:\s*(start|center|end)\b", re.IGNORECASE)


def _shown(inline: list[tuple[str, Node | None]]) -> list[Node]:
    return [node for _tag, node in inline if node]


class _Builder:
    """Elements open and close as in a browser, with what they may hold kept valid.

    `open` is the line of elements from the root to where text goes. `inline` is what the source has opened and not
    closed of emphasis, links and their like: it is opened anew in each block, when the first word comes, and never
    spans blocks. What marks nothing (a span without attributes, a link without address) is None there and waits for
    its end tag.
    """

    def __init__(self, allowed: Callable[[str, str, str], str | None]):
        self.allowed = allowed
        self.root = Node("")
        self.open = [self.root]
        self.inline: list[tuple[str, Node | None]] = []
        self.outside: list[list] = []  # `inline` as it was before each open cell, which is a world of its own
        self.nodes = 0

    # What comes in

    def text(self, text: str) -> None:
        if not text.strip(WHITE):
            if self.open[-1].tag not in TABLE_PARTS:
                self.open[-1].children.append(text)
            return
        if self._top_block().tag in TABLE_PARTS:  # words between cells stand before the table
            place = max(place for place, node in enumerate(self.open) if node.tag == "table")
            self.open[place - 1].children.insert(-1, text)
            return
        self._to_words()
        self.open[-1].children.append(text)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in INLINE:
            self._start_inline(tag, attributes)
        elif tag in {"br", "img"}:
            if self._top_block().tag not in TABLE_PARTS:
                self._to_words()
                self.open[-1].children.append(self._node(tag, attributes))
        elif tag in CELLS | TABLE_PARTS:
            self._start_table_part(tag, attributes)
        elif tag in BLOCKS:
            self._start_block(tag, attributes)

    def end(self, tag: str) -> None:
        if tag in INLINE:
            self._end_inline(tag)
            return
        beyond = frozenset() if tag == "table" else frozenset(["table"])
        if tag not in CELLS | TABLE_PARTS:
            beyond |= CELLS
        if tag == "li":
            beyond |= LISTS
        tags = HEADINGS if tag in HEADINGS else {tag}
        if place := self._nearest(tags, beyond):
            self._close(place)

    # Words and what marks them

    def _start_inline(self, tag: str, attributes: dict[str, str]) -> None:
        if self._top_block().tag in TABLE_PARTS or len(self.inline) >= 50:
            return
        if tag == "a":
            self._end_inline("a")
        node = self._node(tag, attributes)
        if (tag == "span" and not node.attributes) or (tag == "a" and "href" not in node.attributes):
            self.inline.append((tag, None))
        elif len(_shown(self.inline)) < MAX_INLINE:
            self.inline.append((tag, node))

    def _end_inline(self, tag: str) -> None:
        places = [place for place, (name, _node) in enumerate(self.inline) if name == tag]
        if not places:
            return
        place = places[-1]
        if self.inline[place][1]:
            first = len(self.open) - self._open_inline()
            del self.open[first + len(_shown(self.inline[:place])) :]
        del self.inline[place]

    def _to_words(self) -> None:
        """Open what words need around them: an item in a list, and the inline elements of the source."""
        if self._top_block().tag in LISTS | {"dl"}:
            self._to_item()
        for node in _shown(self.inline)[self._open_inline() :]:
            self._push(Node(node.tag, dict(node.attributes)))

    def _to_item(self) -> None:
        """Into the last item of the list that is open, or a new one: only items stand in a list."""
        parent = self._top_block()
        if parent.tag == "dl":
            self._push(Node("dd"))
        elif items := parent.elements():
            self.open.append(items[-1])
        else:
            self._push(Node("li"))

    # Blocks

    def _start_block(self, tag: str, attributes: dict[str, str]) -> None:
        if self._top_block().tag in TABLE_PARTS:
            return
        if self._ends_nothing(tag):
            self.open[-1].children.append("\n")
            return
        del self.open[len(self.open) - self._open_inline() :]
        if self.open[-1].tag in LINES:
            self._close(len(self.open) - 1)
        tag = self._in_its_place(tag)
        if tag not in {"li", "dt", "dd"} and self.open[-1].tag in LISTS | {"dl"}:
            self._to_item()
            if self.open[-1].tag in LINES:
                self._close(len(self.open) - 1)
        if tag not in {"li", "dt", "dd"} and len(self.open) > MAX_DEPTH:
            return
        node = self._node(tag, attributes)
        if tag == "hr":
            self.open[-1].children.append(node)
        else:
            self._push(node, counted=True)

    def _ends_nothing(self, tag: str) -> bool:
        """A paragraph within a heading, a caption or preformatted text is no more than the end of a line."""
        block = self._top_block().tag
        return block == "caption" or (tag == "p" and block in LINES - {"p"})

    def _in_its_place(self, tag: str) -> str:
        """The element as which it may stand here, once the one that it ends is closed: often a paragraph."""
        if tag in {"li", "dt", "dd"}:
            same = {"li"} if tag == "li" else {"dt", "dd"}
            if place := self._nearest(same, BLOCKS - same - {"p"}):
                self._close(place)
            return tag if self.open[-1].tag in (LISTS if tag == "li" else {"dl"}) else "p"
        if tag == "figcaption":
            parent = self.open[-1]
            is_first = parent.tag == "figure" and all(node.tag != tag for node in parent.elements())
            return tag if is_first else "p"
        if tag == "footer":
            return tag if self.open[-1].tag == "blockquote" else "p"
        return tag

    def _start_table_part(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table":
            self._start_block(tag, attributes)
            return
        parents = {
            "tr": ROW_GROUPS | {"table"},
            "td": TABLE_PARTS,
            "th": TABLE_PARTS,
        }.get(tag, frozenset(["table"]))
        place = self._nearest(parents, frozenset())
        if not place or (tag == "caption" and self.open[place].elements()):
            return
        self._close(place + 1)
        if tag in {"tr", "td", "th"} and self.open[-1].tag == "table":
            self._push(Node("tbody"))
        if tag in {"td", "th"} and self.open[-1].tag != "tr":
            self._push(Node("tr"))
        self._push(self._node(tag, attributes), counted=True)
        if tag in CELLS:
            self.outside.append(self.inline)
            self.inline = []

    # The line of open elements

    def _node(self, tag: str, attributes: dict[str, str]) -> Node:
        self._count()
        aligned = _ALIGNED.search(attributes.get("style", "")[:1000])
        if aligned:
            attributes = {**attributes, "class": f"{attributes.get('class', '')} align-{aligned[1].lower()}"}
        found = ((name, self.allowed(tag, name, value)) for name, value in attributes.items())
        return Node(tag, {name: value for name, value in found if value is not None})

    def _push(self, node: Node, counted: bool = False) -> None:
        if not counted:
            self._count()
        self.open[-1].children.append(node)
        self.open.append(node)

    def _count(self) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise TooMuch

    def _open_inline(self) -> int:
        """How many inline elements stand open in the block that is open; they are the first ones of `inline`."""
        count = 0
        while self.open[-1 - count].tag in INLINE:
            count += 1
        return count

    def _top_block(self) -> Node:
        return self.open[-1 - self._open_inline()]

    def _nearest(self, tags: set[str] | frozenset[str], beyond: frozenset[str]) -> int:
        """The place of the innermost open element of `tags`, 0 if there is none on this side of one of `beyond`."""
        for place in range(len(self.open) - 1, 0, -1):
            if self.open[place].tag in tags:
                return place
            if self.open[place].tag in beyond:
                return 0
        return 0

    def _close(self, place: int) -> None:
        """Close the open elements from `place` on."""
        for node in reversed(self.open[place:]):
            if node.tag in CELLS:
                self.inline = self.outside.pop()
        del self.open[place:]

    def join(self, node: Node) -> None:
        """Join texts that lie side by side, here and below."""
        children: list[Node | str] = []
        texts: list[str] = []
        for child in [*node.children, None]:
            if isinstance(child, str):
                texts.append(child)
                continue
            if texts:
                text = "".join(texts)
                if sum(map(text.count, "&<>")) > MAX_ESCAPES:
                    raise TooMuch
                children.append(text)
                texts.clear()
            if child is not None:
                self.join(child)
                children.append(child)
        node.children = children
