"""Sites of one's own, on SQLite and on a PostgreSQL that is started for them."""

import contextlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import serving


@dataclass
class Site:
    """A site on disk, with some stories, and the server that serves it."""

    folder: Path
    port: int
    env: dict[str, str]
    server: serving.Server

    def ask(self, path, data=None, **options):
        return serving.ask(self.port, path, data, **options)

    def manage(self, *arguments):
        return serving.manage(self.env, *arguments)

    def say(self, code):
        """What Python code prints inside the site, as a list of words."""
        return self.manage("shell", "--no-imports", "-c", code).split()

    def articles(self):
        """(number, address) of the newest stories."""
        code = (
            "from articles.models import Article\n"
            "for a in Article.objects.public().newest()[:10]: print(a.pk, a.get_absolute_url())"
        )
        words = self.say(code)
        return [(int(pk), address) for pk, address in zip(words[::2], words[1::2], strict=True)]


@pytest.fixture(scope="session")
def static_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("static")
    serving.manage({**serving.environment(folder, 1), "STATIC_ROOT": str(folder)}, "collectstatic", "--noinput", "-v0")
    return folder


@pytest.fixture(scope="session")
def cluster():
    if serving.postgresql_programs() is None:
        pytest.skip("no PostgreSQL to start: initdb and pg_ctl are not here")
    with serving.postgresql() as found:
        yield found


@contextlib.contextmanager
def running(folder, static, database="", stories=20, server=serving.granian, **settings):
    port = serving.free_port()
    env = serving.environment(folder, port, database, STATIC_ROOT=str(static), **settings)
    serving.manage(env, "migrate", "-v0")
    serving.manage(env, "createcachetable")
    if stories:
        serving.manage(env, "bench_content", str(stories))
    with serving.Server(server(port), env, port, log=folder / "server.log") as process:
        yield Site(folder, port, env, process)


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request, tmp_path, static_files):
    database = ""
    if request.param == "postgresql":
        cluster = request.getfixturevalue("cluster")
        name = f"site{abs(hash(request.node.nodeid))}"
        cluster.run("createdb", "-h", serving.HOST, "-p", str(cluster.port), "-U", "postgres", name)
        database = cluster.url(name)
    with running(tmp_path, static_files, database) as found:
        yield found


@pytest.fixture
def manage(tmp_path):
    """Starts a command of a new site on SQLite in `tmp_path`, and does not wait for it."""
    environment = {**os.environ, "VAR_DIR": str(tmp_path), "DATABASE_URL": "", "PYTHONUNBUFFERED": "1"}

    def start(*arguments):
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=serving.ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    process = start("migrate", "--verbosity=0")
    output = process.communicate()[0]
    assert process.returncode == 0, output
    return start
