"""Pages for what fails. They ask neither the database nor the cache, repeat nothing of the request, and always come."""

import logging
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language_from_request

from articles.admin import typed
from articles.languages import edition_of
from newsroom.editions import DESK

logger = logging.getLogger(__name__)

#: These pages may be made before the middleware that sets headers has run, so they bring their own.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
#: Kept for seconds, so that a flood of wrong addresses costs little and a mended page is back at once.
SECONDS = "public, max-age=30"
LAST_RESORT = '<!doctype html><html lang="en"><title>{status}</title><h1>{status}</h1></html>'


def page(request: HttpRequest, template: str, status: int, **context) -> HttpResponse:
    """An error's page, in the language of the address."""
    try:
        with translation.override(_language(request)):
            content: str = render_to_string(template, {"status": status, **context})
    except Exception:
        logger.exception("The page of error %s cannot be made", status)
        content = LAST_RESORT.format(status=status)
    return HttpResponse(content, status=status, headers=HEADERS)


def _language(request: HttpRequest) -> str:
    if request.path_info.startswith(DESK):
        return get_language_from_request(request)
    return edition_of(request.path_info)


def bad_request(request, exception=None):
    return page(request, "400.html", 400)


def permission_denied(request, exception=None):
    reason = exception.args[0] if exception and exception.args else ""
    return page(request, "403.html", 403, reason=str(reason)[:300])


def csrf_failure(request, reason=""):
    logger.warning("CSRF check failed for %s: %s", request.path, reason)
    return typed.keep(request) or page(request, "403_csrf.html", 403)


def page_not_found(request, exception=None):
    response = page(request, "404.html", 404)
    response["Cache-Control"] = SECONDS
    return response


def gone(request):
    """The answer of an address that was taken away for good."""
    response = page(request, "410.html", 410)
    response["Cache-Control"] = SECONDS
    return response


def server_error(request):
    """500; 503 where the database is away or too busy, so that machines ask again."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        response = page(request, "500.html", 503)
        response["Retry-After"] = "5"
        return response
    return page(request, "500.html", 500)
