"""The desk's pages of numbers: the most read articles of some weeks, and one article day by day; both as CSV."""

from datetime import date
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles.models import Article, Rating, ReadingHour
from articles.spreadsheets import csv_answer
from comments.models import Comment
from newsroom import numbers

SPANS = (7, 28, 90, 365)
#: Articles on the page, and in the file.
SHOWN, EXPORTED = 50, 5000

Answer = HttpResponse | StreamingHttpResponse


def _span(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in {str(days) for days in SPANS} else 28


def _allowed(request: HttpRequest) -> QuerySet[Article]:
    if not request.user.has_perm("articles.change_article"):
        raise PermissionDenied
    found = numbers.articles_for(request.user)
    return Article.objects.all() if found is None else found


def most_read(days: list[date], articles: QuerySet[Article] | None, most: int) -> list[dict[str, Any]]:
    """Articles by their readings on these days, with the ratings and comments that came then. Four queries."""
    hours = ReadingHour.objects.filter(numbers.between(days, "hour"), readings__gt=0)
    if articles is not None:
        hours = hours.filter(article__in=articles.values("pk"))
    sums = list(hours.order_by().values_list("article").annotate(n=Sum("readings")).order_by("-n", "-article")[:most])
    found = Article.objects.only("headline", "language", "publish_at").in_bulk([pk for pk, _sum in sums])
    written = numbers.between(days, "created_at")
    ratings = _count(Rating.objects.filter(written, is_held=False, article__in=found))
    comments = _count(Comment.objects.filter(written, state__in=numbers.COUNTED, article__in=found))
    return [
        {"article": found[pk], "readings": n, "ratings": ratings.get(pk, 0), "comments": comments.get(pk, 0)}
        for pk, n in sums
        if pk in found
    ]


def _count(rows: QuerySet) -> dict[int, int]:
    return dict(rows.order_by().values_list("article").annotate(n=Count("pk")))


@require_safe
def overview(request: HttpRequest, site: AdminSite) -> Answer:
    _allowed(request)
    span, as_csv = _span(request), request.GET.get("format") == "csv"
    articles, days = numbers.articles_for(request.user), numbers.last_days(span)
    rows = most_read(days, articles, EXPORTED if as_csv else SHOWN)
    if as_csv:
        heading = [_("Number"), _("Headline"), _("Language"), _("Readings"), _("Ratings"), _("Comments")]
        counted = ("readings", "ratings", "comments")
        about = ((row["article"], [row[name] for name in counted]) for row in rows)
        lines = ([article.pk, article.headline, article.language, *counts] for article, counts in about)
        return csv_answer(f"numbers-{span}-days", heading, lines)
    plots = numbers.plots(days, articles)
    context = {"title": _("Numbers"), "rows": rows, "plots": plots, "plot_rows": numbers.columns(plots)}
    return render(
        request, "admin/numbers.html", {**site.each_context(request), **context, "spans": SPANS, "span": span}
    )


@require_safe
def of_article(request: HttpRequest, pk: int, site: AdminSite) -> Answer:
    article = get_object_or_404(_allowed(request).only("headline", "language"), pk=pk)
    span = _span(request)
    plots = numbers.plots(numbers.last_days(span), Article.objects.filter(pk=pk))
    table = numbers.columns(plots)
    if request.GET.get("format") == "csv":
        heading = [_("Day"), *(plot.name for plot in plots)]
        return csv_answer(f"numbers-{pk}-{span}-days", heading, ((day, *values) for day, values in table))
    context = {"title": _("Numbers"), "subtitle": article.headline, "article": article, "plots": plots}
    return render(
        request,
        "admin/numbers.html",
        {**site.each_context(request), **context, "plot_rows": table, "spans": SPANS, "span": span},
    )
