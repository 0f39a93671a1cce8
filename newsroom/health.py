"""For load balancers: whether the process lives, and whether what it needs is there."""

import functools
import logging
import os
from collections.abc import Callable
from pathlib import Path

from django.core.cache import cache
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """/healthz: this process answers. Asks nothing else, so that a broken database restarts no web server."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """/readyz: the parts by name; 503 as soon as one of them fails. The reasons go to the log, not to strangers."""
    answers = {name: _is_ready(name, check) for name, check in CHECKS.items()}
    status = 200 if all(answers.values()) else 503
    return JsonResponse({name: "ok" if fine else "failed" for name, fine in answers.items()}, status=status)


def _is_ready(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # whatever it is, the answer is that the part is not ready
        logger.exception("Not ready: %s", name)
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def _cache() -> bool:
    cache.get("readyz")  # reading is enough to meet a server that is away or a table that is missing
    return True


def _storage() -> bool:
    if isinstance(default_storage, FileSystemStorage):
        folder = Path(default_storage.location)
        while not folder.exists():  # it is made with the first upload
            folder = folder.parent
        return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    default_storage.exists("readyz")
    return True


@functools.cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    """Those of the code, which cannot change while this process runs; reading them takes a while."""
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    return frozenset(loader.disk_migrations)


def _migrations() -> bool:
    applied = MigrationRecorder(connection).applied_migrations()
    return all(migration in applied for migration in _known_migrations())


CHECKS = {"database": _database, "cache": _cache, "storage": _storage, "migrations": _migrations}
