"""The least that Django can do: a view that answers ready bytes, for gunicorn and granian to serve."""

import os
from pathlib import Path

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import re_path

PAGES = {path.name: path.read_bytes() for path in Path(os.environ["BENCH_PAGES"]).glob("*.html")}


def page(request, name):
    return HttpResponse(PAGES[name])


urlpatterns = [re_path(r"^(\w+\.html)$", page)]

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="bare", MIDDLEWARE=[])
django.setup()
application = get_wsgi_application()
