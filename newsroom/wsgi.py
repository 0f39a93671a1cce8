import os
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")

application: Any = get_wsgi_application()

from django.conf import settings  # noqa: E402  (once Django is set up)

from newsroom.pagecache import PageCache  # noqa: E402

if settings.PAGE_CACHE_MB:
    application = PageCache(application, size=settings.PAGE_CACHE_MB * 1024 * 1024, follows=not settings.TESTING)
