"""What pages show of appeals: the featured ones beside an article, and money as each language writes it."""

from datetime import datetime
from decimal import Decimal

from django import template
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import get_format
from django.utils.translation import get_language

from articles import taxonomy
from articles.models import Category
from articles.prepared import filled, prepared
from articles.templatetags.articles import DIGITS, numerals
from newsroom.appeals.models import Appeal

register = template.Library()

#: A sidebar is no catalogue; the rest stands on the page of all appeals.
FEATURED = 8
SYMBOLS = {
    "AUD": "A$",
    "BRL": "R$",
    "CAD": "CA$",
    "CNY": "CN¥",
    "EUR": "€",
    "GBP": "£",
    "ILS": "₪",
    "INR": "₹",
    "JPY": "¥",
    "KRW": "₩",
    "MXN": "MX$",
    "NGN": "₦",
    "NZD": "NZ$",
    "PHP": "₱",
    "PLN": "zł",
    "TRY": "₺",
    "UAH": "₴",
    "USD": "$",
    "VND": "₫",
}
#: Languages that write the currency before the sum, by CLDR; the others write it after a space.
CURRENCY_FIRST = {"en", "ja", "zh", "tr"}


@register.simple_tag(takes_context=True)
def featured_appeals(context: template.Context, category: Category | None = None) -> list[Appeal]:
    """Current appeals of this edition for the sidebar, in the editors' order; one query, links and pictures included.

    Those without categories stand everywhere, the others beside their categories and what lies below these. Without
    `category` the page's own line of categories counts.
    """
    line = context.get("lineage") or []
    if category and category not in line:
        line = taxonomy.tree(context["request"]).lineage(category)
    place = filled([step.pk for step in line], 4)
    return _featured(now=timezone.now(), language=get_language() or settings.LANGUAGE_CODE, categories=place)


@prepared
def _featured(*, now: datetime, language: str, categories: tuple[int, ...]) -> QuerySet[Appeal]:
    return Appeal.objects.current(now).edition(language).featured(categories).cards()[:FEATURED]


@register.filter
def money(amount: Decimal | int | None, currency: str = "EUR") -> str:
    """A sum in the edition's digits, without cents where there are none: €12,480 or ۱۲٬۴۸۰ €."""
    if amount is None:
        return ""
    amount = Decimal(amount).quantize(Decimal("0.01"))
    number = numerals(int(amount))
    if cents := abs(int(amount * 100)) % 100:
        language = get_language() or ""
        point = "٫" if language in DIGITS else get_format("DECIMAL_SEPARATOR", language)
        number += point + numerals(f"{cents:02d}")
    symbol = SYMBOLS.get(currency.upper(), currency)
    if (get_language() or "").split("-")[0] not in CURRENCY_FIRST:
        return f"{number}\N{NO-BREAK SPACE}{symbol}"
    return f"{symbol}{number}" if symbol != currency else f"{currency}\N{NO-BREAK SPACE}{number}"
