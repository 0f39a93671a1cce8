"""The Nu HTML checker finds no error on any page."""

import json
import os
import shutil
import subprocess
from itertools import chain
from pathlib import Path

import pytest
from django.urls import reverse

from tests.browser import answers
from tests.browser.newsroom import make_newsroom
from tests.factories import make_user
from tests.newsroom.test_accounts import SECOND, code_of, confirm, make_app, sign_in

ROOT = Path(__file__).parents[2]
JAR = Path(os.environ.get("VNU_JAR") or ROOT / "var/tools/node_modules/vnu-jar/build/dist/vnu.jar")


@pytest.mark.django_db
def test_checker_finds_no_error(client, tmp_path):
    assert faults({name: client.get(address).content for name, address in make_newsroom().items()}, tmp_path) == []


@pytest.mark.django_db
def test_checker_finds_no_error_in_the_second_factor(client, tmp_path):
    user = make_user(role="Editor")
    sign_in(client, user)
    pages = {}
    for name in ("mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn"):
        pages[f"{name} asked"] = client.get(reverse(name), follow=True).content
    confirm(client, reverse("mfa_activate_totp"))
    secret = make_app(user)
    for name in ("activate_totp", "add_webauthn", "deactivate_totp", "generate_recovery_codes"):
        pages[name] = client.get(reverse(f"mfa_{name}"), follow=True).content
    client.logout()
    sign_in(client, user)
    pages["second step"] = client.get(SECOND).content
    client.post(SECOND, {"code": code_of(secret)})
    pages["with an app"] = client.get(reverse("mfa_index")).content
    pages["confirm"] = client.get(reverse("mfa_reauthenticate")).content
    assert faults(pages, tmp_path) == []


@pytest.mark.django_db(transaction=True)
def test_checker_finds_no_error_in_answers_and_errors(visit, settings, tmp_path):
    settings.ROOT_URLCONF = answers.urls
    pages = make_newsroom()
    shown = answers.Answers(visit())
    steps = chain(answers.faults(shown), answers.of_readers(shown, pages))
    assert faults(dict(steps), tmp_path) == []


def faults(contents, tmp_path):
    """What the checker says of these pages."""
    if not JAR.exists() or not shutil.which("java"):
        missing = "the Nu HTML checker (npm's vnu-jar, with Java) is not installed"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    pages = tmp_path / "pages"  # uploads lie beside it, and the checker reads whole folders
    pages.mkdir()
    for name, content in contents.items():
        (pages / f"{name}.html").write_bytes(content)
    result = subprocess.run(
        ["java", "-jar", str(JAR), "--format", "json", "--errors-only", "--exit-zero-always", str(pages)],
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        f"{Path(message['url']).stem}: {message['message']} … {message.get('extract', '')[:160]}"
        for message in json.loads(result.stderr)["messages"]
    ]
