"""Moved addresses: asked only where nothing else answers, and on the front page for `/?p=12` of WordPress."""

from django.db.models import F
from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.utils.encoding import iri_to_uri

#: Query parameters under which WordPress serves its posts from the front page.
NUMBERED = ("p", "page_id", "attachment_id")


class RedirectMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        is_numbered = request.path == "/" and any(name in request.GET for name in NUMBERED)
        if request.method not in {"GET", "HEAD"} or not (response.status_code == 404 or is_numbered):
            return response
        return self.moved(request) or response

    def moved(self, request):
        """Where the address has gone; None where we know nothing of it, or where it leads is not public."""
        from newsroom.redirects.models import Redirect

        candidates = [
            path for path in (request.get_full_path(), request.path) if len(path) <= 1000 and "\0" not in path
        ]
        if request.path == "/":
            candidates = [f"/?{name}={request.GET[name]}" for name in NUMBERED if request.GET.get(name, "").isdecimal()]
        rows = Redirect.objects.filter(old_path__in=candidates[:3]).select_related("article")
        found = {row.old_path: row for row in rows}
        row = next((found[path] for path in candidates if path in found), None)
        if row is None or (row.article and not row.article.is_public):
            return None
        Redirect.objects.filter(pk=row.pk).update(hits=F("hits") + 1)
        target = row.article.get_absolute_url() if row.article else row.new_path
        if not target:
            return HttpResponse("This page has been removed.\n", content_type="text/plain", status=410)
        response = HttpResponsePermanentRedirect(iri_to_uri(target))
        response["Cache-Control"] = "max-age=3600"
        return response
