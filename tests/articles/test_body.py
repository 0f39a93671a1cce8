"""The sanitiser: S1, S2, S3, S10."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles import body
from tests.oracle import unsafe_parts

CORPORA = Path(__file__).parents[3] / "shared/corpora"


def check(html):
    """Safe as a browser reads it, the same when cleaned again, and public HTML as safe as its source."""
    clean = body.sanitize(html)
    assert unsafe_parts(clean, body=True) == []
    assert body.sanitize(clean) == clean
    public = body.public_html(clean)
    assert unsafe_parts(public, body=True) == []
    return clean


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("<p>Hi <script>x</script>there</p>", "<p>Hi there</p>"),
        ("<p onclick=x style=y>a</p>", "<p>a</p>"),
        ("<h1>T</h1>", "<h2>T</h2>"),
        ("stray <b>text</b>", "<p>stray <b>text</b></p>"),
        ("plain\n\ntwo", "<p>plain</p>\n<p>two</p>"),
        ('<p><a href="javascript:x">a</a></p>', "<p>a</p>"),
        ('<p><a href="java\tscript:x">a</a></p>', "<p>a</p>"),
        ('<p><a href="//evil.example/">a</a></p>', "<p>a</p>"),
        ('<p><a href="/\\evil.example/">a</a></p>', "<p>a</p>"),
        ('<p><img src="https://elsewhere.example/x.gif"></p>', ""),
        ('<p class="pull evil">a</p>', "<p>a</p>"),
        ('<blockquote class="pull evil">a</blockquote>', '<blockquote class="pull">a</blockquote>'),
        ('<p>a <a href="/b"><img src="https://elsewhere.example/x.gif"></a></p>', "<p>a </p>"),
        ("<svg><a>x</a></svg><p>a</p>", "<p>a</p>"),
        ('<p id="x" name="y">a</p>', "<p>a</p>"),
        ("", ""),
    ],
)
def test_what_is_left(html, clean):
    """S1"""
    assert check(html) == clean


@given(st.text())
def test_any_text_is_safe_and_stays_the_same(text):
    """S1"""
    check(text)


TAGS = [*"p a b div svg math table td script style img form iframe template noscript select li h1 figure title".split()]
PIECES = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
    st.sampled_from(
        ['<a href="javascript:x">', "<img src=x onerror=y>", "<!--", "-->", "<![CDATA[", "]]>", "&lt;", "&#106;"]
    ),
    st.sampled_from(
        ['<p title="', '">', "<a href='", "'", "<![x", "<math><mtext></p>", "<svg/onload=x>", "x", " ", "\x00"]
    ),
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_any_markup_is_safe_and_stays_the_same(html):
    """S1"""
    check(html)
    body.plain_text(html)


@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside the project")
def test_hostile_payloads_are_safe():
    """S1, S3"""
    lines = (CORPORA / "xss/cases.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines:
        payload = json.loads(line)["payload"]
        check(payload)
        assert unsafe_parts(body.sanitize_comment(payload), body=True) == []
        body.excerpt(payload)
    for text in json.loads((CORPORA / "naughty-strings/blns.json").read_text(encoding="utf-8")):
        check(text)


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "&",
        "<a ",
        "<div>",
        "<b>",
        "<b><p>",
        "<script>",
        "<svg/>",
        "<![x b",
        "<blockquote>",
        "<ul><li>",
        "<li>",
        "</p>",
    ],
)
def test_deep_and_long_input_has_an_answer(piece):
    """S10"""
    check(piece * 20_000)


def test_lone_surrogates_and_control_characters_are_dropped():
    """S26"""
    assert body.sanitize("<p>a\ud800\x00\x08b</p>") == "<p>ab</p>"


def test_comment_is_escaped_and_linked():
    """S17"""
    html = body.sanitize_comment("<b>Hi</b>\n\nSee https://x.example/?a=1&b=2.\nBye")
    link = "https://x.example/?a=1&amp;b=2"
    assert html == (
        f'<p>&lt;b&gt;Hi&lt;/b&gt;</p>\n<p>See <a href="{link}" rel="nofollow ugc noopener">{link}</a>.<br>Bye</p>'
    )


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a *loud* word", "<p>a <em>loud</em> word</p>"),
        ("`x < y`", "<p><code>x &lt; y</code></p>"),
        ("> Said\n> before\nNo.", "<blockquote><p>Said<br>before</p></blockquote>\n<p>No.</p>"),
        ("> > twice", "<blockquote><p>twice</p></blockquote>"),
        ("*a\nb* and *c*", "<p>*a<br>b* and <em>c</em></p>"),
        ("2*3*4, 5 * 6 * 7, **, *", "<p>2*3*4, 5 * 6 * 7, **, *</p>"),
        ("`*not loud*` *`not code`*", "<p><code>*not loud*</code> <em>`not code`</em></p>"),
        ("*<b>x</b>*", "<p><em>&lt;b&gt;x&lt;/b&gt;</em></p>"),
        (">_<", "<p>&gt;_&lt;</p>"),
        ("> ", ""),
        ("``", "<p>``</p>"),
        ("*\u202e*", "<p><em>\u202e</em></p>"),
    ],
)
def test_marks_of_a_comment(text, html):
    """S2"""
    assert body.sanitize_comment(text) == html


def test_link_within_emphasis_is_a_link():
    link = '<a href="https://x.example/" rel="nofollow ugc noopener">https://x.example/</a>'
    assert body.sanitize_comment("*see https://x.example/ please*") == f"<p><em>see {link} please</em></p>"
    assert "<em>" not in body.sanitize_comment("https://x.example/*a*b")


def test_video_becomes_a_link_that_loads_nothing():
    """S6"""
    html = body.public_html(body.sanitize("<p>https://youtu.be/abcdef</p>"), language="en")
    assert '<a href="https://youtu.be/abcdef" rel="external noopener">' in html
    assert "iframe" not in html
    assert body.public_html("<p>https://unknown.example/v</p>") == "<p>https://unknown.example/v</p>"


def test_table_can_be_scrolled_and_is_named():
    html = body.public_html(body.sanitize("<table><caption>Boats</caption><tr><td>1</td></tr></table>"))
    assert html.startswith('<div class="scroll" role="region" tabindex="0" aria-label="Boats"><table class="data">')


def test_reading_time_counts_words_or_characters():
    assert body.reading_minutes("<p>short</p>") == 1
    assert body.reading_minutes("<p>" + "word " * 952 + "</p>") == 4
    assert body.reading_minutes("<p>" + "字" * 900 + "</p>") == 3


def test_excerpt_ends_at_a_word():
    assert body.excerpt("<p>One two</p><p>three four</p>", 14) == "One two three…"


@pytest.mark.parametrize(
    ("html", "names"),
    [
        ("<p>a</p>", []),
        ("plain & simple < words", []),
        ('<p class="align-end" dir="rtl" lang="fa">a</p>', []),
        ('<p class="MsoNormal" style="mso-x:1">a<o:p></o:p></p>', ["class", "style"]),
        ('<p><a href="javascript:x">a</a></p>', ["href"]),
        ("<script>x</script><SCRIPT >y</SCRIPT>", ["<script>"]),
        ("<html><head><title>x</title></head><body><p>a</p></body></html>", ["<title>"]),
        ("<blink>a</blink>", ["<blink>"]),
    ],
)
def test_what_was_taken_out_has_names(html, names):
    assert body.taken_out(html) == names


@given(st.text() | st.lists(PIECES, max_size=14).map("".join))
def test_names_of_what_was_taken_out_are_few_and_short(html):
    named = body.taken_out(html)
    assert len(named) <= body.MOST_NAMED
    assert all(len(name) <= 40 for name in named)
