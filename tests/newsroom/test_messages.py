"""The interface is complete in each language: nothing missing, nothing fuzzy, and compiled from what is read."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LANGUAGES = ["ar", "fa", "fr", "ur"]


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory):
    """The catalogues as they come out of today's code and templates, in a copy of the project."""
    if not shutil.which("msgfmt"):
        if os.environ.get("CI"):
            pytest.fail("gettext is not installed")
        pytest.skip("gettext is not installed")
    copy = tmp_path_factory.mktemp("project")
    for name in ("articles", "comments", "newsroom", "templates"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", copy)
    command = [sys.executable, "manage.py", "makemessages", "--no-location", "--no-obsolete", "--no-wrap"]
    for language in LANGUAGES:
        command += ["--locale", language]
    subprocess.run(command, cwd=copy, check=True, capture_output=True)
    return copy / "newsroom/locale"


def entries(path, *options):
    """What msgattrib lets through of a catalogue, as text; its header aside."""
    found = subprocess.run(["msgattrib", *options, path], check=True, capture_output=True, text=True).stdout
    return [entry for entry in found.split("\n\n") if entry.strip() and 'msgid ""\nmsgstr ""\n"' not in entry]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_string_is_missing_or_fuzzy(catalogues, language):
    path = catalogues / language / "LC_MESSAGES/django.po"
    assert entries(path, "--untranslated") == []
    assert entries(path, "--only-fuzzy") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_keeps_placeholders_and_is_what_was_compiled(catalogues, language, tmp_path):
    folder = ROOT / f"newsroom/locale/{language}/LC_MESSAGES"
    made = tmp_path / "django.mo"
    checked = subprocess.run(["msgfmt", "--check", "-o", made, folder / "django.po"], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert made.read_bytes() == (folder / "django.mo").read_bytes()


@pytest.mark.parametrize(("language", "foreign"), [("ar", "یکہھےٹ"), ("fa", "يكىة"), ("ur", "يكىة")])
def test_letters_and_marks_are_those_of_the_language(language, foreign):
    text = (ROOT / f"newsroom/locale/{language}/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    for said in re.findall(r'^msgstr(?:\[\d\])? "(.*)"$', text, re.MULTILINE):
        plain = re.sub(r"%\(\w+\)[sd]|<[^>]*>|&\w+;", "", said)
        assert not re.search(rf"[{foreign}]", plain), said
        assert not re.search(r"[\u0600-\u06ff] ?[,;?]", plain), said
        marks = re.findall("[“”«»]", plain)
        pair = ["”", "“"] if language == "ur" else ["«", "»"]
        assert marks == pair * (len(marks) // 2), said
