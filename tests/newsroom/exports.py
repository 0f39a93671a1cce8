"""Exports written for one test: a head, and items given by what they hold."""

from pathlib import Path

CORPORA = Path(__file__).parents[2].parent / "shared" / "corpora"
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Notes</title><link>https://notes.example</link>
<wp:wxr_version>1.2</wp:wxr_version><wp:base_blog_url>https://notes.example</wp:base_blog_url>
"""
TAIL = "</channel></rss>\n"


def cdata(text: str) -> str:
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def item(number=1, *, type="post", status="publish", content="Words.", title="A title", inner="", **fields):
    """One <item>; `fields` are WordPress's own, such as post_name, and `inner` is XML as it stands."""
    fields.setdefault("post_date_gmt", "2020-01-02 03:04:05")
    rows = "".join(f"<wp:{key}>{cdata(str(value))}</wp:{key}>" for key, value in fields.items())
    return (
        f"<item><title>{cdata(title)}</title><link>https://notes.example/{number}/</link>"
        f"<content:encoded>{cdata(content)}</content:encoded><wp:post_id>{number}</wp:post_id>"
        f"<wp:post_type>{type}</wp:post_type><wp:status>{status}</wp:status>{rows}{inner}</item>\n"
    )


def export(*parts: str) -> str:
    return HEAD + "".join(parts) + TAIL


def corpus(*patterns: str) -> list[Path]:
    """Files of the corpora; none where these are absent."""
    return sorted(path for pattern in patterns for path in CORPORA.glob(pattern) if path.is_file())
