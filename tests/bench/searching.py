"""What a search costs on each database: the answer of the index, and the page that shows it.

Questions differ in how much they find: nearly every story, some, none. Asked in turn, so that no cache favours one.
"""

import json

from tests import serving
from tests.bench import sites

QUESTIONS = (
    "harbour",
    "budget",
    "lighthouse vote",
    '"flood wall"',
    "tick",
    "harbour -winter",
    "solar roofs without a vote",
    "zeppelin",
)
ASK = """
import json, statistics, time
from django.conf import settings
from django.test import Client
from django.utils import timezone
from articles import search

questions, rounds = json.loads({asked!r})
facets = [search.PUBLISHED, search.facet("language", settings.LANGUAGE_CODE)]
client = Client(SERVER_NAME="127.0.0.1")
answers, pages = {{text: [] for text in questions}}, {{text: [] for text in questions}}
for turn in range(rounds + 2):
    for text in questions:
        began = time.perf_counter()
        search.find(search.ask(text), facets=facets, now=timezone.now())
        answered = time.perf_counter()
        assert client.get("/search/", {{"q": text}}).status_code == 200
        if turn > 1:
            answers[text].append((answered - began) * 1000)
            pages[text].append((time.perf_counter() - answered) * 1000)
found = {{text: len(search.find(search.ask(text), facets=facets, now=timezone.now())) for text in questions}}
middle = {{text: [statistics.median(answers[text]), statistics.median(pages[text])] for text in questions}}
of_all = [statistics.median(sum(kind.values(), [])) for kind in (answers, pages)]
print("FACTS " + json.dumps([found, middle, of_all]))
"""


def measure(count: int, rounds: int, postgres: str = "") -> None:
    """`postgres` is the address of a database to fill and keep; without it SQLite is measured alone."""
    sites.static_files()
    print(f"\nSearch in {count:,} articles, one reader: median milliseconds of the index's answer and of the page.\n")
    print("| database | question | found | answer | page |\n| --- | --- | ---: | ---: | ---: |")
    program = ASK.format(asked=json.dumps([QUESTIONS, rounds]))
    for name, database in [("SQLite", ""), ("PostgreSQL", postgres)][: 1 + bool(postgres)]:
        newsroom = sites.Newsroom(count, serving.free_port(), database)
        answer = serving.manage(newsroom.env | {"PAGE_CACHE_MB": "0"}, "shell", "--no-imports", "-c", program)
        found, middle, of_all = json.loads(answer.partition("FACTS ")[2])
        for text, (answered, page) in middle.items():
            print(f"| {name} | {text} | {found[text]:,} | {answered:.1f} | {page:.1f} |")
        print(f"| {name} | all of them | | {of_all[0]:.1f} | {of_all[1]:.1f} |", flush=True)
