"""`make bench`: this site, the same bytes by others, and what a page costs as the newsroom grows.

Everything is started here, on loopback, and measured within one run on one machine: the ratios are what counts.
"""

import contextlib
import os
import re
import shutil
import statistics
import time
from pathlib import Path
from typing import NamedTuple

from tests import serving
from tests.bench import comments, searching, sites
from tests.bench.rates import UNCACHED, WORKERS, Wrk, begin, empty, head, options, show, warm

PAGES = ("article", "front page", "deep list", "category", "feed", "search")
#: What files and pages behind nginx are both served with.
NGINX = "sendfile on; keepalive_requests 1000000; open_file_cache max=100;"


def main() -> None:
    parser = options("bench", __doc__)
    parser.add_argument("--sizes", default="1000,10000,100000", help="newsrooms whose pages' costs are compared")
    parser.add_argument("--million", action="store_true", help="compare one of a million articles as well")
    parser.add_argument("--costs", action="store_true", help="compare these costs alone")
    parser.add_argument("--rounds", type=int, default=40, help="requests of each page for the costs")
    parser.add_argument("--search", action="store_true", help="measure search alone, in 100,000 articles")
    parser.add_argument("--postgres", default="", help="address of a database for it that may be filled and kept")
    chosen = parser.parse_args()
    if chosen.search:
        searching.measure(100_000, chosen.rounds, chosen.postgres)
        return
    sizes = [int(size) for size in chosen.sizes.split(",") if size] + [1_000_000] * chosen.million
    if chosen.costs:
        sites.static_files()
        costs(sizes, chosen.rounds)
        return
    wrk = begin(chosen)
    sites.static_files()
    rates(wrk, chosen.articles)
    if sizes:
        costs(sizes, chosen.rounds)
    comments.measure(chosen.rounds)


# Requests a second


def rates(wrk: Wrk, count: int) -> None:
    newsroom = sites.Newsroom(count, serving.free_port())
    pages = {name: newsroom.pages[name] for name in PAGES if name in newsroom.pages}
    files = empty("pages")
    print(f"A newsroom of {count:,} articles on SQLite; others answer the same bytes.\n")
    head()
    ours: dict[str, float] = {}
    with newsroom.serve(cached=True) as server:
        warm(server.port, pages.values())
        for name, path in pages.items():
            (files / file_of(name)).write_bytes(serving.ask(server.port, path).body)
            ours[name] = show("ours, cached", name, wrk.measure(server.port, path))
        in_front(wrk, server.port, pages, ours)
    with newsroom.serve(cached=False) as server:
        warm(server.port, pages.values())
        for name, path in pages.items():
            show("ours, uncached", name, wrk.measure(server.port, path, UNCACHED), ours[name])
    for system, start in (
        ("Django's HttpResponse, granian", bare_granian),
        ("Django's HttpResponse, gunicorn", bare_gunicorn),
    ):
        with start(files) as port:
            for name in ("article", "front page"):
                show(system, name, wrk.measure(port, f"/{file_of(name)}"), ours[name])
    if shutil.which("nginx") is None:
        print("| nginx, a file | – | not installed (apt install nginx-light) | | | |")
        return
    port = serving.free_port()
    text = f"{NGINX} types {{ text/html html; }} server {{ listen {serving.HOST}:{port}; root {files}; }}"
    ready = f"/{file_of('article')}"
    with serving.nginx_of(text, port, empty("nginx"), workers=WORKERS, ready=ready):
        for name in pages:
            show("nginx, a file", name, wrk.measure(port, f"/{file_of(name)}"), ours[name])


def in_front(wrk: Wrk, backend: int, pages: dict[str, str], ours: dict[str, float]) -> None:
    """The site behind what docs/ puts in front of it."""
    for program, system in (("nginx", "ours behind nginx"), ("varnishd", "ours behind Varnish")):
        if shutil.which(program) is None:
            continue
        port, folder = serving.free_port(), empty(program)
        if program == "nginx":
            front = serving.nginx(port, backend, folder, workers=WORKERS, also=NGINX)
        else:
            front = serving.varnish(port, backend, folder)
        with front:
            warm(port, pages.values(), pauses=(0,))
            for name in ("article", "front page"):
                show(system, name, wrk.measure(port, pages[name]), ours[name])


def file_of(name: str) -> str:
    return re.sub(r"\W", "_", name) + ".html"


@contextlib.contextmanager
def bare(files: Path, command: list[str], port: int):
    env = {**os.environ, "BENCH_PAGES": str(files)}
    ready = f"/{file_of('article')}"
    with serving.Server(command, env, port, log=sites.FOLDER / "bare.log", ready=ready):
        yield port


def bare_granian(files: Path):
    port = serving.free_port()
    command = [word for word in serving.granian(port, WORKERS) if word != "newsroom.wsgi:application"]
    return bare(files, [*command, "tests.bench.bare:application"], port)


def bare_gunicorn(files: Path):
    port = serving.free_port()
    command = [word for word in serving.gunicorn(port, WORKERS) if word != "newsroom.wsgi:application"]
    return bare(files, [*command, "tests.bench.bare:application"], port)


# What a page costs


def costs(sizes: list[int], rounds: int) -> None:
    """Median cost of each page without the page cache, asked in turn of newsrooms of all sizes; and its queries.

    The processor's time is what counts: what else the machine does is not in it.
    """
    newsrooms = [sites.Newsroom(size, serving.free_port()) for size in sizes]
    print("\nUncached, one reader: median milliseconds of the processor (queries), and what the largest newsroom")
    print("costs to what the smallest does, by the processor's time and by the clock's.\n")
    print("| page | " + " | ".join(f"{size:,}" for size in sizes) + " | ratio | by the clock |")
    print("| --- |" + " ---: |" * (len(sizes) + 2))
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(newsroom.serve(cached=False)) for newsroom in newsrooms]
        for name in newsrooms[0].pages:
            taken: dict[int, list[Cost]] = {newsroom.count: [] for newsroom in newsrooms}
            for turn in range(rounds + 5):
                for newsroom, server in zip(newsrooms, servers, strict=True):
                    spent = cost(newsroom, server, name)
                    if turn >= 5:
                        taken[newsroom.count].append(spent)
            medians = [Cost(*map(statistics.median, zip(*taken[n.count], strict=True))) for n in newsrooms]
            cells = [
                f"{median.processor:.1f} ({n.queries[name]})" for median, n in zip(medians, newsrooms, strict=True)
            ]
            ratios = [f"{last / first:.2f}" for first, last in zip(medians[0], medians[-1], strict=True)]
            print(f"| {name} | " + " | ".join([*cells, *ratios]) + " |", flush=True)


class Cost(NamedTuple):
    """Milliseconds."""

    processor: float
    clock: float


def cost(newsroom: sites.Newsroom, server: serving.Server, name: str) -> Cost:
    """Of one request."""
    cookie = newsroom.cookie if name.startswith("desk") else ""
    used, began = server.processor_ms(), time.perf_counter()
    answer = serving.ask(newsroom.port, newsroom.pages[name], cookie=cookie)
    spent = Cost(server.processor_ms() - used, (time.perf_counter() - began) * 1000)
    assert answer.status == 200, (name, answer.status)
    return spent


if __name__ == "__main__":
    main()
