"""Reading WordPress exports: what comes out, what is refused, and in how much memory."""

import contextlib
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsroom.importers import wxr
from newsroom.importers.wxr import WxrError
from tests.newsroom.exports import CORPORA, HEAD, TAIL, corpus, export, item

FIXTURE = Path(__file__).parents[1] / "data" / "wordpress.xml"
ROOT = Path(__file__).parents[2]


def entries(path, kind=None):
    return [entry for entry in wxr.read(path) if kind is None or isinstance(entry, kind)]


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "export.xml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def read(write):
    return lambda content, kind=wxr.Item: entries(write(content), kind)


def refusal(path):
    with pytest.raises(WxrError) as caught:
        entries(path)
    return str(caught.value)


# What comes out


def test_site_is_first_and_names_the_blog():
    first = entries(FIXTURE)[0]
    assert first == wxr.Site(
        title="Harbour Notes",
        link="https://harbour.example",
        description="What the tide brings",
        language="en-GB",
        base_site_url="https://harbour.example",
        base_blog_url="https://harbour.example",
    )


def test_authors_categories_tags_and_terms():
    authors = entries(FIXTURE, wxr.Author)
    assert [author.name for author in authors] == ["Mara Lind", "tom@harbour.example"]
    boats, harbour = entries(FIXTURE, wxr.Category)
    assert (boats.slug, boats.parent, boats.name) == ("boats", "harbour", "Boats &amp; ferries")
    assert harbour.description == "All that <em>floats</em>."
    assert [tag.name for tag in entries(FIXTURE, wxr.Tag)] == ["Fog"]
    assert [term.taxonomy for term in entries(FIXTURE, wxr.Term)] == ["nav_menu"]


def test_post_with_all_that_it_holds():
    post = entries(FIXTURE, wxr.Item)[0]
    assert (post.id, post.type, post.status, post.slug) == (10, "post", "publish", "night-ferry")
    assert post.date_gmt == datetime(2019, 5, 14, 18, 30, tzinfo=UTC)
    assert post.date == datetime(2019, 5, 14, 20, 30)
    assert post.is_sticky
    assert post.meta == {"_thumbnail_id": "20"}
    assert [(label.domain, label.slug) for label in post.labels] == [
        ("category", "boats"),
        ("category", "weather"),
        ("post_tag", "fog"),
    ]
    assert post.content.startswith("The ferry left at <strong>nine</strong>.\nNobody")
    oda, piet, *_rest = post.comments
    assert (oda.id, oda.parent, oda.approved, oda.ip) == (102, 101, "1", "192.0.2.9")
    assert piet.date_gmt is None
    assert piet.date == datetime(2019, 5, 14, 22, 0)


def test_zero_and_impossible_dates_are_no_dates(read):
    first, second, third = read(
        export(
            item(1, post_date_gmt="0000-00-00 00:00:00"),
            item(2, post_date_gmt="2020-02-30 10:00:00"),
            item(3, post_date_gmt="", inner="<pubDate>Mon, 30 Nov -0001 00:00:00 +0000</pubDate>"),
        )
    )
    assert (first.date_gmt, second.date_gmt, third.date_gmt) == (None, None, None)


def test_feed_date_stands_in_for_a_missing_one(read):
    [post] = read(export(item(1, post_date_gmt="", inner="<pubDate>Wed, 01 Jan 2020 02:00:00 +0200</pubDate>")))
    assert post.date_gmt == datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_version_of_the_namespace_is_read(read, version, scheme):
    text = export(item(7)).replace("http://wordpress.org/export/1.2/", f"{scheme}://wordpress.org/export/{version}/")
    assert [post.id for post in read(text)] == [7]


def test_tags_of_other_namespaces_are_not_taken_for_wordpress(read):
    fake = '<wp:postmeta xmlns:wp="http://other.example/"><wp:meta_key>a</wp:meta_key></wp:postmeta>'
    [post] = read(export(item(7, inner=fake)))
    assert post.meta == {}


def test_tags_without_prefix_are_read(read):
    text = export(item(7)).replace("<wp:post_id>", "<post_id>").replace("</wp:post_id>", "</post_id>")
    assert [post.id for post in read(text)] == [7]


def test_terms_of_version_1_0_are_named_once(read):
    doubled = (
        '<category><![CDATA[News]]></category><category domain="category" nicename="news"><![CDATA[News]]></category>'
        '<category domain="tag"><![CDATA[Roar]]></category><category domain="tag" nicename="roar">Roar</category>'
    )
    [post] = read(export(item(1, inner=doubled)))
    assert [(label.domain, label.slug) for label in post.labels] == [("category", "news"), ("post_tag", "roar")]


def test_control_characters_are_dropped_raw_and_as_references(read):
    text = export(item(1, content="a\x08b\x0bc")).replace("A title", "]]>x&#8;y&#xB;&#65;<![CDATA[")
    [post] = read(text)
    assert (post.content, post.title) == ("abc", "xyA")


def test_blank_lines_before_the_declaration_are_no_error(read):
    assert len(read("\ufeff\n\n  " + export(item(1)))) == 1


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "windows-1252", "koi8-r"])
def test_other_encodings_are_read(read, encoding):
    words = "Слово" if encoding == "koi8-r" else "Crème"
    text = export(item(1, title=words)).replace('encoding="UTF-8"', f'encoding="{encoding}"')
    assert [post.title for post in read(text.encode(encoding))] == [words]


def test_item_that_is_too_long_is_marked_and_the_next_is_whole(read, monkeypatch):
    monkeypatch.setattr(wxr, "MAX_TEXT", 1000)
    long, short = read(export(item(1, content="x" * 50_000), item(2)))
    assert long.is_cut
    assert len(long.content) <= 1000
    assert (short.content, short.is_cut) == ("Words.", False)


# What is refused


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"GIF89a is no feed", "not XML"),
        ("<html><body>Sign in</body></html>", "does not begin with <rss>"),
        ('<rss version="2.0"><channel><title>Feed</title><item/></channel></rss>', "version number is missing"),
        (HEAD + item(1) + "<item><title>cut", "cut off"),
        (HEAD + item(1) + "<item></title></item>" + TAIL, "mismatched tag at line"),
        (export(item(1)).replace("A title", "]]>a &nbsp; b<![CDATA["), "undefined entity"),
        ("<!DOCTYPE rss>" + export().partition("?>")[2], "DTD"),
        (export(item(1, title="caf\xe9")).encode("latin-1"), "Line 6 holds bytes that are not UTF-8"),
        (export().replace("UTF-8", "utf-7"), "declares the encoding"),
        (export().replace("UTF-8", "zlib"), "declares the encoding"),
        (HEAD + "<a>" * 200, "deep"),
        (HEAD + "<!--" + "a" * 2_000_000, "longer than any export"),
        (HEAD + "".join(f"<a{number}/>" for number in range(3000)), "kinds of tags"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(write, content, words):
    assert words in refusal(write(content))


def test_line_of_the_mistake_is_named(write):
    text = export(item(1), item(2)).replace("</channel>", "</chanel>")
    line = text[: text.index("</chanel>")].count("\n") + 1
    assert refusal(write("\n\n" + text)).count(f"line {line + 2}") == 1


def test_missing_file_is_refused(tmp_path):
    assert "cannot be read" in refusal(tmp_path / "none.xml")
    assert "cannot be read" in refusal(tmp_path)


BOMBS = corpus("xml-bombs/xmltestdata/*")


@pytest.mark.skipif(not BOMBS, reason="../shared/corpora/xml-bombs is not there")
@pytest.mark.parametrize("path", BOMBS, ids=lambda path: path.name)
def test_bombs_and_external_entities_are_refused(path, monkeypatch):
    """S9"""
    opened = []

    def deny(*args, **kwargs):
        raise AssertionError("network")

    monkeypatch.setattr(socket, "socket", deny)
    real_open = open
    monkeypatch.setattr("builtins.open", lambda file, *rest, **kw: opened.append(file) or real_open(file, *rest, **kw))
    assert refusal(path)
    assert opened == [path]


DOCUMENT_TYPES = [path for path in BOMBS if "<!DOCTYPE" in path.read_text(encoding="utf-8")]


@pytest.mark.skipif(not DOCUMENT_TYPES, reason="../shared/corpora/xml-bombs is not there")
@pytest.mark.parametrize("path", DOCUMENT_TYPES, ids=lambda path: path.name)
def test_document_types_are_refused_within_an_export_too(path, write):
    """S9"""
    text = path.read_text(encoding="utf-8")
    declaration = text[text.index("<!DOCTYPE") :]
    end = declaration.index("]>") + 2 if "[" in declaration.partition(">")[0] else declaration.index(">") + 1
    assert "DTD" in refusal(write('<?xml version="1.0"?>' + declaration[:end] + export().partition("?>")[2]))


EXPORTS = corpus("wxr-importer/**/*.xml", "wxr-theme-unit-test/*.xml")


@pytest.mark.skipif(not EXPORTS, reason="../shared/corpora/wxr-* are not there")
@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: f"{path.parent.parent.name}-{path.name}")
def test_real_exports_are_read_or_refused_with_a_sentence(path):
    if path.name.startswith(("malformed", "crazy-cdata.", "missing-version", "invalid-version")):
        assert refusal(path).endswith(".")
    else:
        assert isinstance(entries(path)[0], wxr.Site)


def test_corpora_are_looked_for_beside_the_project():
    assert CORPORA.parts[-2:] == ("shared", "corpora")


# Any input at all


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "bytes.xml"
    path.write_bytes(data)
    refusal(path)


@given(st.text(max_size=80), st.integers(0, 2000))
def test_any_text_in_any_place_is_read_or_refused(tmp_path_factory, text, place):
    whole = export(item(1, comment_status="open"), item(2))
    path = tmp_path_factory.getbasetemp() / "text.xml"
    place %= len(whole)
    path.write_text(whole[:place] + text + whole[place:], encoding="utf-8", errors="surrogatepass")
    with contextlib.suppress(WxrError):
        entries(path)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_words_come_out_as_they_went_in_but_for_control_characters(tmp_path_factory, words):
    path = tmp_path_factory.getbasetemp() / "words.xml"
    path.write_text(export(item(1, content=words)), encoding="utf-8", newline="")
    [post] = entries(path, wxr.Item)
    wanted = wxr._REFERENCE.sub(wxr._keep_reference, wxr._FORBIDDEN.sub("", words))
    assert post.content == wanted.replace("\r\n", "\n").replace("\r", "\n")


def test_chunk_borders_change_nothing(write, monkeypatch):
    path = write(export(item(1, title="x&#8;y", content="é&#x1F;" * 20), item(2)))
    whole = entries(path)
    for size in (1, 2, 3, 7, 64):
        monkeypatch.setattr(wxr, "CHUNK", size)
        assert entries(path) == whole


# Memory

MEASURE = """
import re, sys
from newsroom.importers import wxr
count = sum(isinstance(entry, wxr.Item) for entry in wxr.read(sys.argv[1]))
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
print(count, peak)
"""


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="peak memory is read from /proc")
def test_hundred_megabytes_are_read_in_little_memory(tmp_path):
    path = tmp_path / "large.xml"
    words = "<p>The ferry left at nine, and nobody saw it go. </p>\n" * 180
    with path.open("w") as file:
        file.write(HEAD)
        number = 0
        while file.tell() < 100_000_000:
            number += 1
            file.write(item(number, content=words))
        file.write(TAIL)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    count, peak = map(int, done.stdout.split())
    assert count == number
    assert peak < 60_000  # kB; nothing of Django is loaded
