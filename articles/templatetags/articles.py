"""What pages ask of Python: numbers and dates in the edition's digits, the sidebar's parts, pictures."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from django import template
from django.template import Engine
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from articles import archive, body, cards, kept, metadata, readership, renditions, snippets, stale, taxonomy
from articles.calendars import GREGORIAN, Calendar, CalendarMonth, CalendarYear, month_in
from articles.cards import Teaser
from articles.metadata import site_address, web_address
from articles.models import Article, Category
from articles.numerals import DIGITS, numerals

register = template.Library()

register.filter("numerals", numerals)
register.filter("web_address", web_address)


@register.filter
def day(value: date | datetime | None, form: str = "j F Y") -> str:
    """A day in words, by the newsroom's clock."""
    if isinstance(value, datetime):
        value = (timezone.localtime(value) if timezone.is_aware(value) else value).date()
    return _in_words(value, form, get_language()) if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """A day and time in words; the year only where it is not this one."""
    if not value:
        return ""
    value = timezone.localtime(value)
    form = "j F" if value.year == timezone.localdate().year else "j F Y"
    comma = "، " if get_language() in DIGITS else ", "
    return _in_words(value.date(), form, get_language()) + comma + numerals(f"{value:%H:%M}")


@register.filter
def clock(value: datetime) -> str:
    return numerals(f"{timezone.localtime(value):%H:%M}")


@lru_cache(maxsize=5_000)
def _in_words(day: date, form: str, language: str | None) -> str:
    """Pages say the same few days again and again."""
    return numerals(date_format(day, form))


@register.filter
def attribute(value: datetime | date | None) -> str:
    """A moment for the datetime attribute of <time>."""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="minutes")
    return value.isoformat() if value else ""


@register.filter
def trusted(stored_html: str):
    """HTML out of a *_html column, as articles/body.py left it there."""
    return body.as_safe(stored_html)


@register.filter
def excerpt(html: str, length: int = 200) -> str:
    return body.excerpt(html, length)


@register.filter
def translated(author: Any, name: str) -> str:
    """An author's name, role or bio in the edition's language where it is written, else in the author's own."""
    return getattr(author, f"translated_{name}", None) or getattr(author, name)


@register.filter
def names(byline: list[dict[str, Any]]) -> str:
    """Who signs, each name set apart by its own direction."""
    comma = "، " if get_language() in DIGITS else ", "
    return format_html_join(comma, "<bdi>{}</bdi>", ((signed["name"],) for signed in byline))


@register.filter
def marked(parts: snippets.Parts) -> str:
    """Text with the words of a question marked in it."""
    form, texts = "", []
    for text, is_marked in parts:
        form += "<mark>{}</mark>" if is_marked else "{}"
        texts.append(text)
    return format_html(form, *texts) if texts else ""


@register.inclusion_tag("articles/_picture.html")
def picture(image: Any, sizes: str, alt: str = "", lead: bool = False) -> dict[str, Any]:
    """A picture of the library with its renditions; `sizes` says how wide it is shown, `lead` that it comes first."""
    address, width, height = renditions.fallback(image)
    return {
        "address": address,
        "width": width,
        "height": height,
        "sources": renditions.sources(image),
        "srcset": renditions.fallback_srcset(image),
        "sizes": sizes,
        "alt": alt,
        "classes": renditions.focal_classes(image.focal_x, image.focal_y),
        "lead": lead,
    }


#: Options of a teaser that are or are not.
FLAGS = {"plain", "no_kicker", "no_teaser"}


@register.simple_tag(takes_context=True)
def card(context: template.Context, row: Article | Teaser, **options: Any) -> str:
    """The teaser of an article from `cards`, or of a row of a list, by articles/_card.html with its options.

    `dated` (True or "clock"), `classes`, `sizes`; `plain`, `no_kicker` and `no_teaser` leave something out.
    """
    options = {name: bool(value) if name in FLAGS else value for name, value in options.items() if value}
    return _piece(context, "articles/_card.html", row, options)


@register.simple_tag(takes_context=True)
def piece_of(context: template.Context, article: Article, name: str) -> str:
    """Of an article from `cards`, what a template shows that reads nothing else."""
    return _piece(context, name, article, {})


@register.simple_tag(takes_context=True)
def front_block(context: template.Context, block: dict[str, Any]) -> str:
    """A category's block of the front page: as it was for as long as it holds the same stories."""
    articles = [*block["first"], *block["second"], *block["third"]]
    key = (block["category"].pk, *(article.pk for article in articles))
    return _made_of(context, "articles/_block.html", key, lambda: articles, lambda: {"block": block})


def _piece(context: template.Context, name: str, row: Article | Teaser, options: dict[str, Any]) -> str:
    def articles() -> list[Article]:
        article = row.article if isinstance(row, Teaser) else row
        return [article] if article else []

    key = (row.pk, *sorted(options.items()))
    return _made_of(context, name, key, articles, lambda: {"article": articles()[0], **options})


def _made_of(
    context: template.Context,
    name: str,
    key: tuple[Any, ...],
    articles: Callable[[], list[Article]],
    shown: Callable[[], dict[str, Any]],
) -> str:
    """What a template shows of `articles`, kept where all of them are; nothing where there are none any more."""
    request, language = context["request"], get_language()
    # Moments name their year once it is over.
    key = (name, language, kept.day(request).year, *key)
    html: str | None = kept.find(request, key)
    if html is None:
        if not (rows := articles()):
            return ""
        html = Engine.get_default().get_template(name).render(context.new({"request": request, **shown()}))
        if all(cards.is_kept(request, article) for article in rows):
            tags = [tag for article in rows for tag in cards.tags(article)]
            kept.keep(request, key, html, *tags, stale.edition(language))
    return html


@register.simple_tag(takes_context=True)
def category_tree(context: template.Context) -> taxonomy.Tree:
    return taxonomy.tree(context["request"])


@register.simple_tag(takes_context=True)
def month_calendar(context: template.Context, calendar: Calendar) -> archive.MonthTable:
    """The table of the month or day and of the category that the view names, else of this month by `calendar`."""
    category = context.get("calendar_category")
    of = context.get("calendar_month") or month_in(calendar, context.get("calendar_day") or timezone.localdate())
    return archive.month(get_language(), of, category.pk if category else None)


@register.simple_tag
def archive_years(calendar: Calendar, category: Category | None):
    return archive.years(get_language(), category.pk if category else None, calendar)


@register.simple_tag
def turn_of_calendar(own: Calendar, named: Calendar | None) -> dict[str, Any] | None:
    """How the index of the archive is turned from the edition's calendar to the Gregorian and back."""
    if own is GREGORIAN:
        return None
    if named:
        return {"shown": named, "other": own, "address": reverse("articles:archive")}
    return {"shown": own, "other": GREGORIAN, "address": GREGORIAN.url}


@register.filter
def month_of(day: date, calendar: Calendar) -> CalendarMonth:
    return month_in(calendar, day)


@register.filter
def day_by(day: date, calendar: Calendar) -> str:
    """A day in the words of another calendar than the Gregorian; nothing where that does not hold it."""
    return "" if calendar is GREGORIAN else calendar.words(day)


@register.filter
def in_other(span: CalendarMonth | CalendarYear, calendar: Calendar) -> Sequence[CalendarMonth | CalendarYear]:
    """What shares days with a month or year: by `calendar` of the Gregorian ones, of others the Gregorian."""
    other = calendar if span.calendar is GREGORIAN else GREGORIAN
    return [] if other is span.calendar else span.in_other(other)


@register.simple_tag
def rankings() -> dict[str, list[Article]]:
    return {kind.replace("-", "_"): rows for kind, rows in readership.rankings(get_language()).items()}


@register.simple_tag
def latest(count: int = 5) -> list[Article]:
    fields = ("headline", "slug", "language", "publish_at")
    return list(Article.objects.public().edition().newest().only(*fields)[:count])


@register.simple_tag
def share_links(article: Article) -> list[tuple[str, str]]:
    """(name, address) of plain links that hand the article on; nothing is loaded from those hosts."""
    address = site_address(article.get_absolute_url())
    both = f"{article.headline} {address}"
    subject = urlencode({"subject": article.headline, "body": address}, quote_via=quote)
    return [
        (_("Email"), f"mailto:?{subject}"),
        ("WhatsApp", f"https://wa.me/?{urlencode({'text': both}, quote_via=quote)}"),
        (
            "Telegram",
            f"https://t.me/share/url?{urlencode({'url': address, 'text': article.headline}, quote_via=quote)}",
        ),
        ("Mastodon", f"https://mastodonshare.com/?{urlencode({'text': both}, quote_via=quote)}"),
    ]


register.filter("site_address", site_address)


@register.simple_tag
def card_picture(image: Any) -> dict[str, Any]:
    return metadata.card_picture(image)


@register.simple_tag
def structured_data(article: Article, lineage: list[Category], site_name: str):
    return body.data_block(metadata.structured_data(article, lineage, site_name))


@register.simple_tag(takes_context=True)
def own_address(context: template.Context) -> str:
    """The page's whole address with the parts of the query that make it another page, and no more."""
    request = context["request"]
    kept = [(name, request.GET[name]) for name in ("category", "older", "newer") if request.GET.get(name)]
    known = context.get("page") is not None or context.get("calendar_category") is not None
    query = f"?{urlencode(kept)}" if kept and known else ""
    return site_address(iri_to_uri(request.path) + query)


@register.simple_tag
def today() -> date:
    """The day by the newsroom's clock."""
    return timezone.localdate()
