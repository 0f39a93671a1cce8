"""The frame around every page: what the edition is called, which others there are, what the footer leads to."""

from dataclasses import dataclass

from django import template
from django.conf import settings
from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import get_language, override, to_locale

from articles.calendars import CALENDARS, GREGORIAN, Calendar, month_in
from articles.languages import direction
from articles.models import Edition
from articles.prepared import prepared
from articles.rows import rows
from newsroom.pages.models import Page
from newsroom.sidebar import kept

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
    language: str
    direction: str
    locale: str
    editions: list[EditionLink]
    pages: list[dict[str, str]]
    calendar: Calendar


@register.simple_tag(takes_context=True)
def chrome(context) -> Chrome:
    """The frame of this request's edition; one query. Editions without a row are not offered to readers."""
    current = get_language() or settings.LANGUAGE_CODE
    found = {edition.language: edition for edition in _editions()}
    alternates = context.get("alternates") or {}
    links = [
        EditionLink(code, name, direction(code), alternates.get(code) or _front(code), code == current)
        for code, name in settings.LANGUAGES
        if code in found
    ]
    edition = found.get(current)
    footer = sorted(getattr(edition, "page_rows", None) or [], key=lambda row: (row["position"], row["title"]))
    return Chrome(
        name=edition.name if edition else settings.SITE_NAME,
        tagline=edition.tagline if edition else "",
        about=edition.about if edition else "",
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
    key = ("front", month_in(context["site"].calendar, timezone.localdate()))
    return kept(get_language() or settings.LANGUAGE_CODE, key, lambda: template.render(context))


@register.simple_tag(takes_context=True)
def sidebar(context):
    """What stands beside a page: the same for all pages of one line of categories, and of one month of the archive."""
    line, category = context.get("lineage") or [], context.get("calendar_category")
    day = context.get("calendar_day")
    key = (
        tuple(step.pk for step in line),
        category.pk if category else None,
        context.get("calendar_month") or month_in(context["site"].calendar, day or timezone.localdate()),
        day,
    )
    template = context.template.engine.get_template("_sidebar.html")
    return kept(get_language() or settings.LANGUAGE_CODE, key, lambda: template.render(context))
