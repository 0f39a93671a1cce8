"""F3: the cache's server hangs, is stopped, is flushed, and holds what nobody put there: no page fails."""

import os
import shutil
import signal
import subprocess

import pytest

from tests import serving
from tests.faults.conftest import running


@pytest.fixture
def redis(tmp_path):
    if not shutil.which("redis-server"):
        pytest.skip("no redis-server to start")
    port = serving.free_port()
    command = ["redis-server", "--port", str(port), "--bind", serving.HOST, "--save", "", "--dir", str(tmp_path)]

    def start():
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    state = {"process": start(), "start": start, "port": port}
    yield state
    os.kill(state["process"].pid, signal.SIGCONT)
    state["process"].kill()
    state["process"].wait()


def use(site, number):
    """Each kind of request once; the statuses that are no success."""
    pk, address = site.articles_known[0]
    asked = [
        *(("GET", path) for path in ("/", address, f"{address}comments/", "/archive/", "/feed/", "/accounts/login/")),
        *(("GET", path) for path in ("/admin/login/", "/sitemap.xml", "/robots.txt", f"/articles/{pk}/rating/")),
        ("POST", f"/articles/{pk}/rating/", {"stars": 4}),
        ("POST", f"/articles/{pk}/read/", {}),
    ]
    found = []
    for method, path, *data in asked:
        # Past the page cache, which keeps its pages in the process and would answer without asking anybody.
        cookie = "session=x" if method == "GET" else ""
        answer = site.ask(path, *data, reader=f"23.{number // 250}.{number % 250}.1", cookie=cookie)
        if answer.status >= 400:
            found.append((path, answer.status))
    return found


def redis_says(port, *words):
    return subprocess.run(["redis-cli", "-p", str(port), *words], capture_output=True, text=True, check=True).stdout


def test_no_page_fails_whatever_the_cache_does(redis, tmp_path, static_files):
    with running(tmp_path, static_files, CACHE_URL=f"redis://{serving.HOST}:{redis['port']}/0") as site:
        site.articles_known = site.articles()
        assert use(site, 0) == []
        redis_says(redis["port"], "FLUSHALL")
        assert use(site, 1) == []
        for key in redis_says(redis["port"], "KEYS", "*").split():
            redis_says(redis["port"], "DEL", key)
            redis_says(redis["port"], "LPUSH", key, "of another type")
        assert use(site, 2) == []
        os.kill(redis["process"].pid, signal.SIGSTOP)
        assert use(site, 3) == []
        os.kill(redis["process"].pid, signal.SIGCONT)
        assert use(site, 4) == []
        redis["process"].kill()
        redis["process"].wait()
        assert use(site, 5) == []
        redis["process"] = redis["start"]()
        assert use(site, 6) == []
        # It is said now and then, and not with every request.
        assert site.server.log.read_text().count("\n") < 60
