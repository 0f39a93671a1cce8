"""Requests a second of what runs on loopback, by wrk, as rows of a table."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests import serving
from tests.bench import sites

WORKERS = 2
#: Readers at a time of pages that are made anew: as many as there are threads.
UNCACHED = 8


def options(name: str, doc: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"make {name}", description=doc)
    parser.add_argument("--seconds", type=int, default=5, help="for each measurement")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--articles", type=int, default=10_000, help="in the newsroom that is measured against others")
    return parser


def begin(chosen: argparse.Namespace) -> "Wrk":
    """Say what is measured where."""
    program = shutil.which("wrk")
    if program is None:
        sys.exit("This measures with wrk, and there is none here. On Debian and Ubuntu: apt install wrk")
    print(f"{datetime.now(UTC):%Y-%m-%d} · {machine()} · {WORKERS} workers · {chosen.connections} connections\n")
    return Wrk(program, chosen)


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return f"{os.cpu_count()} × {model[1] if model else 'processor'}, {memory:.0f} GB, load {os.getloadavg()[0]:.1f}"


class Wrk:
    def __init__(self, program: str, options: argparse.Namespace):
        self.program, self.options = program, options

    def measure(self, port: int, path: str, connections: int = 0) -> tuple[float, str, str]:
        """(requests a second, median, 99th percentile). Whoever answers an error is not measured but named."""
        command = [self.program, "-t2", f"-c{connections or self.options.connections}", f"-d{self.options.seconds}s"]
        command += ["--latency", f"http://{serving.HOST}:{port}{path}"]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in out:
            raise SystemExit(f"{path} does not answer with success:\n{out}")
        found = {name: re.search(pattern, out) for name, pattern in PATTERNS.items()}
        return float(found["rate"][1]), found["p50"][1], found["p99"][1]


PATTERNS = {"rate": r"Requests/sec:\s+([\d.]+)", "p50": r"\n +50% +(\S+)", "p99": r"\n +99% +(\S+)"}


def head() -> None:
    print("| system | page | requests/s | p50 | p99 | ratio to ours |\n| --- | --- | ---: | ---: | ---: | ---: |")


def show(system: str, page: str, found: tuple[float, str, str], ours: float = 0) -> float:
    rate, median, late = found
    ratio = f"{rate / ours:.3g}" if ours else "1"
    number = f"{rate:,.0f}" if rate > 10 else f"{rate:.2f}"
    print(f"| {system} | {page} | {number} | {median} | {late} | {ratio} |", flush=True)
    return rate


def warm(port: int, paths, pauses=(2, 0)) -> None:
    """Until every worker keeps every page: one that has just begun keeps none before its first look at stale tags."""
    paths = list(paths)
    for pause in pauses:
        for _ in range(30):
            for path in paths:
                serving.ask(port, path)
        time.sleep(pause)


def empty(name: str) -> Path:
    """A folder under var/bench with nothing in it."""
    folder = sites.FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
