from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from articles import listing, lists, stale, taxonomy
from articles.cards import teasers
from articles.lists import listed
from articles.models import Author, AuthorName, Tag
from articles.prepared import prepared


def page_of(request: HttpRequest, **about: Any) -> listing.Page:
    """The page of a list (articles/lists.py) that the address asks for, as teasers.

    Raises Http404 for a cursor that is not ours.
    """
    older, newer = request.GET.get("older", ""), request.GET.get("newer", "")
    try:
        page = lists.page(older=older, newer=newer, now=timezone.now(), **about)
    except listing.BadCursor as error:
        raise Http404("No such page of the list.") from error
    number = lists.number_of(about)
    return page.with_rows(teasers(request, [(getattr(row, number), row.publish_at) for row in page.rows]))


@require_safe
def category_index(request: HttpRequest) -> HttpResponse:
    return render(request, "articles/category_index.html", {"categories": taxonomy.tree(request).flat()})


@require_safe
def category(request: HttpRequest, slug: str) -> HttpResponse:
    tree = taxonomy.tree(request)
    found = tree.named(slug)
    if found is None:
        raise Http404("No such category.")
    stale.shows(request, found)
    context = {
        "category": found,
        "lineage": tree.lineage(found),
        "children": tree.below(found),
        "page": page_of(request, category=found.pk),
        "calendar_category": found,
    }
    return render(request, "articles/category.html", context)


@require_safe
def author_index(request: HttpRequest) -> HttpResponse:
    language = get_language()
    signed = listed(now=timezone.now(), language=language, author=OuterRef("pk"))
    authors = _named(Author.objects.filter(Exists(signed)), language)
    return render(request, "articles/author_index.html", {"authors": authors})


@require_safe
def author(request: HttpRequest, slug: str) -> HttpResponse:
    author = author_named(slug)
    stale.shows(request, author)
    page = page_of(request, author=author.pk, language=get_language())
    return render(request, "articles/author.html", {"author": author, "page": page})


def author_named(slug: str) -> Author:
    """The author with that address who has signed something public, in whatever edition. Raises Http404."""
    for found in _author(now=timezone.now(), language=get_language(), slug=slug):
        return found
    raise Http404("No such author.")


@prepared
def _author(*, now: datetime, language: str, slug: str) -> QuerySet[Author]:
    public = listed(now=now, author=OuterRef("pk"))
    return _named(Author.objects.filter(Exists(public), slug=slug), language)


def _named(authors: QuerySet, language: str) -> QuerySet:
    """Authors with their name, role and bio in the edition's language, where somebody has written these."""
    names = AuthorName.objects.filter(author=OuterRef("pk"), language=language)
    return authors.annotate(
        **{f"translated_{field}": Subquery(names.values(field)) for field in ("name", "role", "bio")}
    ).order_by("name", "pk")


@require_safe
def tag_index(request: HttpRequest) -> HttpResponse:
    used = listed(now=timezone.now(), language=get_language(), tag=OuterRef("pk"))
    return render(request, "articles/tag_index.html", {"tags": Tag.objects.filter(Exists(used)).order_by("name")})


@require_safe
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    tag = tag_named(slug)
    stale.shows(request, tag)
    page = page_of(request, tag=tag.pk, language=get_language())
    return render(request, "articles/tag.html", {"tag": tag, "page": page})


def tag_named(slug: str) -> Tag:
    """The tag with that address, where the edition uses it. Raises Http404."""
    for found in _tag(now=timezone.now(), language=get_language(), slug=slug):
        return found
    raise Http404("No such tag.")


@prepared
def _tag(*, now: datetime, language: str, slug: str) -> QuerySet[Tag]:
    return Tag.objects.filter(Exists(listed(now=now, language=language, tag=OuterRef("pk"))), slug=slug)
