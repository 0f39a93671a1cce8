"""What an article weighs on its way to a reader: HTML, style and scripts, compressed, without pictures."""

import re
from pathlib import Path

import brotli
import pytest

from articles.models import Article
from newsroom.demo import bulk

pytestmark = pytest.mark.django_db

STATIC = Path(__file__).parents[2] / "static"
LIMIT = 30 * 1024


@pytest.fixture
def page(client, db):
    """An article with everything around it: sidebar, related stories, a thread."""
    bulk.load(120, language="en", seed=1)
    with_thread = Article.objects.public().filter(comments__isnull=False).newest()
    return client.get(with_thread.first().get_absolute_url()).content.decode()


def addresses(page, pattern):
    return [address.partition("?")[0] for address in re.findall(pattern, page)]


def test_article_weighs_little(page):
    files = addresses(page, r'<link rel="stylesheet" href="/static/([^"]+)"')
    files += addresses(page, r'<script[^>]* src="/static/([^"]+)"')
    assert len(files) >= 2
    weights = {name: len(brotli.compress((STATIC / name).read_bytes(), quality=11)) for name in files}
    # As the page cache compresses it (newsroom/pagecache.py).
    weights["the page"] = len(brotli.compress(page.encode(), quality=5))
    assert sum(weights.values()) <= LIMIT, weights


def test_first_paint_needs_one_request_beside_the_page(page):
    head = page.partition("</head>")[0]
    assert len(re.findall(r'<link rel="stylesheet"', head)) == 1
    assert "@import" not in (STATIC / "css" / "newsroom.css").read_text()
    assert "@font-face" not in (STATIC / "css" / "newsroom.css").read_text()
    for script in re.findall(r"<script[^>]*>", page):
        # Modules wait for the end of the page; a block of data is not run.
        assert 'type="module"' in script or 'type="application/ld+json"' in script or " defer" in script, script
