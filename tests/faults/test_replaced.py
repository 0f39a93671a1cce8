"""F14: workers are replaced while people read, and nobody notices."""

import http.client
import os
import shutil
import signal
import threading

import pytest

from tests import serving
from tests.faults.conftest import running


class Browser:
    """A reader whose connection stays open, as browsers and proxies keep theirs.

    A server that is stopping may close it between two requests; such a request is sent again on a new connection
    (RFC 9112, 9.3.1). One that fails on a connection of its own has failed.
    """

    def __init__(self, port):
        self.port, self.connection = port, None

    def ask(self, path, cookie):
        headers = {"User-Agent": serving.BROWSER, **({"Cookie": cookie} if cookie else {})}
        while True:
            is_reused = self.connection is not None
            self.connection = self.connection or http.client.HTTPConnection(serving.HOST, self.port, timeout=60)
            try:
                self.connection.request("GET", path, headers=headers)
                answer = self.connection.getresponse()
                answer.read()
            except (ConnectionError, http.client.RemoteDisconnected):
                self.close()
                if not is_reused:
                    raise
                continue
            if answer.will_close:
                self.close()
            return answer.status

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


class Stranger:
    """Somebody who opens a connection for each request."""

    def __init__(self, port):
        self.port = port

    def ask(self, path, cookie):
        return serving.ask(self.port, path, cookie=cookie).status

    def close(self):
        """Nothing is open."""


def replace_twice_while_read(site, port, reader):
    """What readers were answered meanwhile, as a set of statuses and errors."""
    paths = ["/", "/archive/", *(address for _, address in site.articles()[:4]), "/healthz"]
    seen, over = [], threading.Event()

    def read(number):
        mine = reader(port)
        while not over.is_set():
            for path in paths:
                # Every second reader asks past the page cache, so that Django is at work as well.
                mark = f"?cursor={number}" if number % 2 else ""
                try:
                    seen.append(mine.ask(path + mark, "session=x" if number % 2 else ""))
                except OSError as error:
                    seen.append(repr(error))
        mine.close()

    readers = [threading.Thread(target=read, args=[number]) for number in range(6)]
    for thread in readers:
        thread.start()
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
        for thread in readers:
            thread.join()
    return set(seen)


@pytest.mark.parametrize("server", [serving.granian, serving.gunicorn], ids=["granian", "gunicorn"])
def test_no_request_fails_while_workers_are_replaced(server, tmp_path, static_files):
    if server is serving.gunicorn and not (serving.BIN / "gunicorn").exists():
        pytest.skip("gunicorn is not installed: pip install gunicorn")
    with running(tmp_path, static_files, server=server) as site:
        assert replace_twice_while_read(site, site.port, Browser) == {200}


@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed (apt install nginx-light)")
def test_nginx_asks_again_what_a_worker_dropped(tmp_path, static_files):
    """The server closes connections of which it has read nothing yet when it stops."""
    port, folder = serving.free_port(), tmp_path / "nginx"
    folder.mkdir()
    with running(tmp_path, static_files) as site, serving.nginx(port, site.port, folder):
        assert replace_twice_while_read(site, port, Stranger) == {200}
