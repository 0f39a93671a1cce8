"""Moved addresses: asked only where nothing else answers, and on the front page for `/?p=12` of WordPress."""

from urllib.parse import unquote, urlsplit

from django.core.handlers.wsgi import WSGIRequest
from django.db.models import F
from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.utils.translation import override

from articles.languages import edition_of
from newsroom.errors import gone

#: Query parameters under which WordPress serves its posts from the front page.
NUMBERED = ("p", "page_id", "attachment_id")
#: What stands below the address of a list and moves with it.
FEEDS = ("feed/", "feed/atom/", "feed/json/")


class RedirectMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        from newsroom.redirects.moves import note_not_found

        response = self.get_response(request)
        is_numbered = request.path == "/" and any(name in request.GET for name in NUMBERED)
        if request.method not in {"GET", "HEAD"} or not (response.status_code == 404 or is_numbered):
            return response
        moved = self.moved(request)
        if moved is None and response.status_code == 404 and request.method == "GET":
            note_not_found(request.path)
        return moved or response

    def moved(self, request):
        """Where the address has gone; None where we know nothing of it, or where it leads is not public."""
        from newsroom.redirects.models import Redirect
        from newsroom.redirects.moves import fits, imported_article

        below = dict.fromkeys((unquote(request.get_full_path()), request.get_full_path(), request.path), "")
        below |= {request.path.removesuffix(feed): feed for feed in FEEDS if request.path.endswith(f"/{feed}")}
        if request.path == "/":
            below = {f"/?{name}={request.GET[name]}": "" for name in NUMBERED if request.GET.get(name, "").isdecimal()}
        candidates = [path for path in below if fits(path)]
        rows = Redirect.objects.filter(old_path__in=candidates).select_related("article")
        found = {row.old_path: row for row in rows}
        row = next((found[path] for path in candidates if path in found), None)
        if row is None and "category" in request.GET:
            return self.narrowed(request)
        if row is None:
            article = imported_article(request.path)
            return _permanently(article.get_absolute_url()) if article else None
        if row.article:
            target = row.article.get_absolute_url() if row.article.is_public else None
        else:
            target = row.new_path and row.new_path + below[row.old_path]
        if target is None or (target and not row.article_id and not self.answers(request, target)):
            return None
        Redirect.objects.filter(pk=row.pk).update(hits=F("hits") + 1)
        if not target:
            return gone(request)
        return _permanently(target)

    def narrowed(self, request):
        """A list narrowed to a category that has moved: narrowed to it under its name of today."""
        from newsroom.redirects.models import Redirect
        from newsroom.redirects.moves import fits

        with override(edition_of(request.path)):
            lists = reverse("articles:category-index")
        old = f"{lists}{request.GET['category']}/"
        row = Redirect.objects.filter(old_path=old, new_path__startswith=lists).first() if fits(old) else None
        query = request.GET.copy()
        query["category"] = row.new_path.removeprefix(lists).strip("/") if row else ""
        target = f"{request.path}?{query.urlencode()}"
        if not row or not query["category"] or not self.answers(request, target):
            return None
        return _permanently(target)

    def answers(self, request: WSGIRequest, target: str) -> bool:
        """Whether there is a page at `target` for this reader, so that a redirect betrays nothing that is not public.

        Asks for the page itself: nothing else knows of every kind of page when it is public.
        """
        parts = urlsplit(target)
        path = unquote(parts.path).encode("utf-8", "replace").decode("latin-1")
        environ = {**request.environ, "PATH_INFO": path, "QUERY_STRING": parts.query}
        return self.get_response(type(request)(environ)).status_code < 400


def _permanently(target: str) -> HttpResponse:
    response = HttpResponsePermanentRedirect(iri_to_uri(target))
    response["Cache-Control"] = "max-age=3600"
    return response
