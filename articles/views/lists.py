from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from articles import listing, stale, taxonomy
from articles.cards import teasers
from articles.models import (
    Article,
    ArticleQuerySet,
    Author,
    AuthorListing,
    AuthorName,
    CategoryListing,
    Tag,
    TagListing,
    is_listed,
)


def page_of(request: HttpRequest, rows: QuerySet, within: Q | None = None) -> listing.Page:
    """The page of a list that the address asks for, as teasers. Raises Http404 for a cursor that is not ours."""
    older, newer = request.GET.get("older", ""), request.GET.get("newer", "")
    try:
        if isinstance(rows, ArticleQuerySet):
            page = listing.page(rows.only("publish_at"), older=older, newer=newer, within=within)
        else:
            page = listing.page(rows, older=older, newer=newer, within=within, pk="article_id")
    except listing.BadCursor as error:
        raise Http404("No such page of the list.") from error
    numbers = [(row.pk if isinstance(row, Article) else row.article_id, row.publish_at) for row in page.rows]
    return page.with_rows(teasers(request, numbers))


def public_rows(model: type[Model], **about) -> QuerySet:
    return model._default_manager.filter(is_listed(), publish_at__has_come=timezone.now(), **about)


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
        "page": page_of(request, public_rows(CategoryListing, category=found)),
        "calendar_category": found,
    }
    return render(request, "articles/category.html", context)


@require_safe
def author_index(request: HttpRequest) -> HttpResponse:
    language = get_language()
    signed = public_rows(AuthorListing, language=language, author=OuterRef("pk"))
    authors = _named(Author.objects.filter(Exists(signed)), language)
    return render(request, "articles/author_index.html", {"authors": authors})


@require_safe
def author(request: HttpRequest, slug: str) -> HttpResponse:
    author = author_named(slug)
    stale.shows(request, author)
    rows = public_rows(AuthorListing, author=author, language=get_language())
    return render(request, "articles/author.html", {"author": author, "page": page_of(request, rows)})


def author_named(slug: str) -> Author:
    """The author with that address who has signed something public, in whatever edition. Raises Http404."""
    public = public_rows(AuthorListing, author=OuterRef("pk"))
    return get_object_or_404(_named(Author.objects.filter(Exists(public)), get_language()), slug=slug)


def _named(authors: QuerySet, language: str) -> QuerySet:
    """Authors with their name, role and bio in the edition's language, where somebody has written these."""
    names = AuthorName.objects.filter(author=OuterRef("pk"), language=language)
    return authors.annotate(
        **{f"translated_{field}": Subquery(names.values(field)) for field in ("name", "role", "bio")}
    ).order_by("name", "pk")


@require_safe
def tag_index(request: HttpRequest) -> HttpResponse:
    used = public_rows(TagListing, language=get_language(), tag=OuterRef("pk"))
    return render(request, "articles/tag_index.html", {"tags": Tag.objects.filter(Exists(used)).order_by("name")})


@require_safe
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    tag = tag_named(slug)
    stale.shows(request, tag)
    rows = public_rows(TagListing, tag=tag, language=get_language())
    return render(request, "articles/tag.html", {"tag": tag, "page": page_of(request, rows)})


def tag_named(slug: str) -> Tag:
    """The tag with that address, where the edition uses it. Raises Http404."""
    used = public_rows(TagListing, language=get_language(), tag=OuterRef("pk"))
    return get_object_or_404(Tag.objects.filter(Exists(used)), slug=slug)
