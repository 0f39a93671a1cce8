"""The interface is complete in each language: nothing missing, nothing fuzzy, and compiled from what is read."""

import os
import re
import shutil
import subprocess
import sys
from ast import literal_eval
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import trans_real

ROOT = Path(__file__).parents[2]
LANGUAGES = ["ar", "fa", "fr", "ur"]
PACKAGES = Path(trans_real.__file__).parents[3]
#: What the desk, the sign-in and their messages can say, by its places in the packages' source: without names of
#: languages, pages that we have others for, signing up and signing in elsewhere, and what only programs read.
SHOWN = {
    "django/conf": r"core/validators|db/models/|forms/|template/defaultfilters|utils/",
    "django/contrib/admin": r"(?!.*(/registration/password_reset|/admin/(login|404|500|invalid_setup)\.html|/tests))",
    "django/contrib/auth": r"",
    "django/contrib/contenttypes": r".*/(apps|models)",
    "django/contrib/sessions": r".*/apps",
    "taggit": r"(taggit/)?(apps|forms|managers|models)",
    "allauth": r"account/(adapter|models|apps|admin)|mfa/|templates/mfa/messages/",
}


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


def read(path):
    """The entries of a catalogue: the places in the source of each, and its strings by their keywords."""
    for entry in path.read_text(encoding="utf-8").split("\n\n"):
        places = [place.partition(":")[0] for line in re.findall("^#: (.*)", entry, re.M) for place in line.split()]
        plain = re.sub(r"^#.*\n|\"\n\"", "", entry, flags=re.M)
        said = {key: literal_eval(f'"{text}"') for key, text in re.findall(r'^(\w+) "(.*)"$', plain, re.M)}
        if said.get("msgid"):
            yield places, said


def is_shown(package, places, said):
    if places and all(place.startswith("db/models/") for place in places):  # kinds of fields stand there as well
        return said["msgid"].endswith(".")
    letters = re.search("[A-Za-z]", re.sub(r"%\(\w+\)s", "", said["msgid"]))
    return letters and any(re.match(SHOWN[package], place) for place in places)


def key_of(said):
    key = "\x04".join(filter(None, (said.get("msgctxt"), said["msgid"])))
    return (key, 1) if "msgid_plural" in said else key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("package", SHOWN)
def test_no_word_of_a_package_is_missing(package, language):
    """Those that its own catalogue lacks stand in newsroom/package_locale/."""
    known = trans_real.translation(language)._catalog
    words = [said for places, said in read(english(package)) if is_shown(package, places, said)]
    assert words
    assert [said["msgid"] for said in words if key_of(said) not in known] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_the_desks_scripts_is_missing(language):
    folder = PACKAGES / "django/contrib/admin/locale"
    known = trans_real.DjangoTranslation(language, domain="djangojs", localedirs=[folder])._catalog
    words = [said for _places, said in read(folder / "en/LC_MESSAGES/djangojs.po")]
    assert [said["msgid"] for said in words if key_of(said) not in known] == []


def english(package):
    return PACKAGES / package / "locale/en/LC_MESSAGES/django.po"


def ours(language):
    return [path for folder in settings.LOCALE_PATHS for path in (folder / language).glob("LC_MESSAGES/*.po")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_keeps_placeholders_and_is_what_was_compiled(catalogues, language, tmp_path):
    made = tmp_path / "made.mo"
    for path in ours(language):
        checked = subprocess.run(["msgfmt", "--check", "-o", made, path], capture_output=True, text=True)
        assert (checked.returncode, checked.stderr) == (0, "")
        assert made.read_bytes() == path.with_suffix(".mo").read_bytes()
        assert entries(path, "--untranslated") == entries(path, "--only-fuzzy") == []


@pytest.mark.parametrize(("language", "foreign"), [("ar", "یکہھےٹ"), ("fa", "يكىة"), ("ur", "يكىة")])
def test_letters_and_marks_are_those_of_the_language(language, foreign):
    text = "".join(path.read_text(encoding="utf-8") for path in ours(language))
    for said in re.findall(r'^msgstr(?:\[\d\])? "(.*)"$', text, re.MULTILINE):
        plain = re.sub(r"%\(\w+\)[sd]|<[^>]*>|&\w+;", "", said)
        assert not re.search(rf"[{foreign}]", plain), said
        assert not re.search(r"[\u0600-\u06ff] ?[,;?]", plain), said
        marks = re.findall("[“”«»]", plain)
        pair = ["”", "“"] if language == "ur" else ["«", "»"]
        assert marks == pair * (len(marks) // 2), said
