"""Small files for machines: what robots may fetch, whom to tell of a hole, how the site looks
as an application."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe

from articles.languages import direction
from articles.metadata import short_name, site_address
from articles.models import Edition

#: Addresses that hold nothing to list, below the root of every edition.
PRIVATE = ("articles/*/rating/", "appeals/*/donate/", "search/")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in ("/admin/", "/accounts/", "/preview/"))]
    news = []
    for code, _title in settings.LANGUAGES:
        with override(code):
            front = reverse("articles:front")
            news.append(f"Sitemap: {site_address(reverse('articles:news-sitemap'))}")
        lines += [f"Disallow: {front}{path}" for path in PRIVATE]
    lines += ["", f"Sitemap: {site_address(reverse('articles:sitemap'))}", *news]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """RFC 9116. The end is a year from the beginning of the month, so that the file is the same for a month."""
    now = timezone.now()
    end = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=360)
    languages = ", ".join(code for code, _name in settings.LANGUAGES)
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {end:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {languages}",
        f"Canonical: {site_address(request.path)}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """The edition as an application on somebody's screen."""
    edition = Edition.objects.filter(language=get_language()).first()
    name = edition.name if edition else settings.SITE_NAME
    icons = [
        {"src": static(f"img/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"} for size in (192, 512)
    ]
    icons.append({"src": static("img/icon.svg"), "sizes": "any", "type": "image/svg+xml"})
    facts = {
        "name": name,
        "short_name": short_name(name, 12),
        "description": edition.about or edition.tagline if edition else "",
        "lang": get_language(),
        "dir": direction(get_language()),
        "start_url": reverse("articles:front"),
        "scope": "/",
        "display": "minimal-ui",
        "background_color": "#ffffff",
        "theme_color": "#0a5a61",
        "icons": icons,
    }
    return JsonResponse(facts, content_type="application/manifest+json")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(static("img/favicon.ico"))
