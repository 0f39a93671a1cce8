from datetime import datetime

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from django.views.decorators.http import require_safe

from articles import front as fronts
from articles import neighbours, related, stale, taxonomy, versions
from articles.models import Article, ArticleRevision
from articles.prepared import prepared


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    return render(request, "articles/front.html", fronts.front_page(request, taxonomy.tree(request)))


@prepared
def shown(*, now: datetime, pk: int) -> QuerySet[Article]:
    return Article.objects.public(now).page(now).filter(pk=pk)


@require_safe
def article(request: HttpRequest, pk: int, slug: str = "") -> HttpResponse:
    article = next(iter(shown(now=timezone.now(), pk=pk)), None)
    if article is None:
        raise Http404("No such article.")
    if article.due_version:  # its time has come, and nothing has run since to make it the article's own
        article = versions.overlay(article, ArticleRevision.objects.get(pk=article.due_version).content)
    if iri_to_uri(request.path) != article.get_absolute_url():
        return moved(article.get_absolute_url())
    stale.shows(request, article)
    return HttpResponse(render_article(request, article))


def render_article(request: HttpRequest, article: Article, *, is_preview: bool = False, is_shared: bool = False) -> str:
    """The page of an article from `page()`; as a preview, also of one that is not public; shared, for anybody."""
    tree = taxonomy.tree(request)
    further = {row["category"] for row in article.category_rows or []} - {article.category_id}
    previous, following = (None, None) if is_preview else neighbours.beside(article)
    context = {
        "article": article,
        "is_preview": is_preview,
        "is_shared": is_shared,
        "lineage": tree.lineage(tree.by_pk.get(article.category_id or 0)),
        "categories": [category for _depth, category in tree.flat() if category.pk in further],
        "previous": previous,
        "next": following,
        "related": related.related(request, article),
        "alternates": {version["language"]: version["url"] for version in article.versions},
    }
    return render_to_string("articles/article_detail.html", context, request)


def moved(address: str) -> HttpResponse:
    """A permanent redirect that browsers ask again after an hour, should the headline change back."""
    response = HttpResponsePermanentRedirect(address)
    response["Cache-Control"] = "max-age=3600"
    return response
