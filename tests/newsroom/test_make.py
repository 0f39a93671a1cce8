"""What `make` says to somebody who has only just cloned the project, where something is in the way."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("bash", "env", "find", "mkdir", "nproc", "rm", "sed", "sh", "touch")

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")


@pytest.fixture
def clone(tmp_path):
    """A bare clone, as far as the set-up looks at it."""
    place = tmp_path / "clone"
    shutil.copytree(ROOT / "requirements", place / "requirements")
    shutil.copy(ROOT / "Makefile", place)
    (place / "static").mkdir()
    return place


def make(*words, place=ROOT, path=None, **environment):
    done = subprocess.run(
        [shutil.which("make"), *words],
        cwd=place,
        env={"PATH": path or os.environ["PATH"], "HOME": str(place), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    return done.returncode, done.stdout, [line for line in done.stderr.splitlines() if not line.startswith("make")]


def test_make_alone_says_what_there_is():
    status, said, complaints = make()
    assert (status, complaints) == (0, [])
    assert "make run" in said
    assert "make test" in said


@pytest.mark.enable_socket
@pytest.mark.parametrize("goal", ["run", "dev", "serve"])
def test_busy_port_is_one_line_that_names_another(goal):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, said, complaints = make(goal, f"PORT={port}")
    assert status != 0
    assert said == ""
    assert complaints == [f"Port {port} is busy. Choose another: make {goal} PORT={port % 65535 + 1}"]


@pytest.mark.parametrize("port", ["many", "0", "70000", "-1", "80 80", "8000;true"])
def test_port_that_is_none_is_one_line(port):
    status, said, complaints = make("run", f"PORT={port}")
    assert status != 0
    assert said == ""
    assert complaints == [f"PORT must be a number from 1 to 65535, not “{port}”."]


def tools(tmp_path, **scripts):
    """A PATH on which there is no Python but what `scripts` say."""
    place = tmp_path / "bin"
    place.mkdir()
    for name in TOOLS:
        (place / name).symlink_to(shutil.which(name))
    for name, script in scripts.items():
        (place / name).write_text(f"#!{shutil.which('sh')}\n{script}\n")
        (place / name).chmod(0o755)
    return str(place)


@pytest.mark.parametrize("goal", ["run", "test", "serve"])
def test_missing_python_is_one_line(clone, tmp_path, goal):
    status, said, complaints = make(goal, "PORT=1", place=clone, path=tools(tmp_path))
    assert status != 0
    assert said == ""
    [complaint] = complaints
    assert complaint.startswith("Newsroom needs Python 3.11 or newer; none was found.")
    assert not (clone / ".venv").exists()


def test_python_that_is_too_old_is_as_good_as_none(clone, tmp_path):
    status, _said, complaints = make("run", "PORT=1", place=clone, path=tools(tmp_path, python3="exit 1"))
    assert status != 0
    assert "Python 3.11 or newer" in complaints[0]


def test_python_without_venv_is_one_line_with_the_package_to_install(clone, tmp_path):
    broken = 'case "$*" in (*venv*) echo "ensurepip is not available"; exit 1;; esac'
    status, _said, complaints = make("run", "PORT=1", place=clone, path=tools(tmp_path, python3=broken))
    assert status != 0
    [complaint] = complaints
    assert complaint.endswith("on Debian and Ubuntu: apt install python3-venv")
    assert not (clone / ".venv").exists()


def test_missing_network_is_one_line_and_leaves_the_next_run_to_go_on(clone):
    """The installer's own many words are kept in a file."""
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    status, said, complaints = make("run", f"PYTHON={sys.executable}", "PORT=1", place=clone, **nowhere)
    assert status != 0
    assert said.count("\n") == 1
    [complaint] = complaints
    log = clone / "var" / "install.log"
    assert complaint.startswith("The packages could not be installed: is there a network?")
    assert complaint.endswith(str(log))
    assert "ERROR" in log.read_text()
    assert not (clone / ".venv" / "base.stamp").exists()
