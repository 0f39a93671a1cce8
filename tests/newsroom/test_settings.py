"""The settings, as an operator meets them: in a process of their own."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEY = "k" * 20 + "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ"


def manage(tmp_path, *words, **environment):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={**kept, "VAR_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_https_site_passes_the_deployment_checks(tmp_path):
    """The deploy checklist of security.md §0."""
    result = manage(
        tmp_path,
        "check",
        "--deploy",
        "--fail-level",
        "WARNING",
        SITE_URL="https://news.example",
        SECRET_KEY=KEY,
    )
    assert result.returncode == 0, result.stderr


def test_bare_clone_passes_the_checks(tmp_path):
    result = manage(tmp_path, "check", "--fail-level", "WARNING")
    assert result.returncode == 0, result.stderr


def test_models_and_migrations_agree_whatever_the_languages(tmp_path):
    """F10"""
    for languages in ("en,ar,fa,ur,fr", "fr,de"):
        result = manage(tmp_path, "makemigrations", "--check", "--dry-run", LANGUAGES=languages)
        assert result.returncode == 0, result.stdout


def test_secret_key_is_made_once_and_only_ours_to_read(tmp_path):
    show = ("shell", "--no-imports", "-c", "from django.conf import settings; print(settings.SECRET_KEY)")
    first, second = (manage(tmp_path, *show).stdout for _ in range(2))
    assert first == second
    assert len(first.strip()) >= 50
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SITE_URL", "news.example"),
        ("SITE_URL", "https://news.example/path"),
        ("DEBUG", "maybe"),
        ("CONN_MAX_AGE", "long"),
        ("MEDIA_STORAGE", "ftp://host"),
        ("EMAIL_URL", "mailto:nobody"),
        ("VIDEO_HOSTS", "tube.example, https://films.example/"),
        ("NETWORK_KEY_DAYS", "0"),
        ("PERSONAL_DATA_DAYS", "0"),
        ("TRASH_DAYS", "0"),
    ],
)
def test_wrong_value_names_its_variable(tmp_path, name, value):
    result = manage(tmp_path, "check", **{name: value})
    assert result.returncode != 0
    assert f"ImproperlyConfigured: {name} must be" in result.stderr


def test_first_language_without_words_is_refused_and_others_need_none(tmp_path):
    result = manage(tmp_path, "check", LANGUAGES="ps,en")
    assert "ImproperlyConfigured: LANGUAGES begins with ps" in result.stderr
    assert manage(tmp_path, "check", LANGUAGES="fr-ca,ps,sd").returncode == 0


def test_cookies_follow_the_scheme_of_the_site(tmp_path):
    """S21"""
    code = (
        "from django.conf import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.READER_COOKIE_NAME, "
        "s.SESSION_COOKIE_SECURE, s.SECURE_SSL_REDIRECT)"
    )
    show = ("shell", "--no-imports", "-c", code)
    plain = manage(tmp_path, *show, SITE_URL="http://127.0.0.1:8000").stdout.split()
    secure = manage(tmp_path, *show, SITE_URL="https://news.example").stdout.split()
    assert plain == ["session", "csrf", "reader", "False", "False"]
    assert secure == ["__Host-session", "__Host-csrf", "__Host-reader", "True", "True"]


def test_each_host_of_films_may_be_framed_by_its_player_and_no_other_host(tmp_path):
    """S6, S29: what a story may hold and what its page may frame are one list."""
    code = "from django.conf import settings as s; print(*s.SECURE_CSP['frame-src'], 'tube.example' in s.VIDEO_HOSTS)"
    show = ("shell", "--no-imports", "-c", code)
    players = ["'self'", "https://www.youtube-nocookie.com", "https://player.vimeo.com", "https://geo.dailymotion.com"]
    players += ["https://framatube.org", "https://peertube.tv"]
    assert manage(tmp_path, *show).stdout.split() == [*players, "False"]
    more = manage(tmp_path, *show, VIDEO_HOSTS="tube.example,films.example:8443").stdout.split()
    assert more == [*players, "https://tube.example", "https://films.example:8443", "True"]


def test_readme_names_every_variable_and_no_other():
    """What is read in settings.py, and what the Makefile takes from whoever calls it."""
    settings, makefile = ((ROOT / name).read_text() for name in ("newsroom/settings.py", "Makefile"))
    read = set(re.findall(r'\b(?:env(?:_bool|_int|_list)?|environ\.get)\(\s*"([A-Z_]+)"', settings))
    read |= set(re.findall(r"^([A-Z_]+) \?=", makefile, re.MULTILINE))
    table = (ROOT / "README.md").read_text().partition("| variable |")[2].partition("\n\n")[0]
    names = [re.findall(r"`([A-Z_]+)`", row.split("|")[1]) for row in table.splitlines() if row.startswith("| `")]
    assert sorted(name for row in names for name in row) == sorted(read)


def test_readme_shows_what_it_speaks_of():
    """Its pictures and the files it names are there; commands that it gives are the Makefile's or manage.py's."""
    text = (ROOT / "README.md").read_text()
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)
    assert pictures
    for name in pictures:
        assert 1000 < (ROOT / name).stat().st_size < 200_000
    goals = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z]+)\b", text, re.MULTILINE)) <= goals
    named = set(re.findall(r"`((?:articles|comments|newsroom)/[\w/]+\.\w+)`", text))
    assert named <= {str(path.relative_to(ROOT)) for path in ROOT.glob("*/**/*.py")}
