"""The desk's page of appeals' numbers: plots by day, sums by place and by article, and all of it as CSV."""

from collections import Counter
from datetime import date
from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from articles.models import Article
from articles.spreadsheets import csv_answer
from newsroom.appeals.models import Appeal, AppealNumbers
from newsroom.numbers import Plot, columns, last_days

SPANS = (7, 28, 90, 365)
SHOWN = 50
SUMS = {"shown": Sum("impressions"), "followed": Sum("clicks")}


def numbers_page(request: HttpRequest, appeal: Appeal | None, site: AdminSite) -> HttpResponse | StreamingHttpResponse:
    asked = request.GET.get("days", "")
    span = int(asked) if asked in {str(days) for days in SPANS} else 28
    days = last_days(span)
    rows = AppealNumbers.objects.filter(day__gte=days[0], day__lte=days[-1])
    if appeal:
        rows = rows.filter(appeal=appeal)
    if request.GET.get("format") == "csv":
        return _as_csv(rows, span)
    plots = _plots(rows, days)
    sums = rows.order_by().values_list
    context = {
        "title": _("Numbers"),
        "subtitle": appeal.title if appeal else None,
        "appeal": appeal,
        "plots": plots,
        "plot_rows": columns(plots),
        "spans": SPANS,
        "span": span,
        "by_place": [
            (AppealNumbers.Place(place).label, shown, followed)
            for place, shown, followed in sums("place").annotate(**SUMS).order_by("place")
        ],
        "by_appeal": []
        if appeal
        else _named(Appeal, "title", sums("appeal").annotate(**SUMS).order_by("-followed", "-shown", "appeal")),
        "by_article": _named(
            Article,
            "headline",
            sums("article").exclude(article=0).annotate(**SUMS).order_by("-followed", "-shown", "article"),
        ),
    }
    return render(request, "admin/appeals/numbers.html", {**site.each_context(request), **context})


def _plots(rows: QuerySet[AppealNumbers], days: list[date]) -> list[Plot]:
    shown: Counter = Counter()
    followed: Counter = Counter()
    for day, impressions, clicks in rows.order_by().values_list("day").annotate(**SUMS):
        shown[day], followed[day] = impressions, clicks
    return [
        Plot(_("Shown"), days, [shown[day] for day in days]),
        Plot(_("Clicks"), days, [followed[day] for day in days]),
    ]


def _named(model: Any, field: str, sums: QuerySet) -> list[tuple[int, str, int, int]]:
    """The first of the sums with the names of what they are of; what is gone keeps its number."""
    found = list(sums[:SHOWN])
    names = dict(model.objects.filter(pk__in=[row[0] for row in found]).values_list("pk", field))
    return [(pk, names.get(pk, f"{pk}"), shown, followed) for pk, shown, followed in found]


def _as_csv(rows: QuerySet[AppealNumbers], span: int) -> StreamingHttpResponse:
    heading = [
        _("Day"),
        _("Appeal"),
        pgettext("of an appeal", "Place"),
        _("Article"),
        _("Headline"),
        _("Shown"),
        _("Clicks"),
    ]
    headline = Subquery(Article.objects.filter(pk=OuterRef("article")).values("headline"))
    found = rows.order_by("-day", "appeal", "place", "article").values_list(
        "day", "appeal__title", "place", "article", headline, "impressions", "clicks"
    )
    places = {place.value: str(place.label) for place in AppealNumbers.Place}
    lines = (
        [day, title, places.get(place, place), article or "", *rest]
        for day, title, place, article, *rest in found.iterator(chunk_size=2000)
    )
    return csv_answer(f"appeals-{span}-days", heading, lines)
