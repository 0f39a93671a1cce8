from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from articles import ratings
from articles.models import Article
from articles.visitors import public_post, reader_of, remember_reader


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public_post
def rating(request: HttpRequest, pk: int) -> HttpResponse:
    """The reader's own vote: shown by GET, given, changed or withdrawn by POST. Nothing here is ever cached."""
    article = get_object_or_404(Article.objects.public().page(), pk=pk)
    if request.method == "POST":
        return _vote(request, article)
    if article.get_rating_url() != request.path:
        return redirect(article.get_rating_url(), permanent=True)
    return _answer(request, article)


def _vote(request: HttpRequest, article: Article) -> HttpResponse:
    wait = ratings.wait_of(request)
    if wait:
        error = _("Too many votes came from your network. Please try again later.")
        response = _answer(request, article, error=error, status=429)
        response["Retry-After"] = str(wait)
        return response
    try:
        if "withdraw" in request.POST:
            ratings.withdraw(article, request)
        else:
            ratings.vote(article, request, request.POST.get("stars", ""))
    except ratings.RatingRefused as refusal:
        return _answer(request, article, error=str(refusal), status=refusal.status)
    if _wants_json(request):
        article = Article.objects.public().page().get(pk=article.pk)
        return remember_reader(request, _answer(request, article))
    response = redirect(article.get_rating_url())
    response.status_code = 303
    return remember_reader(request, response)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _answer(request: HttpRequest, article: Article, *, error: str = "", status: int = 200) -> HttpResponse:
    own = ratings.own_vote(article, request)
    if _wants_json(request):
        facts = {
            "stars": own,
            "count": article.rating_count or 0,
            "mean": round(float(article.rating_mean), 1) if article.rating_mean else None,
            "summary": ratings.summary(article),
            "thanks": _("Thank you. You gave %(stars)s.") % {"stars": _stars(own)} if own else "",
            "error": error,
        }
        return JsonResponse(facts, status=status)
    context = {
        "article": article,
        "own_vote": own,
        "own_stars": _stars(own) if own else "",
        "error": error,
        "is_known": bool(reader_of(request)),
    }
    return render(request, "articles/rating_form.html", context, status=status)


def _stars(count: int) -> str:
    return ngettext("%(count)d star", "%(count)d stars", count) % {"count": count}
