from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from articles import archive, taxonomy
from articles.calendars import CALENDARS, GREGORIAN, Calendar, CalendarMonth, CalendarYear
from articles.models import Category, Edition
from articles.views.lists import page_of


def narrowed(request: HttpRequest) -> Category | None:
    """The category that `?category=` names. Raises Http404 for one that the edition has not."""
    slug = request.GET.get("category", "")
    if not slug:
        return None
    category = taxonomy.tree(request).named(slug)
    if category is None:
        raise Http404("No such category.")
    return category


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise Http404("No such day.") from error


def _year(calendar: Calendar, number: int) -> CalendarYear:
    try:
        return calendar.year(number)
    except ValueError as error:
        raise Http404("No such year.") from error


def _month(calendar: Calendar, year: int, number: int) -> CalendarMonth:
    try:
        return calendar.month(year, number)
    except ValueError as error:
        raise Http404("No such month.") from error


def _chosen(calendar: Calendar) -> None:
    """Raises Http404 for another calendar than that which the edition has chosen beside the Gregorian."""
    edition = Edition.objects.filter(language=get_language(), archive_calendar=calendar.choice)
    if calendar is GREGORIAN or not edition.exists():
        raise Http404("The edition has no archive by this calendar.")


def _answer(request: HttpRequest, template: str, category: Category | None, **context) -> HttpResponse:
    context |= {
        "category": category,
        "calendar_category": category,
        "categories": taxonomy.tree(request).flat(),
    }
    return render(request, template, context)


def _about(category: Category | None) -> dict[str, Any]:
    return archive.about(get_language(), category.pk if category else None)


@require_safe
def index(request: HttpRequest, calendar: Calendar | None = None) -> HttpResponse:
    """All years, by the calendar of the edition where none is named."""
    category = narrowed(request)
    page = page_of(request, **_about(category))
    return _answer(request, "articles/archive.html", category, named=calendar, page=page)


@require_safe
def index_by(request: HttpRequest, calendar: Calendar) -> HttpResponse:
    """The Gregorian years of an edition whose archive goes by another calendar; those of its own are at /archive/."""
    edition = Edition.objects.filter(language=get_language()).only("archive_calendar").first()
    own = CALENDARS[edition.archive_calendar] if edition else GREGORIAN
    if calendar is own:
        query = request.META["QUERY_STRING"]
        answer = redirect(reverse("articles:archive") + (f"?{query}" if query else ""), permanent=True)
        answer["Cache-Control"] = "max-age=3600"
        return answer
    if calendar is not GREGORIAN:
        raise Http404("The edition has no archive by this calendar.")
    return index(request, calendar)


def _of_year(request: HttpRequest, of: CalendarYear) -> HttpResponse:
    category = narrowed(request)
    years = archive.years(get_language(), category.pk if category else None, of.calendar)
    months = next((months for year, months in years if year == of), [])
    page = page_of(request, between=archive.span(of.first, of.end), **_about(category))
    context = {"span": of, "years": years, "months": months, "page": page}
    return _answer(request, "articles/archive_year.html", category, **context)


@require_safe
def year(request: HttpRequest, year: int) -> HttpResponse:
    return _of_year(request, _year(GREGORIAN, year))


@require_safe
def year_by(request: HttpRequest, calendar: Calendar, year: int) -> HttpResponse:
    _chosen(calendar)
    return _of_year(request, _year(calendar, year))


def _of_month(request: HttpRequest, of: CalendarMonth) -> HttpResponse:
    category = narrowed(request)
    page = page_of(request, between=archive.span(of.first, of.end), **_about(category))
    return _answer(request, "articles/archive_month.html", category, span=of, calendar_month=of, page=page)


@require_safe
def month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    return _of_month(request, _month(GREGORIAN, year, month))


@require_safe
def month_by(request: HttpRequest, calendar: Calendar, year: int, month: int) -> HttpResponse:
    _chosen(calendar)
    return _of_month(request, _month(calendar, year, month))


@require_safe
def day(request: HttpRequest, year: int, month: int, day: int) -> HttpResponse:
    category = narrowed(request)
    date_ = _day(year, month, day)
    page = page_of(request, between=archive.span(date_, date_ + timedelta(days=1)), **_about(category))
    context = {"day": date_, "calendar_day": date_, "page": page}
    return _answer(request, "articles/archive_day.html", category, **context)
