"""`make bench`: this site, the same bytes by others, and what a page costs as the newsroom grows.

Everything is started here, on loopback, and measured within one run on one machine: the ratios are what counts.
"""

import argparse
import contextlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests import serving
from tests.bench import comments, searching, sites

PAGES = ("article", "front page", "deep list", "category", "feed", "search")
WORKERS = 2
#: Readers at a time of pages that are made anew: as many as there are threads.
UNCACHED = 8

#: What files and pages behind nginx are both served with.
NGINX = "sendfile on; keepalive_requests 1000000; open_file_cache max=100;"


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="for each measurement")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--articles", type=int, default=10_000, help="in the newsroom that is measured against others")
    parser.add_argument("--sizes", default="1000,10000,100000", help="newsrooms whose pages' costs are compared")
    parser.add_argument("--million", action="store_true", help="compare one of a million articles as well")
    parser.add_argument("--rounds", type=int, default=40, help="requests of each page for the costs")
    parser.add_argument("--search", action="store_true", help="measure search alone, in 100,000 articles")
    parser.add_argument("--postgres", default="", help="address of a database for it that may be filled and kept")
    options = parser.parse_args()
    if options.search:
        searching.measure(100_000, options.rounds, options.postgres)
        return
    wrk = shutil.which("wrk")
    if wrk is None:
        sys.exit("make bench measures with wrk, and there is none here. On Debian and Ubuntu: apt install wrk")
    sizes = [int(size) for size in options.sizes.split(",") if size] + [1_000_000] * options.million
    print(f"{datetime.now(UTC):%Y-%m-%d} · {machine()} · {WORKERS} workers · {options.connections} connections\n")
    sites.static_files()
    rates(Wrk(wrk, options), options.articles)
    if sizes:
        costs(sizes, options.rounds)
    comments.measure(options.rounds)


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return f"{os.cpu_count()} × {model[1] if model else 'processor'}, {memory:.0f} GB, load {os.getloadavg()[0]:.1f}"


# Requests a second


class Wrk:
    def __init__(self, program: str, options: argparse.Namespace):
        self.program, self.options = program, options

    def measure(self, port: int, path: str, connections: int = 0) -> tuple[float, str, str]:
        """(requests a second, median, 99th percentile). Whoever answers an error is not measured but named."""
        command = [
            *(
                self.program,
                "-t",
                "2",
                "-c",
                str(connections or self.options.connections),
                "-d",
                f"{self.options.seconds}s",
            ),
            *("--latency", f"http://{serving.HOST}:{port}{path}"),
        ]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in out:
            raise SystemExit(f"{path} does not answer with success:\n{out}")
        found = {name: re.search(pattern, out) for name, pattern in PATTERNS.items()}
        return float(found["rate"][1]), found["p50"][1], found["p99"][1]


PATTERNS = {"rate": r"Requests/sec:\s+([\d.]+)", "p50": r"\n +50% +(\S+)", "p99": r"\n +99% +(\S+)"}


def rates(wrk: Wrk, count: int) -> None:
    newsroom = sites.Newsroom(count, serving.free_port())
    pages = {name: newsroom.pages[name] for name in PAGES if name in newsroom.pages}
    files = empty("pages")
    print(f"A newsroom of {count:,} articles on SQLite; others answer the same bytes.\n")
    print("| system | page | requests/s | p50 | p99 | ratio to ours |\n| --- | --- | ---: | ---: | ---: | ---: |")
    ours: dict[str, float] = {}
    with newsroom.serve(cached=True) as server:
        warm(server.port, pages.values())
        for name, path in pages.items():
            (files / file_of(name)).write_bytes(serving.ask(server.port, path).body)
            ours[name] = show("ours, cached", name, wrk.measure(server.port, path))
        in_front(wrk, server.port, pages, ours)
    with newsroom.serve(cached=False) as server:
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


def empty(name: str) -> Path:
    """A folder under var/bench with nothing in it."""
    folder = sites.FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def show(system: str, page: str, found: tuple[float, str, str], ours: float = 0) -> float:
    rate, median, late = found
    ratio = f"{rate / ours:.3f}" if ours else "1"
    print(f"| {system} | {page} | {rate:,.0f} | {median} | {late} | {ratio} |", flush=True)
    return rate


def file_of(name: str) -> str:
    return re.sub(r"\W", "_", name) + ".html"


def warm(port: int, paths, pauses=(14, 0)) -> None:
    """Until every worker keeps every page: one that has just begun keeps none for some seconds."""
    paths = list(paths)
    for pause in pauses:
        for _ in range(30):
            for path in paths:
                serving.ask(port, path)
        time.sleep(pause)


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
    """Median time of each page without the page cache, asked in turn of newsrooms of all sizes; and its queries."""
    newsrooms = [sites.Newsroom(size, serving.free_port()) for size in sizes]
    print("\nUncached, one reader: median milliseconds (queries), and the largest newsroom's to the smallest's.\n")
    print("| page | " + " | ".join(f"{size:,}" for size in sizes) + " | ratio |")
    print("| --- |" + " ---: |" * (len(sizes) + 1))
    with contextlib.ExitStack() as stack:
        for newsroom in newsrooms:
            stack.enter_context(newsroom.serve(cached=False))
        for name in newsrooms[0].pages:
            taken: dict[int, list[float]] = {newsroom.count: [] for newsroom in newsrooms}
            for turn in range(rounds + 5):
                for newsroom in newsrooms:
                    cookie = newsroom.cookie if name.startswith("desk") else ""
                    began = time.perf_counter()
                    answer = serving.ask(newsroom.port, newsroom.pages[name], cookie=cookie)
                    spent = time.perf_counter() - began
                    assert answer.status == 200, (name, answer.status)
                    if turn >= 5:
                        taken[newsroom.count].append(spent * 1000)
            medians = [statistics.median(taken[newsroom.count]) for newsroom in newsrooms]
            cells = [f"{median:.1f} ({n.queries[name]})" for median, n in zip(medians, newsrooms, strict=True)]
            print(f"| {name} | " + " | ".join(cells) + f" | {medians[-1] / medians[0]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
