"""What comments cost: the word checks with long lists, and the pages of long threads.

Run as a module it is a process of the bench's site: it writes the lists and the threads once, times the checks,
and says where the pages of the threads are.
"""

import json
import statistics
import subprocess
import sys
import time
from datetime import timedelta

from tests import serving
from tests.bench import sites

TERMS, COMMENTS, ARTICLES = 60_000, 5_000, 500


def measure(rounds: int) -> None:
    """Print what the checks and the pages took; the median is what counts."""
    newsroom = sites.Newsroom(ARTICLES, serving.free_port())
    out = subprocess.run(
        [sys.executable, "-m", __name__], cwd=serving.ROOT, env=newsroom.env, check=True, capture_output=True, text=True
    ).stdout
    facts = json.loads(out.splitlines()[-1])
    print(f"\nWord checks with {TERMS:,} terms in each list: microseconds a comment.\n")
    print("| check | comments | median | 99th percentile |\n| --- | ---: | ---: | ---: |")
    for name, (count, median, late) in facts["checks"].items():
        print(f"| {name} | {count:,} | {median:,.0f} | {late:,.0f} |")
    print(f"\nThreads of {COMMENTS:,} comments, uncached, one reader: milliseconds.\n")
    print("| page | median | slowest | queries |\n| --- | ---: | ---: | ---: |")
    with newsroom.serve(cached=False) as server:
        for name, (path, queries) in facts["pages"].items():
            taken = []
            for _turn in range(rounds + 5):
                began = time.perf_counter()
                answer = serving.ask(server.port, path)
                taken.append((time.perf_counter() - began) * 1000)
                assert answer.status == 200, (path, answer.status)
            taken = taken[5:]
            print(f"| {name} | {statistics.median(taken):.0f} | {max(taken):.0f} | {queries} |", flush=True)


# In the site's process


def _checks() -> dict[str, tuple[int, float, float]]:
    """(comments, median, 99th percentile) of each check, over what the site's comments say."""
    from comments import checks
    from comments.models import Comment, WordList
    from comments.words import tokens

    bodies = list(Comment.objects.order_by("pk").values_list("body", flat=True)[:2000])
    words = sorted({word for body in bodies for word in tokens(body)})
    # Terms that begin as what is said here does, so that none is ruled out by its first word.
    terms = "\n".join(f"{words[number % len(words)]} lamp{number}" for number in range(TERMS))
    found = {}
    for check, kind in ((checks.banned_words, "banned"), (checks.suspect_words, "suspect")):
        WordList.objects.update_or_create(kind=kind, defaults={"terms": terms})
        taken = []
        for body in ["warm", *bodies]:
            submission = checks.Submission(Comment(name="Oda", body=body))
            began = time.perf_counter()
            result = check(submission)
            taken.append((time.perf_counter() - began) * 1e6)
            assert result == checks.PASSED, result
        taken = sorted(taken[1:])
        found[check.__name__] = len(taken), statistics.median(taken), taken[len(taken) * 99 // 100]
    return found


def _pages() -> dict[str, tuple[str, int]]:
    """Addresses of pages of two threads, and the queries of each."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from articles.models import Article
    from comments import threads

    found = {}
    articles = Article.objects.public().newest()[:2]
    for article, (shape, roots) in zip(articles, {"500 threads of 10": 500, "one thread": 1}.items(), strict=True):
        _fill(article, roots)
        path = threads.address(article)
        pages = {"thread page": path, "newest first": f"{path}?order=newest"}
        pages |= {"most discussed": f"{path}?order=discussed", "article page": article.get_absolute_url()}
        for name, address in pages.items():
            client = Client(SERVER_NAME=serving.HOST)
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            found[f"{shape}: {name}"] = address, len(queries)
    return found


def _fill(article, roots: int) -> None:
    from comments.models import Comment

    if article.comments.count() >= COMMENTS:
        return
    begin = article.publish_at
    facts = {"article": article, "state": "approved", "name": "Oda", "body": "Was there tea?"}
    facts["body_html"] = "<p>Was there tea?</p>"
    opening = [Comment(created_at=begin + timedelta(minutes=number), **facts) for number in range(roots)]
    opening = Comment.objects.bulk_create(opening)
    answers = [
        Comment(root=root, parent=root, depth=1, created_at=root.created_at + timedelta(seconds=number), **facts)
        for root in opening
        for number in range(1, COMMENTS // roots)
    ]
    Comment.objects.bulk_create(answers)


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
    django.setup()
    print(json.dumps({"checks": _checks(), "pages": _pages()}))
