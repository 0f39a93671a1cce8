"""Whether a browser could be harmed by HTML: an independent reading of it, sharing nothing with the sanitiser.

html5lib builds the tree that the HTML standard asks of browsers; the rules below are written from the standard's list
of what runs, loads or submits. Both readings of <noscript> are judged, with scripts on and off.
"""

import re
import warnings

import html5lib

XHTML = "{http://www.w3.org/1999/xhtml}"

#: Attributes that hold one address, in any vocabulary that browsers know.
ADDRESSES = frozenset(
    "action archive background cite classid codebase data dynsrc formaction from href icon longdesc lowsrc manifest"
    " ping poster profile src to usemap values".split()
)
ADDRESS_LISTS = frozenset(["srcset", "imagesrcset"])
SCHEMES = frozenset(["http", "https", "mailto", "tel"])
#: Elements that no page of ours needs.
NEVER = frozenset(
    "applet base bgsound embed frame frameset iframe fencedframe isindex keygen marquee object plaintext portal xml"
    " animate animatemotion animatetransform set foreignobject handler listener discard".split()
)
#: <script type=…> that is data and never runs.
DATA_TYPES = frozenset(["application/json", "application/ld+json"])
STYLE_THAT_ACTS = re.compile(r"url\s*\(|expression|behaviou?r|-moz-binding|javascript|@import|\\", re.IGNORECASE)

#: What the body of an article may consist of, as the product's page promises it: written here a second time on purpose.
BODY = {
    tag: frozenset(names.split()) | {"class", "dir", "lang"}
    for tag, names in {
        **dict.fromkeys("p br hr h2 h3 h4 ul li dl dt dd blockquote pre footer figure figcaption picture".split(), ""),
        **dict.fromkeys("strong b em i u s del ins mark small sub sup code kbd cite q bdi span".split(), ""),
        **dict.fromkeys("table caption thead tbody tfoot tr".split(), ""),
        "ol": "start reversed",
        "a": "href title hreflang rel",
        "abbr": "title",
        "time": "datetime",
        "td": "colspan rowspan",
        "th": "colspan rowspan scope",
        "img": "src alt width height srcset sizes loading decoding",
        "source": "type srcset sizes",
        "div": "role tabindex aria-label",
    }.items()
}
BODY_CLASSES = frozenset("pull data num scroll video credit align-start align-center align-end".split())
#: Ends of lines and tabs are white space; the rest of C0, C1 and the lone surrogates have no place in a page.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def unsafe_parts(html: str, *, body: bool = False) -> list[str]:
    """What in a page or a piece of one is unsafe, each as a few words; empty where nothing is.

    A page may hold forms, and scripts out of our own static files. `body=True` is the stricter question, asked of what
    the sanitiser returns: only the elements and attributes of a body, nothing that is fetched from another host.
    """
    found: list[str] = []
    # html5lib's own reading of a decimal reference of more than 4,300 digits fails; a browser's is U+FFFD.
    html = re.sub(r"&#[0-9]{9,};?", "\ufffd", html)
    # Scripts on or off change the reading of <noscript> and of nothing else.
    for scripting in (True, False) if "noscript" in html.lower() else (True,):
        for element in _elements(html, scripting):
            found.extend(_judge(element, body))
    if body and UNPRINTABLE.search(html):
        found.append("control character or lone surrogate")
    return list(dict.fromkeys(found))


def _elements(html: str, scripting: bool):
    parser = html5lib.HTMLParser(namespaceHTMLElements=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # html5lib's remarks on names that XML cannot hold
        if re.match(r"\s*<(?:!doctype|html)", html, re.IGNORECASE):
            root = parser.parse(html, scripting=scripting)
        else:
            root = parser.parseFragment(html, container="div", scripting=scripting)
    return [element for element in root.iter() if isinstance(element.tag, str) and element is not root]


def _judge(element, body: bool):
    is_html = element.tag.startswith(XHTML)
    tag = element.tag.rpartition("}")[2].lower()
    attributes = {str(name).rpartition("}")[2].lower(): value or "" for name, value in element.attrib.items()}
    if tag in NEVER:
        yield f"<{tag}>"
    if tag == "script":
        yield from _judge_script(element, attributes)
    if tag == "style" and (body or "nonce" not in attributes):
        yield "<style>"
    if tag == "meta" and attributes.get("http-equiv", "").strip().lower() in {"refresh", "set-cookie"}:
        yield "<meta http-equiv>"
    if (
        tag == "link"
        and _is_foreign(attributes.get("href", ""))
        and attributes.get("rel", "").lower()
        in {
            "stylesheet",
            "import",
            "manifest",
            "modulepreload",
            "preload",
            "prefetch",
        }
    ):
        yield "<link> that fetches from another host"
    if tag in {"form", "button", "input"} and any(
        _is_foreign(attributes.get(name, "")) for name in ("action", "formaction")
    ):
        yield f"<{tag}> that submits to another host"
    for name, value in attributes.items():
        yield from _judge_attribute(tag, name, value)
    if body:
        yield from _judge_body(tag, attributes, is_html)


def _judge_script(element, attributes):
    if attributes.get("type", "").strip().lower() in DATA_TYPES:
        return
    source = attributes.get("src", "")
    if source and not (source.startswith("/static/") and ".." not in source):
        yield f"<script src={source[:60]!r}>"
    if not source and "nonce" not in attributes:
        yield f"<script> {(element.text or '')[:60]!r}"


def _judge_attribute(tag, name, value):
    # A handler's name is told by its beginning; a stray quote or slash in it is no handler for a browser either.
    if re.match(r"on[a-z]", name):
        yield f"<{tag} {name}>"
    if name == "srcdoc":
        yield f"<{tag} srcdoc>"
    if name == "style" and STYLE_THAT_ACTS.search(value):
        yield f"<{tag} style>"
    # “from”, “to” and “values” are addresses only in an animation, which is refused above.
    if name in ADDRESSES and not _has_safe_scheme(value):
        yield f"<{tag} {name}={value[:60]!r}>"
    if name in ADDRESS_LISTS and not all(_has_safe_scheme(part.strip()) for part in value.split(",")):
        yield f"<{tag} {name}={value[:60]!r}>"


def _judge_body(tag, attributes, is_html):
    if not is_html or tag not in BODY:
        yield f"<{tag}> in a body"
        return
    for name, value in attributes.items():
        if name not in BODY[tag]:
            yield f"<{tag} {name}> in a body"
        if name == "class" and not set(value.split()) <= BODY_CLASSES:
            yield f"<{tag} class={value[:60]!r}>"
        if name == "href" and not re.match(r"(?:https?://|mailto:|/(?![/\\])|#)", value, re.IGNORECASE):
            yield f"<{tag} href={value[:60]!r}> is neither a full address nor one from our root"
        if name in {"href", "src"} and re.search(r"[\s\\\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\ufeff]", value):
            yield f"<{tag} {name}> with odd white space"
        if name == "src" and _is_foreign(value):
            yield f"<{tag} src> from another host"
        if name in ADDRESS_LISTS and any(_is_foreign(part.strip()) for part in value.split(",")):
            yield f"<{tag} {name}> from another host"


def _address(value: str) -> str:
    """As a browser reads it: C0 and spaces off the ends, tabs and ends of lines out of the middle."""
    ends = "".join(map(chr, range(0x21)))
    return re.sub(r"[\t\n\r]", "", value.strip(ends))


def _has_safe_scheme(value: str) -> bool:
    scheme = re.match(r"([a-z][a-z0-9+.-]*):", _address(value), re.IGNORECASE)
    return scheme is None or scheme[1].lower() in SCHEMES


def _is_foreign(value: str) -> bool:
    return bool(re.match(r"(?:[a-z][a-z0-9+.-]*:|[/\\]{2})", _address(value), re.IGNORECASE))
