"""S30: what is installed is pinned, hashed and not known to be broken."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).parent.parent / "requirements"
#: The first versions without a published hole that concerns us.
FLOORS = {"django": (5, 2, 19), "pillow": (12, 3, 0), "nh3": (0, 3, 8), "bleach": (6, 4, 0)}


@pytest.mark.parametrize("name", ["base.txt", "full.txt", "test.txt"])
def test_every_package_is_pinned_with_hashes_and_without_addresses(name):
    """S30"""
    text = (REQUIREMENTS / name).read_text()
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)
    packages = re.split(r"\n(?=\w)", text.strip())
    assert len(packages) > 10
    for package in packages:
        assert re.match(r"[\w.-]+==\S+", package), package[:60]
        assert "--hash=sha256:" in package, package[:60]


def test_lists_agree_on_versions():
    pins = {}
    for name in ("test.txt", "full.txt", "base.txt"):
        found = dict(re.findall(r"^([\w.-]+)==(\S+)", (REQUIREMENTS / name).read_text(), re.MULTILINE))
        for package, pin in found.items():
            assert pins.setdefault(package, pin) == pin


@pytest.mark.parametrize("package", FLOORS)
def test_no_version_with_a_known_hole(package):
    """S30"""
    installed = tuple(int(part) for part in re.findall(r"\d+", version(package))[:3])
    assert installed >= FLOORS[package]
