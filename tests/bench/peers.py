"""`make bench-peers`: this site and a Wagtail site with the same articles, both without a page cache, in one run.

Then Lighthouse looks at three pages. Wagtail and Lighthouse are installed under var/bench.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

from tests import serving
from tests.bench import sites
from tests.bench.rates import UNCACHED, WORKERS, Wrk, begin, head, options, show, warm

PACKAGES = ("wagtail==8.0.1", "granian==2.8.7")
LIGHTHOUSE = "lighthouse@13.4.0"
FOLDER = sites.FOLDER / "peer"
BIN = FOLDER / ".venv" / "bin"

#: Ours, one article a line.
EXPORT = """
import json
from articles.models import Article
rows = Article.objects.public().newest().select_related("category__parent").prefetch_related("authors", "tags")
with open("{file}", "w", encoding="utf-8") as out:
    for row in rows.iterator(chunk_size=500):
        line = [row.category, *([row.category.parent] if row.category.parent else [])]
        out.write(json.dumps({{
            "headline": row.headline, "slug": row.slug, "summary": row.summary, "body": row.body_html,
            "publish_at": row.publish_at.isoformat(), "category": row.category.slug,
            "categories": [(c.name, c.slug, c.parent.slug if c.parent else None, c.on_front) for c in line],
            "author": row.authors.all()[0].name, "tags": [tag.name for tag in row.tags.all()],
        }}) + "\\n")
"""


def main() -> None:
    parser = options("bench-peers", __doc__)
    parser.add_argument("--no-lighthouse", action="store_true")
    chosen = parser.parse_args()
    wrk = begin(chosen)
    sites.static_files()
    newsroom = sites.Newsroom(chosen.articles, serving.free_port())
    print(f"{chosen.articles:,} articles on SQLite in each; {UNCACHED} readers at a time; no page is kept.\n")
    measure(wrk, newsroom)
    if not chosen.no_lighthouse:
        lighthouse(newsroom)


# Wagtail


def measure(wrk: Wrk, newsroom: sites.Newsroom) -> None:
    install()
    env = fill(newsroom)
    head()
    ours = {}
    with newsroom.serve(cached=False) as server:
        warm(server.port, ["/"])  # every worker has begun
        for name in PAGES:
            path = newsroom.pages[name]
            warm(server.port, [path], pauses=(0,))
            ours[name] = show("ours, uncached", name, wrk.measure(server.port, path, UNCACHED))
    port = serving.free_port()
    command = [word for word in serving.granian(port, WORKERS) if word != "newsroom.wsgi:application"]
    command = [str(BIN / "granian"), *command[1:], "tests.bench.peer.wsgi:application"]
    with serving.Server(command, env, port, log=FOLDER / "server.log", ready="/"):
        warm(port, ["/"])
        places = {"deep": newsroom.count * 4 // 5 // 20, "article": article(port)}
        for name, pattern in PAGES.items():
            path = pattern.format(**places)
            if name == "search":
                show("Wagtail, one reader", name, once(port, path), ours[name])
                continue
            warm(port, [path], pauses=(0,))
            show("Wagtail", name, wrk.measure(port, path, UNCACHED), ours[name])


def once(port: int, path: str) -> tuple[float, str, str]:
    """The rate of one request, for what takes so long that no more are asked."""
    began = time.perf_counter()
    assert serving.ask(port, path, timeout=600).status == 200
    seconds = time.perf_counter() - began
    return 1 / seconds, f"{seconds:.1f}s", ""


#: Wagtail's addresses of the pages that ours are measured beside.
PAGES = {
    "article": "{article}",
    "front page": "/",
    "deep list": "/news/?page={deep}",
    "category": "/news/category/harbour/",
    "feed": "/feed/",
    "search": "/search/?query=harbour",
}


def article(port: int) -> str:
    """The address of a story from the middle of the list."""
    text = serving.ask(port, "/news/?page=20").text
    return text.partition("<main>")[2].partition('<h3><a href="')[2].partition('"')[0]


def install() -> None:
    if (BIN / "granian").exists():
        return
    venv.create(FOLDER / ".venv", with_pip=True, clear=True)
    command = [str(BIN / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(FOLDER / ".venv")
        sys.exit(f"Wagtail could not be installed: is there a network?\n{done.stderr[-500:]}")


def fill(newsroom: sites.Newsroom) -> dict[str, str]:
    """The site's pages, once for each number of articles; answers its environment."""
    folder = FOLDER / str(newsroom.count)
    env = {"PATH": os.environ["PATH"], "PEER_FOLDER": str(folder), "PYTHONUNBUFFERED": "1"}
    if (folder / "filled").exists():
        return env
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    articles = folder / "articles.jsonl"
    serving.manage(newsroom.env, "shell", "--no-imports", "-c", EXPORT.format(file=articles))
    command = [str(BIN / "python"), "-m", "django", "load_articles", str(articles)]
    subprocess.run([*command, "--settings", "tests.bench.peer.settings"], cwd=serving.ROOT, env=env, check=True)
    articles.unlink()
    (folder / "filled").touch()
    return env


# Lighthouse


def lighthouse(newsroom: sites.Newsroom) -> None:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    folder = sites.FOLDER / "lighthouse"
    program = folder / "node_modules" / ".bin" / "lighthouse"
    if chromium is None or shutil.which("npm") is None:
        print("\nLighthouse needs npm and Chromium (Debian and Ubuntu: apt install npm chromium).")
        return
    if not program.exists():
        install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), LIGHTHOUSE]
        if subprocess.run(install, check=False).returncode:
            print("\nLighthouse could not be installed: is there a network?")
            return
    print("\n| Lighthouse | performance | accessibility | best practices | SEO |\n| --- | ---: | ---: | ---: | ---: |")
    flags = "--chrome-flags=--headless=new --no-sandbox --disable-dev-shm-usage"
    report = folder / "report.json"
    with newsroom.serve(cached=True) as server:
        for name, path in (("article", newsroom.pages["article"]), ("front page", "/"), ("list", "/archive/")):
            serving.ask(server.port, path)
            command = [str(program), f"http://{serving.HOST}:{server.port}{path}", "--quiet", "--output=json", flags]
            command += [f"--output-path={report}"]
            subprocess.run(command, env={**os.environ, "CHROME_PATH": chromium}, check=True)
            scores = [part["score"] for part in json.loads(Path(report).read_text())["categories"].values()]
            print(f"| {name} | " + " | ".join(f"{score * 100:.0f}" for score in scores[:4]) + " |", flush=True)


if __name__ == "__main__":
    main()
