"""The Nu HTML checker finds no error on any page."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.browser.newsroom import make_newsroom

ROOT = Path(__file__).parents[2]
JAR = Path(os.environ.get("VNU_JAR") or ROOT / "var/tools/node_modules/vnu-jar/build/dist/vnu.jar")


@pytest.mark.django_db
def test_checker_finds_no_error(client, tmp_path):
    if not JAR.exists() or not shutil.which("java"):
        missing = "the Nu HTML checker (npm's vnu-jar, with Java) is not installed"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    pages = tmp_path / "pages"  # uploads lie beside it, and the checker reads whole folders
    pages.mkdir()
    for name, address in make_newsroom().items():
        (pages / f"{name}.html").write_bytes(client.get(address).content)
    result = subprocess.run(
        ["java", "-jar", str(JAR), "--format", "json", "--errors-only", "--exit-zero-always", str(pages)],
        capture_output=True,
        text=True,
        check=True,
    )
    messages = [
        f"{Path(message['url']).stem}: {message['message']} … {message.get('extract', '')[:160]}"
        for message in json.loads(result.stderr)["messages"]
    ]
    assert messages == []
