"""The frame around every page: what the edition is called, which others there are, what the footer leads to."""

from dataclasses import dataclass, replace

from django import template
from django.conf import settings
from django.db.models import QuerySet
from django.template.base import FilterExpression
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language, override, to_locale

from articles import stale
from articles.calendars import CALENDARS, GREGORIAN, Calendar, month_in
from articles.kept import day, kept
from articles.languages import direction
from articles.models import Edition
from articles.prepared import prepared
from articles.rows import rows
from newsroom.pages.models import Page
from newsroom.sidebar import fragment

register = template.Library()

register.filter("direction", direction)


@dataclass(frozen=True)
class EditionLink:
    language: str
    name: str
    direction: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Chrome:
    name: str
    tagline: str
    about: str
    front: str
    language: str
    direction: str
    locale: str
    editions: list[EditionLink]
    pages: list[dict[str, str]]
    calendar: Calendar


@register.simple_tag(takes_context=True)
def chrome(context) -> Chrome:
    """The frame of this request's edition. Editions without a row are not offered to readers."""
    current = get_language() or settings.LANGUAGE_CODE
    tags = [stale.edition(code) for code, _name in settings.LANGUAGES]
    found: Chrome = kept(context["request"], ("chrome", current), lambda: _chrome(current), *tags)
    if alternates := context.get("alternates"):
        links = [replace(link, url=alternates.get(link.language) or link.url) for link in found.editions]
        found = replace(found, editions=links)
    return found


def _chrome(current: str) -> Chrome:
    """One query."""
    found = {edition.language: edition for edition in _editions()}
    links = [
        EditionLink(code, name, direction(code), _front(code), code == current)
        for code, name in settings.LANGUAGES
        if code in found
    ]
    edition = found.get(current)
    footer = sorted(getattr(edition, "page_rows", None) or [], key=lambda row: (row["position"], row["title"]))
    return Chrome(
        name=edition.name if edition else settings.SITE_NAME,
        tagline=edition.tagline if edition else "",
        about=edition.about if edition else "",
        front=_front(current),
        language=current,
        direction=direction(current),
        locale=to_locale(current),
        editions=links,
        pages=footer,
        calendar=CALENDARS[edition.archive_calendar] if edition else GREGORIAN,
    )


@prepared
def _editions() -> QuerySet[Edition]:
    pages = Page.objects.public().filter(in_menu=True)
    return Edition.objects.annotate(
        page_rows=rows(pages, "language", "language", title="title", slug="slug", position="position")
    )


@register.simple_tag
def site_name() -> str:
    """The site's own name, for pages that must not ask the database for the edition's."""
    return settings.SITE_NAME


def _front(language: str) -> str:
    with override(language):
        try:
            return reverse("articles:front")
        except NoReverseMatch:  # pragma: no cover (a site without a front page)
            return "/"


@register.simple_tag(takes_context=True)
def front_closing(context):
    """What stands below the blocks of the front page."""
    template = context.template.engine.get_template("articles/_closing.html")
    key = ("front", month_in(context["site"].calendar, day(context["request"])))
    language = get_language() or settings.LANGUAGE_CODE
    return fragment(context["request"], language, key, lambda: template.render(context))


@register.simple_tag(takes_context=True)
def sidebar(context):
    """What stands beside a page: the same for all pages of one line of categories, and of one month of the archive."""
    line, category = context.get("lineage") or [], context.get("calendar_category")
    chosen = context.get("calendar_day")
    key = (
        tuple(step.pk for step in line),
        category.pk if category else None,
        context.get("calendar_month") or month_in(context["site"].calendar, chosen or day(context["request"])),
        chosen,
    )
    template = context.template.engine.get_template("_sidebar.html")
    language = get_language() or settings.LANGUAGE_CODE
    return fragment(context["request"], language, key, lambda: template.render(context))


class KeepNode(template.Node):
    #: No block of a page stands in what pages share, and each rendering would look for it.
    child_nodelists = ()

    def __init__(self, name: str, vary: list[FilterExpression], nodelist: template.NodeList, is_listed: bool):
        self.name, self.vary, self.nodelist, self.is_listed = name, vary, nodelist, is_listed

    def render(self, context):
        if context.get("alternates"):
            return self.nodelist.render(context)
        language = get_language() or settings.LANGUAGE_CODE
        key = (self.name, language, day(context["request"]), *(part.resolve(context, True) for part in self.vary))
        if self.is_listed:
            return fragment(context["request"], language, key, lambda: self.nodelist.render(context))
        return kept(context["request"], key, lambda: self.nodelist.render(context), stale.edition(language))


@register.tag("keep_list")
@register.tag("keep")
def keep(parser, token):
    """`{% keep "name" this that %}…{% endkeep %}`: a piece that pages of an edition share for a day.

    It may show what an edition consists of, and what is named behind its own name; `keep_list` what its lists hold as
    well. A page whose story is in other editions too, and which leads elsewhere from its frame, has pieces of its own.
    """
    tag, name, *vary = token.split_contents()
    nodelist = parser.parse((f"end{tag}",))
    parser.delete_first_token()
    return KeepNode(name.strip('"'), [parser.compile_filter(part) for part in vary], nodelist, tag == "keep_list")
