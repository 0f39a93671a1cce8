from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import override
from django.views.decorators.http import require_safe

from articles import previews, versions
from articles.models import Article, ArticleRevision
from articles.views.articles import render_article


@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """One version by its link; the article itself once that is public, unless the version still waits beside it."""
    link = previews.find(token)
    if link is None:
        raise Http404
    rows = Article.objects.exclude(state=Article.State.TRASHED).page()
    article = get_object_or_404(rows, pk=link.revision.article_id)
    if article.is_public and link.revision.kind != ArticleRevision.Kind.PENDING:
        response: HttpResponse = HttpResponseRedirect(article.get_absolute_url())
    else:
        with override(article.language):
            article = versions.overlay(article, link.revision.content)
            response = HttpResponse(render_article(request, article, is_preview=True, is_shared=True))
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
