from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from articles import archive, taxonomy
from articles.models import Category
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


def _day(year: int, month: int = 1, day: int = 1) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise Http404("No such day.") from error


def _answer(request: HttpRequest, template: str, category: Category | None, **context) -> HttpResponse:
    context |= {
        "category": category,
        "calendar_category": category,
        "categories": taxonomy.tree(request).flat(),
    }
    return render(request, template, context)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    category = narrowed(request)
    years = archive.years(get_language(), category and category.pk)
    page = page_of(request, archive.listed(get_language(), category and category.pk))
    return _answer(request, "articles/archive.html", category, years=years, page=page)


@require_safe
def year(request: HttpRequest, year: int) -> HttpResponse:
    category = narrowed(request)
    first = _day(year)
    years = archive.years(get_language(), category and category.pk)
    rows = archive.listed(get_language(), category and category.pk)
    page = page_of(request, rows, archive.span(first, _day(year + 1)))
    context = {"first": first, "years": years, "months": dict(years).get(year, []), "page": page}
    return _answer(request, "articles/archive_year.html", category, **context)


@require_safe
def month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    category = narrowed(request)
    first = _day(year, month)
    rows = archive.listed(get_language(), category and category.pk)
    page = page_of(request, rows, archive.span(first, archive.next_month(first)))
    context = {"first": first, "calendar_month": first, "page": page}
    return _answer(request, "articles/archive_month.html", category, **context)


@require_safe
def day(request: HttpRequest, year: int, month: int, day: int) -> HttpResponse:
    category = narrowed(request)
    date_ = _day(year, month, day)
    rows = archive.listed(get_language(), category and category.pk)
    page = page_of(request, rows, archive.span(date_, date_ + timedelta(days=1)))
    context = {"day": date_, "calendar_month": date_.replace(day=1), "calendar_day": date_, "page": page}
    return _answer(request, "articles/archive_day.html", category, **context)
