"""F14: workers are replaced while people read, and nobody notices."""

import os
import signal
import threading

import pytest

from tests import serving
from tests.faults.conftest import running


@pytest.mark.parametrize("server", [serving.granian, serving.gunicorn], ids=["granian", "gunicorn"])
def test_no_request_fails_while_workers_are_replaced(server, tmp_path, static_files):
    if server is serving.gunicorn and not (serving.BIN / "gunicorn").exists():
        pytest.skip("gunicorn is not installed: pip install gunicorn")
    with running(tmp_path, static_files, server=server) as site:
        paths = ["/", "/archive/", *(address for _, address in site.articles()[:4]), "/healthz"]
        seen, over = [], threading.Event()

        def read(number):
            while not over.is_set():
                for path in paths:
                    # Every second reader asks past the page cache, so that Django is at work as well.
                    mark = f"?cursor={number}" if number % 2 else ""
                    try:
                        seen.append(site.ask(path + mark, cookie="session=x" if number % 2 else "").status)
                    except OSError as error:
                        seen.append(repr(error))

        readers = [threading.Thread(target=read, args=[number]) for number in range(6)]
        for reader in readers:
            reader.start()
        try:
            for _ in range(2):
                old = set(site.server.workers())
                os.kill(site.server.process.pid, signal.SIGHUP)
                serving.wait_until(
                    lambda old=old: (now := set(site.server.workers())) and not now & old,
                    "the workers stay the same",
                    seconds=180,
                )
                before = len(seen)
                serving.wait_until(lambda before=before: len(seen) > before + 50, "nobody reads any more")
        finally:
            over.set()
            for reader in readers:
                reader.join()
        assert {status for status in seen if status != 200} == set()
