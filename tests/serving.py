"""The site as it is in use: server processes on loopback, with a folder and a database of their own.

For the faults and the benchmarks, which cannot run inside the test's process.
"""

import contextlib
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
BIN = Path(sys.executable).parent
HOST = "127.0.0.1"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return found.getsockname()[1]


def granian(port: int, workers: int = 2) -> list[str]:
    """As in the Makefile's `serve`."""
    return [
        *(str(BIN / "granian"), "--interface", "wsgi", "--http", "1", "--host", HOST, "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", "4", "--no-ws", "--respawn-failed-workers"),
        *("--respawn-interval", "10", "--log-level", "warning", "newsroom.wsgi:application"),
    ]


def gunicorn(port: int, workers: int = 2) -> list[str]:
    """As in docs/operations.md."""
    return [
        *(str(BIN / "gunicorn"), "--bind", f"{HOST}:{port}", "--workers", str(workers), "--worker-class", "gthread"),
        *("--threads", "4", "--graceful-timeout", "30", "--log-level", "warning", "newsroom.wsgi:application"),
    ]


def nginx(port: int, backend: int, folder: Path, *, workers: int = 1, also: str = "") -> "Server":
    """nginx in front of the site, by docs/nginx.conf without its certificates; `also` stands beside `proxy_cache`."""
    text = (DOCS / "nginx.conf").read_text()
    text = text.replace("/var/cache/nginx", str(folder)).replace("127.0.0.1:8000", f"{HOST}:{backend}")
    text = re.sub(r"listen 443 ssl;", f"listen {HOST}:{port};", text)
    text = re.sub(r"\n  ssl_\w+ .*", "", text)
    text = text[: text.rindex("server {")].replace("proxy_cache newsroom;", f"proxy_cache newsroom; {also}")
    return nginx_of(text, port, folder, workers=workers)


def nginx_of(text: str, port: int, folder: Path, *, workers: int = 1, ready: str = "/healthz") -> "Server":
    """An nginx of one's own with `text` in its http block, all its files in a folder."""
    temporary = " ".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # Started by root, it would serve as somebody who may not read these files.
    user = "user root;" if os.getuid() == 0 else ""
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"{user} daemon off; worker_processes {workers}; pid {folder}/nginx.pid; error_log {folder}/nginx.error;\n"
        f"events {{ worker_connections 1024; }}\nhttp {{ access_log off; {temporary}\n{text}}}\n"
    )
    command = ["nginx", "-p", str(folder), "-c", str(configuration)]
    return Server(command, dict(os.environ), port, log=folder / "nginx.log", ready=ready)


def varnish(port: int, backend: int, folder: Path) -> "Server":
    """Varnish in front of the site, by docs/varnish.vcl."""
    configuration = folder / "varnish.vcl"
    configuration.write_text((DOCS / "varnish.vcl").read_text().replace('.port = "8000"', f'.port = "{backend}"'))
    command = ["varnishd", "-F", "-j", "none", "-n", str(folder / "varnish"), "-a", f"{HOST}:{port}"]
    command += ["-f", str(configuration), "-s", "malloc,32m"]
    return Server(command, dict(os.environ), port, log=folder / "varnish.log")


def environment(folder: Path, port: int, database: str = "", **settings: str) -> dict[str, str]:
    """What the site's processes get: nothing of the tests' own settings but the path."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "VAR_DIR": str(folder),
        "STATIC_ROOT": str(folder / "static"),
        "DATABASE_URL": database,
        "SITE_URL": f"http://{HOST}:{port}",
        "SECRET_KEY": "not a secret: this site is gone in a minute",
        "TRUSTED_PROXIES": HOST,  # the client says by X-Forwarded-For which reader it is
        "EMAIL_URL": "",
        "LOG_LEVEL": "WARNING",
        "PYTHONUNBUFFERED": "1",
        **settings,
    }


def manage(env: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Server:
    """A server with its workers in a process group of their own; its output goes to a file."""

    def __init__(self, command: list[str], env: dict[str, str], port: int, *, log: Path, ready: str = "/healthz"):
        self.command, self.env, self.port, self.log, self.ready = command, env, port, log, ready
        self.process: subprocess.Popen | None = None

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.stop()

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.env, stdout=out, stderr=out, start_new_session=True
            )
        wait_until(lambda: self.answers(), f"{self.command[0]} does not answer; see {self.log}")

    def answers(self) -> bool:
        assert self.process.poll() is None, f"{self.command[0]} has ended: {self.log.read_text()[-2000:]}"
        try:
            return ask(self.port, self.ready).status < 500
        except OSError:
            return False

    def workers(self) -> list[int]:
        """The processes below the first, by number."""
        found = subprocess.run(
            ["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        return [int(pid) for pid in found]

    def processor_ms(self) -> float:
        """Milliseconds of a processor that the workers have used till now; of Linux alone."""
        files = [file for pid in self.workers() for file in Path(f"/proc/{pid}/task").glob("*/schedstat")]
        return sum(int(file.read_text().split()[0]) for file in files) / 1e6

    def kill(self) -> None:
        """Everything at once, as when the machine's memory ends."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()


def wait_until(done, otherwise: str, seconds: float = 60) -> None:
    """Ask again and again; the limit is there so that a dead process ends the run, and is no measure of anything."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, otherwise
        time.sleep(0.05)


class Reply:
    def __init__(self, status: int, headers: dict[str, str], body: bytes):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(
    port: int,
    path: str,
    data: dict | None = None,
    *,
    reader: str = "",
    cookie: str = "",
    timeout: float = 60,
    **headers,
) -> Reply:
    """One request on a connection of its own; `reader` is the address that it claims to come from."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers = {"User-Agent": BROWSER, "Connection": "close", "Origin": f"http://{HOST}:{port}", **headers}
    if reader:
        headers["X-Forwarded-For"] = reader
    if cookie:
        headers["Cookie"] = cookie
    body = None
    if data is not None:
        body = urlencode(data)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
    try:
        connection.request(
            "GET" if data is None else "POST", urlsplit(path)._replace(fragment="").geturl(), body, headers
        )
        answer = connection.getresponse()
        return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def all_at_once(calls, together: int) -> list:
    """The results of many calls, so many of them under way at any time."""
    with ThreadPoolExecutor(together) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


@contextlib.contextmanager
def postgresql() -> Iterator["Cluster"]:
    """A PostgreSQL of one's own, which may be stopped and killed without harm to anybody."""
    folder = Path(tempfile.mkdtemp(prefix="newsroom-postgresql-"))
    try:
        with Cluster(folder) as cluster:
            yield cluster
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def postgresql_programs() -> Path | None:
    """Where initdb and pg_ctl are."""
    found = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    if path := shutil.which("initdb"):
        found.insert(0, Path(path).resolve().parent)
    return next((folder for folder in found if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)


class Cluster:
    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        self.programs = postgresql_programs()
        # PostgreSQL does not run as root.
        self.user = "postgres" if os.getuid() == 0 else None
        if self.user:
            shutil.chown(folder, self.user)

    def __enter__(self) -> "Cluster":
        self.run("initdb", "-D", str(self.folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
        self.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "stop", "-m", "immediate")

    def run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            user=self.user,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program != "pg_ctl" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses={HOST} -c unix_socket_directories={self.folder}"
        data = str(self.folder / "data")
        self.run("pg_ctl", "-D", data, "-o", options, "-l", str(self.folder / "log"), "-w", "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-w", "stop", "-m", "fast")

    def url(self, name: str = "postgres") -> str:
        return f"postgres://postgres@{HOST}:{self.port}/{name}"
