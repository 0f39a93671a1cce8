"""Caches in front of the site (Varnish, a CDN) are told after the commit what has gone stale, by the same tags."""

import logging
import threading
from collections.abc import Iterable
from typing import Any
from urllib.error import URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.dispatch import receiver
from django_tasks import task

from articles.stale import marked
from newsroom.pagecache import let_go

logger = logging.getLogger(__name__)

PATIENCE = 2


@receiver(marked)
def tell(sender: Any, tags: Iterable[str], **kwargs: Any) -> None:
    if settings.PURGE_URLS:
        purge.enqueue(sorted(tags))


@receiver(let_go)
def tell_again(sender: Any, tags: Iterable[str], **kwargs: Any) -> None:
    """What a cache in front has fetched since the change may have come from a process that had not heard of it yet.

    Each process says so when it has; the last word is that of the last one. In a thread, for who follows changes must
    not wait for others.
    """
    if settings.PURGE_URLS:
        threading.Thread(target=purge.call, args=[sorted(tags)], name="purge", daemon=True).start()


@task()
def purge(tags: list[str]) -> None:
    """Send `PURGE` with the header `Cache-Tag: article:12,lists:en` to every cache of PURGE_URLS."""
    for address in settings.PURGE_URLS:
        request = Request(address, method="PURGE", headers={"Cache-Tag": ",".join(tags)})  # noqa: S310 (a setting)
        try:
            build_opener(_NoRedirect).open(request, timeout=PATIENCE).close()
        except (URLError, OSError, ValueError) as error:
            logger.error("%s was not told what has gone stale: %s", address, error)


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None
