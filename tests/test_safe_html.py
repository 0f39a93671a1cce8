"""S2: only the sanitiser's output is called safe, and only in the places listed here."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
#: Modules that may say mark_safe: the sanitiser alone.
MARKING = {"articles/body.py"}


def sources(pattern):
    for folder in ("articles", "comments", "newsroom", "templates"):
        yield from sorted((ROOT / folder).rglob(pattern))


def test_only_the_sanitiser_marks_text_as_safe():
    """S2"""
    said = {
        str(path.relative_to(ROOT))
        for path in sources("*.py")
        if re.search(r"\b(mark_safe|SafeString|SafeText|__html__)\b", path.read_text(encoding="utf-8"))
    }
    assert said <= MARKING


def test_no_template_switches_escaping_off():
    """S2"""
    pattern = re.compile(
        r"\|\s*safe(seq)?\b|autoescape\s+off|\|\s*(striptags|truncatewords_html|truncatechars_html|urlize)"
    )
    said = {
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in sources("*.html")
        if (found := pattern.search(path.read_text(encoding="utf-8")))
    }
    assert said == set()


def test_no_template_holds_inline_code_or_style():
    """S29"""
    # Data as JSON in a script element is not run.
    inline = r'<script(?![^>]*\b(?:src=|type="application/json"))|<style|\sstyle=|\son\w+=|javascript:'
    pattern = re.compile(inline, re.IGNORECASE)
    said = {
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in sources("*.html")
        if (found := pattern.search(path.read_text(encoding="utf-8")))
    }
    assert said == set()
