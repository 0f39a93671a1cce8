import base64
import binascii
import heapq
import re
import struct
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles import abouts, analyser, archive, body, snippets, spelling, stale, taxonomy
from articles import search as engine
from articles.cards import cards, texts
from articles.kept import kept
from articles.languages import direction
from articles.lists import listed
from articles.metadata import short_name, site_address
from articles.models import Article, Author, AuthorName, Category, Edition, Tag, TagListing
from articles.numerals import numerals
from articles.prepared import filled, prepared
from articles.search import Match, Matches, Question, facet
from articles.views.lists import author_named, tag_named
from articles.xml import Writer

PAGE_SIZE = 20
#: Beyond so many the page says "1,000+".
MOST_COUNTED = 1_000
#: Authors and tags offered as filters: those with the most stories.
MOST_CHOICES = 20
#: Tags of an edition among which suggestions are looked for.
MOST_TAGS = 5_000
#: Of those that begin as is typed, how many the database is asked about.
MOST_BEGUN = 500
ALL = "all"
#: What a question is narrowed by, and the choices of each counted.
FILTERS = ("category", "author", "tag")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True)
class Asked:
    """What the address asks for, each part known to exist."""

    q: str
    category: Category | None = None
    author: Author | None = None
    tag: Tag | None = None
    since: date | None = None
    until: date | None = None
    language: str = ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.category or self.author or self.tag or self.since or self.until)

    @property
    def plain(self) -> str:
        return urlencode({"q": self.q, **({"language": self.language} if self.language else {})})

    @property
    def everywhere(self) -> str:
        return self.query(language=ALL)

    def query(self, **more: str) -> str:
        facts = {
            "q": self.q,
            "category": self.category.slug if self.category else "",
            "author": self.author.slug if self.author else "",
            "tag": self.tag.slug if self.tag else "",
            "from": self.since.isoformat() if self.since else "",
            "to": self.until.isoformat() if self.until else "",
            "language": self.language,
        }
        return urlencode({name: value for name, value in {**facts, **more}.items() if value})

    def facets(self) -> list[str]:
        found = [engine.PUBLISHED]
        if self.language != ALL:
            found.append(facet("language", self.language or get_language()))
        for kind in FILTERS:
            if row := getattr(self, kind):
                found.append(facet(kind, row.pk))
        return found


def _asked(request: HttpRequest) -> Asked:
    """Raises Http404 for a filter that the edition does not know, and for a day that is none."""
    given = {name: request.GET.get(name, "") for name in ("category", "author", "tag", "from", "to", "language")}
    category = None
    if given["category"]:
        category = taxonomy.tree(request).named(given["category"])
        if category is None:
            raise Http404("No such category.")
    language = given["language"]
    if language and language != ALL and language not in dict(settings.LANGUAGES):
        raise Http404("No such edition.")
    if "\x00" in given["author"] + given["tag"]:
        raise Http404("No such filter.")
    return Asked(
        q=" ".join(request.GET.get("q", "")[: engine.LONGEST_QUESTION].replace("\x00", " ").split()),
        category=category,
        author=author_named(given["author"]) if given["author"] else None,
        tag=tag_named(given["tag"]) if given["tag"] else None,
        since=_day(given["from"]),
        until=_day(given["to"]),
        language="" if language == get_language() else language,
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
        if day is None or not 1000 <= day.year <= 9000:
            raise ValueError(text)
    except ValueError as error:
        raise Http404("No such day.") from error
    return day


def _bounds(asked: Asked) -> dict[str, Any]:
    return {
        "facets": asked.facets(),
        "since": archive.start_of(asked.since) if asked.since else None,
        "until": archive.start_of(asked.until + timedelta(days=1)) if asked.until else None,
        "now": timezone.now(),
    }


def _find(question: Question, asked: Asked, as_of: int | None = None) -> Matches:
    return engine.find(question, **_bounds(asked), as_of=as_of)


# Paging: a place in the order is points and place, and the moment from which age is counted

_CURSOR = struct.Struct(">qqq")


def _cursor(as_of: int, match: Match) -> str:
    return base64.urlsafe_b64encode(_CURSOR.pack(as_of, match.points, match.place)).decode().rstrip("=")


def _read_cursor(request: HttpRequest) -> tuple[str, tuple[int, int, int] | None]:
    """Which side of which place. Raises Http404 for a cursor that is not ours."""
    given = [(name, request.GET[name]) for name in ("older", "newer") if request.GET.get(name)]
    if not given:
        return "", None
    try:
        [(side, text)] = given
        return side, _CURSOR.unpack(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, struct.error) as error:
        raise Http404("No such page of the results.") from error


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Raises Http404 for filters, days and cursors that nobody could have been given."""
    asked = _asked(request)
    side, place = _read_cursor(request)
    if asked.language:
        stale.shows(request, *(stale.lists(code) for code, _name in settings.LANGUAGES))
    question = engine.ask(asked.q)
    context: dict[str, Any] = {"asked": asked, "most": MOST_COUNTED}
    if question:
        # By the hour, so that the page is the same bytes for everybody who asks within it.
        as_of = place[0] if place else int(timezone.now().timestamp()) // 3600 * 3600
        found = _find(question, asked, as_of)
        page, is_first, is_last = _page(found, side, place)
        context |= {
            "results": _results(request, page, question),
            "total": min(len(found), MOST_COUNTED),
            "is_many": len(found) > MOST_COUNTED,
            "newer": "" if is_first else asked.query(newer=_cursor(as_of, page[0])),
            "older": "" if is_last else asked.query(older=_cursor(as_of, page[-1])),
            "choices": _choices(request, asked, _counts(question, asked, found.places)),
        }
        if not found:
            context["suggestion"] = _suggestion(request, asked)
    elif asked.q:
        context["only_leaves_out"] = bool(question.without)
        context |= {"results": [], "total": 0, "choices": _choices(request, asked, _counts(question, asked, []))}
    return render(request, "articles/search.html", context)


def _page(found: Matches, side: str, place: tuple[int, int, int] | None) -> tuple[list[Match], bool, bool]:
    """The matches of one page, whether it is the first, whether the last."""
    begin = 0
    if place:
        here = Match(*place[1:])
        begin = found.before(here)
        if side == "newer":
            begin = max(0, begin - PAGE_SIZE)
        elif found[begin : begin + 1] == [here]:
            begin += 1
    page = found[begin : begin + PAGE_SIZE]
    return page, begin == 0 or not page, begin + PAGE_SIZE >= len(found)


@dataclass(frozen=True)
class Found:
    article: Article
    headline: snippets.Parts
    snippet: snippets.Parts

    @property
    def direction(self) -> str:
        return direction(self.article.language)


def _results(request: HttpRequest, page: list[Match], question: Question) -> list[Found]:
    articles = cards(request, [match.article for match in page])
    quoted = texts(request, articles.values(), snippets.LONGEST + 2 * snippets.LENGTH)
    shown = []
    for article in (articles[match.article] for match in page if match.article in articles):
        text = quoted.get(article.pk, "")
        snippet = snippets.snippet(text, question) or snippets.mark(
            article.teaser or body.shortened(text, snippets.LENGTH), question
        )
        shown.append(Found(article, snippets.mark(article.headline, question), snippet))
    return shown


# Filters


_SELECTED = format_html(" {}", "selected")


@dataclass(frozen=True)
class Choice:
    name: str
    label: str
    any: str
    chosen: str
    #: Value, label, and how many stories bear it where that is counted.
    options: Sequence[tuple[str, str, int | None]]

    @property
    def html(self) -> str:
        """The options as elements, in one piece: there are many of them on a page."""
        texts: list[str] = []
        for value, label, count in [("", self.any, None), *self.options]:
            counted = label if count is None else f"{label} ({numerals(count)})"
            texts += (value, _SELECTED if value == self.chosen else "", counted)
        return format_html('<option value="{}"{}>{}</option>\n' * (len(texts) // 3), *texts)


def _counts(question: Question, asked: Asked, found: list[int]) -> dict[str, Counter[str]]:
    """For each filter, how many matches bear each facet: with the other filters applied, and not this one, so that
    what is chosen in it hides nothing that could be chosen instead. One query for each filter that is in use."""
    used = [kind for kind in FILTERS if getattr(asked, kind)]
    wider = [engine.newest(question, **_bounds(_without(asked, kind))) for kind in used]
    narrowed, *others = abouts.count([found, *wider])
    return dict.fromkeys(FILTERS, narrowed) | dict(zip(used, others, strict=True))


def _without(asked: Asked, kind: str) -> Asked:
    nothing: dict[str, Any] = {kind: None}
    return replace(asked, **nothing)


def _choices(request: HttpRequest, asked: Asked, counts: dict[str, Counter[str]]) -> list[Choice]:
    def of(kind: str, row: Any) -> int:
        return counts[kind][facet(kind, row.pk)]

    categories = [
        (category.slug, f"{'– ' * depth}{category.name}", of("category", category))
        for depth, category in taxonomy.tree(request).flat()
        if of("category", category) or category == asked.category
    ]
    authors = _most("author", counts["author"], asked.author, _authors, language=get_language())
    tags = _most("tag", counts["tag"], asked.tag, _tags)
    languages: list[tuple[str, str, None]] = [(ALL, _("All languages"), None)]
    languages += [(code, name, None) for code, name in settings.LANGUAGES if code != get_language()]
    choices = [
        Choice("category", _("Section"), _("All sections"), asked.category.slug if asked.category else "", categories),
        Choice(
            "author",
            _("Author"),
            _("All authors"),
            asked.author.slug if asked.author else "",
            [(row.slug, row.translated_name or row.name, of("author", row)) for row in authors],
        ),
        Choice(
            "tag",
            _("Tag"),
            _("All tags"),
            asked.tag.slug if asked.tag else "",
            [(row.slug, row.name, of("tag", row)) for row in tags],
        ),
        Choice("language", _("Edition"), _("This edition"), asked.language, languages),
    ]
    return [choice for choice in choices if choice.options]


def _most(kind: str, counts: Counter[str], chosen: Any, rows: Callable[..., list[Any]], **about: str) -> list[Any]:
    """The rows with the most matches, by name."""
    prefix = facet(kind, "")
    words = heapq.nlargest(MOST_CHOICES, ((count, word) for word, count in counts.items() if word.startswith(prefix)))
    numbers = {int(word.removeprefix(prefix)) for _count, word in words} | ({chosen.pk} if chosen else set())
    if not numbers:
        return []
    return sorted(rows(numbers=filled(numbers, 10), **about), key=lambda row: (row.name.casefold(), row.pk))


@prepared
def _authors(*, numbers: tuple[int, ...], language: str) -> QuerySet[Author]:
    names = AuthorName.objects.filter(author=OuterRef("pk"), language=language)
    return Author.objects.annotate(translated_name=Subquery(names.values("name"))).filter(pk__in=numbers)


@prepared
def _tags(*, numbers: tuple[int, ...]) -> QuerySet[Tag]:
    return Tag.objects.filter(pk__in=numbers)


# Did you mean, and what may be meant while somebody types


def _suggestion(request: HttpRequest, asked: Asked) -> dict[str, str] | None:
    language = asked.language if asked.language not in ("", ALL) else get_language()
    tags = (stale.lists(language), stale.edition(language))
    known = kept(request, ("vocabulary", language), lambda: spelling.vocabulary(language), *tags)
    words = spelling.nearest(asked.q, known)
    if not words or not _find(engine.ask(words), asked):
        return None
    return {"words": words, "address": f"?{asked.query(q=words)}"}


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """Sections, tags and stories that begin like what is being typed, with the addresses of their pages, as JSON."""
    asked = Asked(q=" ".join(request.GET.get("q", "")[: engine.LONGEST_QUESTION].replace("\x00", " ").split()))
    found: dict[str, str] = {}
    if len(asked.q) > 1:
        begin = analyser.fold(asked.q).strip()
        sections = [
            category
            for _depth, category in taxonomy.tree(request).flat()
            if begin and analyser.fold(category.name).startswith(begin)
        ]
        names = [name for folded, name in _tag_names(request) if begin and folded.startswith(begin)]
        used = listed(now=timezone.now(), language=get_language(), tag=OuterRef("pk"))
        begun = Q(name__in=names[:MOST_BEGUN]) | Q(name__istartswith=asked.q)  # the second, also of those not read
        tags = Tag.objects.filter(begun, Exists(used)).order_by("name")[:3]
        matches = _find(engine.ask(asked.q), asked)[:5]
        stories = Article.objects.public().in_bulk([match.article for match in matches])
        for row in [*sections[:2], *tags]:
            found.setdefault(row.name, row.get_absolute_url())
        for story in (stories[match.article] for match in matches if match.article in stories):
            found.setdefault(story.headline, story.get_absolute_url())
    answer = {"suggestions": list(found), "addresses": list(found.values())}
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False})


def _tag_names(request: HttpRequest) -> list[tuple[str, str]]:
    """The edition's tags as they are compared and as they are written; some may have no public story any more."""
    language = get_language()

    def read() -> list[tuple[str, str]]:
        listings = TagListing.objects.filter(tag=OuterRef("pk"), language=language)
        tags = Tag.objects.filter(Exists(listings)).order_by("name")
        return [(analyser.fold(name), name) for name in tags.values_list("name", flat=True)[:MOST_TAGS]]

    return kept(request, ("tag names", language), read, stale.lists(language), stale.edition(language))


@require_safe
def opensearch(request: HttpRequest) -> HttpResponse:
    """The edition's search for a browser's own search box."""
    edition = Edition.objects.filter(language=get_language()).only("name").first()
    name = edition.name if edition else settings.SITE_NAME
    xml = Writer()
    xml.begin("OpenSearchDescription", {"xmlns": "http://a9.com/-/spec/opensearch/1.1/"})
    xml.add("ShortName", short_name(name, 16))
    xml.add("LongName", short_name(name, 48))
    xml.add("Description", _("Search the stories of %(name)s") % {"name": name[:900]})
    xml.add("Language", get_language())
    xml.add("InputEncoding", "UTF-8")
    xml.add("OutputEncoding", "UTF-8")
    xml.add("Image", site_address(static("img/favicon.ico")), width="32", height="32", type="image/x-icon")
    address = site_address(reverse("articles:search"))
    xml.add("Url", type="text/html", template=f"{address}?q={{searchTerms}}")
    xml.endElement("OpenSearchDescription")
    return HttpResponse(xml.bytes(), content_type="application/opensearchdescription+xml; charset=utf-8")
