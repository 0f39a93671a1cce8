"""How often appeals are shown and followed: by appeal, place, article and day, without a cookie and without machines.

Impressions ride on the readings of articles, each of which counts once per reader and half-hour: whenever readings are
added to their totals, so are the appeals that stand beside those articles. Clicks say where they came from by the
Referer that browsers send within one site.
"""

from collections import Counter
from datetime import date
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db.models import F
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import override

from articles.languages import edition_of
from articles.models import Article, Category
from articles.readership import readings_counted
from articles.taxonomy import Tree
from newsroom.appeals.models import Appeal, AppealNumbers, DonationLink
from newsroom.appeals.templatetags.appeals import FEATURED

Place = AppealNumbers.Place


@receiver(readings_counted)
def count_impressions(sender, days: Counter, **kwargs) -> None:
    """Add the appeals that stood beside what was read. One query an edition and category, and a few to write."""
    pks = {article for article, _day in days}
    articles = Article.objects.filter(pk__in=pks).values_list("pk", "language", "category")
    categories = Tree(Category.objects.only("pk", "parent").in_bulk())
    beside: dict[tuple[str, int | None], list[int]] = {}
    shown: Counter = Counter()
    for pk, language, category in articles:
        if (language, category) not in beside:
            line = [step.pk for step in categories.lineage(categories.by_pk.get(category))]
            found = Appeal.objects.current().edition(language).featured(line)
            beside[language, category] = list(found.values_list("pk", flat=True)[:FEATURED])
        for (article, day), count in days.items():
            if article == pk:
                shown.update({(appeal, day, article): count for appeal in beside[language, category]})
    _add_impressions(shown)


def _add_impressions(shown: Counter) -> None:
    """`shown` counts (appeal, day, article); rows that get the same number are changed together."""
    if not shown:
        return
    keys = sorted(shown)
    AppealNumbers.objects.bulk_create(
        [
            AppealNumbers(appeal_id=appeal, day=day, place=Place.SIDEBAR, article=article)
            for appeal, day, article in keys
        ],
        ignore_conflicts=True,
        batch_size=500,
    )
    rows = AppealNumbers.objects.filter(
        place=Place.SIDEBAR,
        day__in={day for _appeal, day, _article in keys},
        appeal__in={appeal for appeal, _day, _article in keys},
    )
    by_number: dict[int, list[int]] = {}
    for pk, *key in rows.values_list("pk", "appeal", "day", "article").iterator():
        if number := shown.get(tuple(key)):
            by_number.setdefault(number, []).append(pk)
    for number, pks in sorted(by_number.items()):
        for start in range(0, len(pks), 500):
            AppealNumbers.objects.filter(pk__in=pks[start : start + 500]).update(impressions=F("impressions") + number)


def place_of(request: HttpRequest) -> tuple[str, int]:
    """Where the click came from, by the page that the browser names: a place, and an article's number or 0."""
    try:
        parts = urlsplit(request.headers.get("Referer", "")[:2000])
    except ValueError:
        return Place.OTHER, 0
    if parts.netloc != urlsplit(settings.SITE_URL).netloc and parts.netloc != request.get_host():
        return Place.OTHER, 0
    try:
        with override(edition_of(parts.path)):
            found = resolve(parts.path)
    except Resolver404:
        return Place.OTHER, 0
    if found.view_name == "articles:article":
        pk = found.kwargs["pk"]
        return Place.SIDEBAR, pk if pk < 2**63 else 0
    places = {"appeals:appeal": Place.PAGE, "appeals:appeals": Place.LIST}
    return places.get(found.view_name, Place.OTHER), 0


def count_click(appeal: Appeal, place: str, article: int, day: date | None = None) -> None:
    row = {"appeal": appeal, "day": day or timezone.localdate(), "place": place, "article": article}
    AppealNumbers.objects.bulk_create([AppealNumbers(**row)], ignore_conflicts=True)
    AppealNumbers.objects.filter(**row).update(clicks=F("clicks") + 1)


def with_source(link: DonationLink, appeal: Appeal, place: str, article: int) -> str:
    """The link's address, telling its owner whence a reader comes; what the address itself says stays as it is."""
    said = {
        "utm_source": urlsplit(settings.SITE_URL).hostname or "",
        "utm_medium": "appeal",
        "utm_campaign": appeal.slug,
        "utm_content": f"{place}-{article}" if article else place,
    }
    address, mark, fragment = link.url.partition("#")
    path, _mark, query = address.partition("?")
    known = {part.partition("=")[0].lower() for part in query.replace(";", "&").split("&")}
    added = "&".join(f"{name}={quote(value, safe='')}" for name, value in said.items() if name not in known)
    if not added:
        return link.url
    joint = "&" if query and not query.endswith("&") else ""
    return f"{path}?{query}{joint}{added}{mark}{fragment}"
