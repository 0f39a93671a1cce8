"""F1: killed while it writes. What was answered is there, nothing is there by half, and it serves again by itself."""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

from tests import serving

#: `FAULT_ROUNDS=50 make faults` for the long run.
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "6"))

#: A desk that saves stories with bylines, tags, categories and their lists; it prints what has been committed.
DESK = """
import itertools
from django.db import transaction
from articles import listing
from articles.models import Article, Author, Byline, Category
from django.utils import timezone
author, category = Author.objects.first(), Category.objects.filter(parent__isnull=False).first()
for number in itertools.count():
    name = f"ROUND-{number}"
    with transaction.atomic():
        article = Article(headline=f"Killed {name}", body="<p>Words.</p>", category=category)
        article.state, article.publish_at = "published", timezone.now()
        article.save()
        Byline.objects.create(article=article, author=author)
        article.tags.add("killed", "written")
        listing.refresh(article)
    print(name, flush=True)
"""


class Writers(threading.Thread):
    """Comments and votes by HTTP, one after the other; `kept` is what was answered."""

    def __init__(self, site, number, articles, kept):
        super().__init__(daemon=True)
        self.site, self.number, self.articles, self.kept = site, number, articles, kept
        self.is_over = threading.Event()

    def run(self):
        count = 0
        while not self.is_over.is_set():
            count += 1
            name = f"{self.number}x{count}"
            pk, address = self.articles[count % len(self.articles)]
            reader = f"21.{self.number // 250}.{self.number % 250}.{count % 250}"
            try:
                if count % 2:
                    answer = self.site.ask(f"/articles/{pk}/rating/", {"stars": 4}, reader=reader)
                    if answer.status == 303 and "set-cookie" in answer.headers:
                        self.kept["votes"] += 1
                else:
                    page = self.site.ask(f"{address}comments/", reader=reader)
                    token = re.search(r'name="token" value="([^"]+)"', page.text)[1]
                    fields = {"token": token, "name": "Oda", "email": f"{name}@mail.example", "body": f"Killed {name}"}
                    answer = self.site.ask(f"{address}comments/", fields, reader=reader)
                    if answer.status in (302, 303):
                        self.kept["comments"].append(name)
            except (OSError, serving.http.client.HTTPException):
                time.sleep(0.01)  # killed in between: nothing was answered


def desk(site, round_):
    return subprocess.Popen(
        [
            sys.executable,
            "manage.py",
            "shell",
            "--no-imports",
            "-c",
            DESK.replace("ROUND", str(round_)),
        ],
        cwd=serving.ROOT,
        env=site.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_killed_again_and_again_it_keeps_what_it_answered(site):
    rnd = random.Random(3)
    articles = site.articles()
    kept = {"votes": 0, "comments": [], "stories": []}
    votes_before = int(site.say("from articles.models import *\nprint(Rating.objects.count())")[0])
    possible = votes_before
    for round_ in range(ROUNDS):
        writer = Writers(site, round_, articles, kept)
        writer.start()
        editor = desk(site, round_)
        for _ in range(rnd.randint(3, 12)):
            kept["stories"].append(editor.stdout.readline().strip())
        if round_ % 2:
            os.kill(rnd.choice(site.server.workers()), signal.SIGKILL)
        else:
            site.server.kill()
        editor.kill()
        kept["stories"] += editor.communicate()[0].split()
        if not round_ % 2:
            site.server.start()
        serving.wait_until(site.server.answers, "it does not serve again")
        writer.is_over.set()
        writer.join()
        assert site.ask("/archive/?older=AAAA").status == 404  # the database answers as well
        assert site.ask(articles[0][1] + "comments/").status == 200
    kept["stories"] = [name for name in kept["stories"] if name]
    assert kept["comments"]
    assert kept["votes"]
    assert len(kept["stories"]) >= ROUNDS
    facts = site.say(CHECK)
    found = {"comments": set(), "stories": set(), "votes": 0}
    for word in facts:
        kind, _, value = word.partition("=")
        if kind == "votes":
            found["votes"] = int(value) - possible
        elif kind == "flaw":
            raise AssertionError(word)
        else:
            found[kind].add(value)
    assert set(kept["comments"]) <= found["comments"]
    assert set(kept["stories"]) <= found["stories"]
    assert found["votes"] >= kept["votes"]


CHECK = """
from django.db import connection
from articles.models import *
from comments.models import Comment
print(f"votes={Rating.objects.count()}")
for body in Comment.objects.filter(body__startswith="Killed ").values_list("body", flat=True):
    print(f"comments={body.split()[1]}")
for article in Article.objects.filter(headline__startswith="Killed "):
    print(f"stories={article.headline.split()[1]}")
    parts = (
        article.bylines.count(), article.tagged.count(), AuthorListing.objects.filter(article=article).count(),
        TagListing.objects.filter(article=article).count(), CategoryListing.objects.filter(article=article).count(),
    )
    if parts != (1, 2, 1, 2, 2):
        print(f"flaw=half-written:{article.pk}:{parts}".replace(" ", ""))
if connection.vendor == "sqlite":
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        if cursor.fetchall() != [("ok",)]:
            print("flaw=integrity_check")
        cursor.execute("PRAGMA foreign_key_check")
        if cursor.fetchall():
            print("flaw=foreign_key_check")
"""
