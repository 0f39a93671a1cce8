"""The site as it is run: by either server, and behind the web servers that docs/ describes."""

import re
import shutil

import pytest

from tests import serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A site with some stories, on SQLite."""
    folder = tmp_path_factory.mktemp("site")
    env = serving.environment(folder, 1)
    serving.manage(env, "collectstatic", "--noinput", "-v0")
    serving.manage(env, "migrate", "-v0")
    serving.manage(env, "createcachetable")
    serving.manage(env, "bench_content", "3")
    return folder


def served(folder, server=serving.granian, front=0, **settings):
    """The running site; its address is that of `front`, where something stands before it."""
    port = serving.free_port()
    env = serving.environment(folder, front or port, **settings)
    return serving.Server(server(port, 1), env, port, log=folder / "server.log")


def story(server, change=""):
    lines = ["from articles.models import Article", "a = Article.objects.newest().first()", change]
    code = "\n".join([*lines, "print(a.get_absolute_url())"])
    return serving.manage(server.env, "shell", "--no-imports", "-c", code).split()[-1]


@pytest.mark.parametrize("command", [serving.granian, serving.gunicorn], ids=["granian", "gunicorn"])
def test_either_server_runs_the_site(folder, command):
    with served(folder, command) as server:
        port, address = server.port, story(server)
        serving.wait_until(
            lambda: serving.ask(port, address, Accept_Encoding="br").headers.get("content-encoding") == "br",
            "the page is not kept",
        )
        page = serving.ask(port, address, Accept_Encoding="br")
        assert page.status == 200
        again = serving.ask(port, address, Accept_Encoding="br", If_None_Match=page.headers["etag"])
        assert (again.status, again.body) == (304, b"")
        html = serving.ask(port, "/").text
        style = serving.ask(port, re.search(r'href="(/static/css/newsroom\.[^"]+)"', html)[1], Accept_Encoding="gzip")
        assert style.headers["content-encoding"] == "gzip"
        assert "immutable" in style.headers["cache-control"]
        number = re.search(r"/articles/(\d+)/", address)[1]
        vote = serving.ask(port, f"/articles/{number}/rating/", {"stars": 4})
        assert vote.status == 303
        assert serving.ask(port, "/readyz").status == 200
        assert serving.ask(port, "/nowhere/").status == 404


def test_commands_in_the_documents_are_those_that_are_tested():
    text = re.sub(r"\s*\\\n\s*", " ", (serving.DOCS / "operations.md").read_text())
    unit = re.sub(r"\s*\\\n\s*", " ", (serving.DOCS / "newsroom.service").read_text())
    makefile = re.sub(r"\s*\\\n\s*", " ", (serving.ROOT / "Makefile").read_text())
    assert " ".join(serving.gunicorn(8000)[1:]) in text
    assert " ".join(serving.granian(8000)[1:]) in unit
    plain = makefile.replace("$(HOST)", serving.HOST).replace("$(PORT)", "8000").replace("$(WORKERS)", "2")
    assert " ".join(serving.granian(8000)[1:]) in plain


@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed (apt install nginx-light)")
def test_nginx_stands_in_front_as_documented(folder):
    port = serving.free_port()
    with served(folder, front=port) as server:
        also = "add_header X-Cache $upstream_cache_status;"
        with serving.nginx(port, server.port, folder, also=also):
            address = story(server)
            first = serving.ask(port, address, Accept_Encoding="gzip, deflate, br")
            assert first.status == 200
            serving.wait_until(
                lambda: serving.ask(port, address, Accept_Encoding="br").headers["x-cache"] == "HIT",
                "nginx keeps nothing",
            )
            signed_in = serving.ask(port, address, cookie="session=x", Accept_Encoding="br")
            assert signed_in.headers["x-cache"] == "BYPASS"
            number = re.search(r"/articles/(\d+)/", address)[1]
            vote = serving.ask(port, f"/articles/{number}/rating/", {"stars": 4})
            assert (vote.status, "set-cookie" in vote.headers) == (303, True)
            story(server, "a.headline = 'Changed behind nginx'; a.save()")
            serving.wait_until(
                lambda: "Changed behind nginx" in serving.ask(port, address).text,
                "the change does not show behind nginx",
            )


@pytest.mark.skipif(not shutil.which("varnishd"), reason="Varnish is not installed (apt install varnish)")
def test_varnish_stands_in_front_and_is_told_of_changes(folder):
    port = serving.free_port()
    purged = {"PURGE_URLS": f"http://{serving.HOST}:{port}/"}
    with served(folder, front=port, **purged) as server, serving.varnish(port, server.port, folder):
        address = story(server)

        def is_kept():
            answer = serving.ask(port, address, Accept_Encoding="gzip, br")
            assert answer.status == 200
            return len(answer.headers["x-varnish"].split()) == 2  # the request that it was kept by, too

        serving.wait_until(is_kept, "Varnish keeps nothing")
        assert len(serving.ask(port, address, cookie="session=x").headers["x-varnish"].split()) == 1
        story(server, "a.headline = 'Changed behind Varnish'; a.save()")
        serving.wait_until(
            lambda: "Changed behind Varnish" in serving.ask(port, address).text,
            "the change does not show",
            seconds=30,
        )
