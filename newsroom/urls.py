from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from articles.views import previews
from newsroom import health, machines, media

handler400 = "newsroom.errors.bad_request"
handler403 = "newsroom.errors.permission_denied"
handler404 = "newsroom.errors.page_not_found"
handler500 = "newsroom.errors.server_error"

urlpatterns = [
    path("healthz", health.live, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("robots.txt", machines.robots, name="robots"),
    path("favicon.ico", machines.favicon, name="favicon"),
    path(".well-known/security.txt", machines.security, name="security"),
    path("media/<path:name>", media.serve, name="media"),
    path("preview/<str:token>/", previews.shared, name="preview"),
    path("accounts/", include("newsroom.accounts_urls")),
    path("accounts/", include("newsroom.second_factor_urls")),
    path("admin/", admin.site.urls),
    *i18n_patterns(
        path("", include("articles.urls")),  # first, as most is asked of it
        path("", include("comments.urls")),
        path("manifest.webmanifest", machines.manifest, name="manifest"),
        path("appeals/", include("newsroom.appeals.urls")),
        path("pages/", include("newsroom.pages.urls")),
        prefix_default_language=False,
    ),
]

if settings.DEBUG and not settings.TESTING:
    from debug_toolbar.toolbar import debug_toolbar_urls

    urlpatterns += debug_toolbar_urls()
