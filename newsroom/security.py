"""What every answer carries and what no request may pretend."""

import logging
import re
import secrets

from django.conf import settings
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject

from articles.visitors import is_trusted_proxy, parse_address

PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"
NONCE = "<CSP_NONCE>"


class TrustedProxyMiddleware:
    """Believe X-Forwarded-Proto from our own proxies and from nobody else; never X-Forwarded-Host."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        proto = request.META.pop("HTTP_X_FORWARDED_PROTO", "")
        if proto in {"http", "https"} and is_trusted_proxy(parse_address(request.META.get("REMOTE_ADDR", ""))):
            request.META["wsgi.url_scheme"] = proto
            request.environ["wsgi.url_scheme"] = proto
        return self.get_response(request)


def csp_nonce(request):
    """The nonce of inline scripts on this page, made when a template asks for it."""
    return {"csp_nonce": getattr(request, "csp_nonce", "")}


class HeadersMiddleware:
    """Content-Security-Policy under Django 6's names, Permissions-Policy, and no-store on personal pages.

    A view may set `response._csp = {...}` to replace directives; SECURE_CSP holds the rest.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.csp_nonce = SimpleLazyObject(lambda: secrets.token_urlsafe(16))
        response = self.get_response(request)
        if not response.has_header("Content-Security-Policy"):
            policy = {**settings.SECURE_CSP, **getattr(response, "_csp", {})}
            if request.path.startswith(("/admin/", "/accounts/")):
                # The editor writes its own style element, and the desk's pages are behind a sign-in.
                policy["style-src"] = ["'self'", "'unsafe-inline'"]
            response["Content-Security-Policy"] = build_policy(policy, request.csp_nonce)
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if response.get("Content-Encoding") == "identity":
            del response["Content-Encoding"]  # it told the gzip middleware to leave the answer alone
        if request.path.startswith(("/admin/", "/accounts/", "/preview/")):
            response["Cache-Control"] = "private, no-store"
        elif settings.SESSION_COOKIE_NAME in request.COOKIES and not request.path.startswith("/media/"):
            response["Cache-Control"] = "private, no-store"
            patch_vary_headers(response, ["Cookie"])
        return response


def build_policy(policy: dict[str, list[str]], nonce: SimpleLazyObject) -> str:
    """The header's value. The nonce stands in it only if the page used it, so that other pages stay the same bytes."""
    used = getattr(nonce, "_wrapped", None)
    used = str(nonce) if isinstance(used, str) else ""
    parts = []
    for directive, sources in policy.items():
        values = [f"'nonce-{used}'" if source == NONCE else source for source in sources if source != NONCE or used]
        parts.append(" ".join([directive, *values]))
    return "; ".join(parts)


CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


class OneLineFilter(logging.Filter):
    """A request's own characters cannot begin a new line of the log or colour a terminal (S24)."""

    def filter(self, record):
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            return True
        if CONTROL.search(message):
            record.msg = CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", message)
            record.args = ()
        return True
