import gc
import secrets

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

# No durations: a busy machine is no failure, and what failed once is written down as a test, not kept in a folder.
hypothesis_settings.register_profile(
    "suite", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("suite")

ORIGIN = "http://testserver"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Those that take long begin, so that at the end no process waits for another's."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish():
    """What modules and tests are made of stays to the end; looking through it for garbage took a sixth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    """Uploads of a test end with it."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def _own_cache():
    """Where a server is the cache, it holds nothing of other tests, of those either that run beside this one."""
    cache.key_prefix = secrets.token_hex(4)


@pytest.fixture(autouse=True)
def _clean_cache(request):
    yield
    if "db" in request.fixturenames or "transactional_db" in request.fixturenames:
        cache.clear()


@pytest.fixture(autouse=True)
def _nothing_kept():
    """A process that keeps parts of pages sees the next test's database."""
    from articles import kept

    yield
    kept.forget()


@pytest.fixture
def queries_of(client):
    """Counts the queries of a page: where all that processes keep has just gone stale, and then where it is kept."""
    from articles import stale

    def count(path):
        found = []
        client.get(path)
        stale.mark(stale.EVERYTHING)
        for _ in range(2):
            with CaptureQueriesContext(connection) as asked:
                assert client.get(path).status_code == 200
            found.append(len(asked))
        return tuple(found)

    return count


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """Nor does it know what the next test's articles are about."""
    from articles import abouts

    yield
    abouts.forget()


@pytest.fixture
def in_one_window():
    """The clock stands, far from where a window ends in which hits are counted."""
    now = timezone.now()
    with time_machine.travel(now.replace(minute=now.minute // 10 * 10 + 5), tick=False):
        yield


class ReaderClient(Client):
    """A browser of somebody without an account: CSRF checks on, and an Origin with every POST, as browsers send."""

    def __init__(self, **defaults):
        super().__init__(enforce_csrf_checks=True, **defaults)

    def post(self, path, data=None, **extra):
        extra.setdefault("HTTP_ORIGIN", ORIGIN)
        return super().post(path, data, **extra)


@pytest.fixture
def reader():
    return ReaderClient()


@pytest.fixture
def another_reader():
    return ReaderClient(REMOTE_ADDR="192.0.2.77")
