"""Plausible articles by the thousand, with all that hangs on them, written as fast as the database takes rows.

The models' `save` is gone round: rows are laid down with the values that it would have given them (sanitised bodies,
join tables of the lists, entries of search, marks), so whoever teaches it something new teaches it here as well.
"""

import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple

from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.models import Max
from django.utils import timezone

from articles import analyser, body, readership, search, stale, upkeep
from articles.models import (
    Article,
    Author,
    AuthorListing,
    Byline,
    Category,
    CategoryListing,
    Image,
    Rating,
    ReadingHour,
    ReadingTotal,
    Tag,
    TaggedArticle,
    TagListing,
)
from articles.slugs import slug_for
from comments.models import Comment
from comments.people import normalized

#: Articles written in one transaction.
CHUNK = 5000
#: Articles a day where there are many; a few are spread over a year.
A_DAY = 200
AUTHORS, TAGS, PARAGRAPHS = 60, 300, 240

TOPICS = "Harbour Council Schools Weather Markets Transport Health Culture Football Housing Energy Courts".split()
SIDES = ("North shore", "Old town")
FIRST_NAMES = (
    "Ada Bruno Clara Dario Elif Farid Greta Hana Ivo Jonas Kira Leila Marek Nadia Omar Petra Rana Sami Tove".split()
)
LAST_NAMES = (
    "Arden Bellamy Castro Dahl Ekman Farahani Grieg Haddad Ilves Jansen Kovac Lindqvist Moreau Novak Okafor".split()
)
WHO = (
    "Councillors|Harbour pilots|Teachers|Port officers|Ferry crews|Local bakers|Night nurses|Tenants|"
    "Fishing families|Tram drivers|Rowing clubs|Market traders|Shift workers|Museum staff|Young engineers"
).split("|")
DOES = (
    "agree on|put off|question|vote for|present|return to|pay for|defend|rewrite|open|measure|inherit|share|count"
).split("|")
WHAT = (
    "a new timetable|the winter budget|an old bridge|the flood wall|a longer school day|cheaper tickets|"
    "the fish market|a quieter harbour|the last lighthouse|solar roofs|a public square|the night bus|clean water|"
    "a second ferry|rent rules"
).split("|")
WHEN = "this week|before the summer|after a long night|for the third time|in spite of the rain|without a vote".split(
    "|"
)
MORE = (
    "Nobody had expected the answer to come so soon|The figures were read out twice|A draft lies in the town library|"
    "Those who live nearest heard of it last|The work is to begin with the first dry days|Two members abstained|"
    "What it costs is known only in part|The same question had been asked ten years ago|Letters came from both shores|"
    "An engineer explained the plan on a chalkboard|The meeting ended shortly before midnight|Much depends on the tides"
).split("|")
REMARKS = (
    "I was there, and it was calmer than this reads.|Thank you for the figures, they were hard to find.|"
    "My street has waited for this since the flood.|Who pays for the repairs after the first winter?|"
    "The ferry crews said the same in spring.|Please write again when the vote is over."
).split("|")


class Rows:
    """Writes rows of one model, whose `names` change from row to row and whose other fields keep their default."""

    def __init__(self, model: type[models.Model], *names: str, **fixed: Any):
        by_name = {field.attname: field for field in model._meta.concrete_fields}
        rest = [field for field in by_name.values() if field.attname not in names]
        rest = [field for field in rest if not isinstance(field, models.AutoField)]
        columns = [by_name[name].column for name in names] + [field.column for field in rest]
        self.rest = tuple(
            field.get_db_prep_save(fixed.get(field.attname, field.get_default()), connection) for field in rest
        )
        quoted = ", ".join(connection.ops.quote_name(str(column)) for column in columns)
        self.table = f"{connection.ops.quote_name(model._meta.db_table)} ({quoted})"
        self.places = ", ".join(["%s"] * len(columns))
        self.waiting: list[tuple[Any, ...]] = []

    def add(self, *values: Any) -> None:
        self.waiting.append(values + self.rest)

    def write(self) -> None:
        rows, self.waiting = self.waiting, []
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {self.table} FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                cursor.executemany(f"INSERT INTO {self.table} VALUES ({self.places})", rows)  # noqa: S608


def stored(moment: datetime) -> Any:
    """A moment as both ways of writing take it."""
    return connection.ops.adapt_datetimefield_value(moment)


def stored_uuid(value: uuid.UUID) -> Any:
    return value if connection.features.has_native_uuid_field else value.hex


class Paragraph(NamedTuple):
    """A part of a body that has passed the sanitiser, and been read for the search index."""

    source: str
    html: str
    words: list[str]

    @classmethod
    def of(cls, html: str, language: str) -> "Paragraph":
        source = body.sanitize(html)
        words = list(analyser.words(body.plain_text(source)))
        return cls(source, body.public_html(source, language=language), words)


@dataclass
class Words:
    """What articles are put together from."""

    random: random.Random
    paragraphs: list[Paragraph]

    def headline(self) -> str:
        pick = self.random.choice
        return f"{pick(WHO)} {pick(DOES)} {pick(WHAT)} {pick(WHEN)}"

    def sentence(self) -> str:
        pick = self.random.choice
        return f"{pick(WHO)} {pick(DOES)} {pick(WHAT)} {pick(WHEN)}. {pick(MORE)}."

    def body(self, headline: str, count: int) -> Paragraph:
        said = self.random.choice(MORE)
        first = f"<p><strong>{headline}.</strong> {said}.</p>"
        first_words = [*analyser.words(headline), *analyser.words(said)]
        chosen = [Paragraph(first, first, first_words), *self.random.choices(self.paragraphs, k=count)]
        sources, htmls, words = zip(*chosen, strict=True)
        # With the line breaks that the sanitiser sets between blocks.
        return Paragraph("\n".join(sources), "\n".join(htmls), list(chain.from_iterable(words)))


def words(seed: int, language: str) -> Words:
    made = Words(random.Random(seed), [])  # noqa: S311  (no secret: the same site again for the same number)
    for number in range(PARAGRAPHS):
        text = " ".join(made.sentence() for _ in range(4))
        html = f"<h2>{made.headline()}</h2>" if number % 12 == 0 else ""
        html += f"<blockquote><p>{text}</p></blockquote>" if number % 15 == 7 else f"<p>{text}</p>"
        made.paragraphs.append(Paragraph.of(html, language))
    return made


@dataclass
class Frame:
    """What the articles stand in: rows that are made once and found again by the next run."""

    categories: list[Category]  # with its parent loaded, where it has one
    authors: list[int]
    tags: list[int]
    images: list[int]


def frame(made: Words, language: str) -> Frame:
    categories = []
    for position, name in enumerate(TOPICS):
        facts = {"name": name, "position": position, "on_front": position < 6}
        top, _ = Category.objects.get_or_create(language=language, slug=slug_for(name), defaults=facts)
        categories.append(top)
        for side in SIDES:
            named = f"{name}, {side.lower()}"
            facts = {"name": named, "parent": top}
            below, _ = Category.objects.get_or_create(language=language, slug=slug_for(named), defaults=facts)
            categories.append(below)
    authors = []
    for number in range(AUTHORS):
        name = f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {LAST_NAMES[number % len(LAST_NAMES)]}"
        author, _ = Author.objects.get_or_create(slug=slug_for(name), defaults={"name": name})
        authors.append(author.pk)
    tags = []
    for number in range(TAGS):
        name = f"{WHAT[number % len(WHAT)].split(' ', 1)[1]} {TOPICS[number // len(WHAT) % len(TOPICS)]}".lower()
        name += f" {number // 180 + 1}" if number >= 180 else ""
        tag, _ = Tag.objects.get_or_create(slug=slug_for(name), defaults={"name": name})
        tags.append(tag.pk)
    images = list(Image.objects.order_by("pk").values_list("pk", flat=True)[:50])
    return Frame(categories, list(dict.fromkeys(authors)), list(dict.fromkeys(tags)), images)


class Bulk:
    """Everything that hangs on the articles, gathered for one transaction at a time."""

    def __init__(self, made: Words, around: Frame, language: str):
        self.words, self.frame, self.language = made, around, language
        self.random = made.random
        now = stored(timezone.now())
        article_facts = {
            "language": language,
            "state": Article.State.PUBLISHED,
            "sanitizer_version": body.SANITIZER_VERSION,
            "created_at": timezone.now(),
        }
        self.articles = Rows(
            Article,
            *("id", "version_group", "headline", "subtitle", "summary", "slug", "reading_minutes", "body", "body_html"),
            *("category_id", "lead_image_id", "publish_at", "source_name", "source_url", "modified_at"),
            **article_facts,
        )
        self.now = now
        through = Article.categories.through
        self.further = Rows(through, "article_id", "category_id")
        self.bylines = Rows(Byline, "article_id", "author_id", "position")
        self.tagged = Rows(TaggedArticle, "content_object_id", "tag_id")
        self.by_category = Rows(CategoryListing, "article_id", "category_id", "publish_at", language=language)
        self.by_author = Rows(AuthorListing, "article_id", "author_id", "publish_at", language=language)
        self.by_tag = Rows(TagListing, "article_id", "tag_id", "publish_at", language=language)
        self.ratings = Rows(Rating, "article_id", "reader", "stars", "created_at", "changed_at")
        self.totals = Rows(ReadingTotal, "article_id", "readings")
        self.hours = Rows(ReadingHour, "article_id", "hour", "readings")
        self.comments = Rows(
            Comment,
            *("id", "article_id", "parent_id", "root_id", "depth", "state"),
            *("name", "email", "person", "body", "body_html", "created_at"),
        )
        # An article first, then what points to it.
        self.tables = [
            *(self.articles, self.further, self.bylines, self.tagged, self.by_category, self.by_author, self.by_tag),
            *(self.ratings, self.totals, self.hours, self.comments),
        ]
        self.entries: list[tuple[search.Entry, dict[str, list[str]]]] = []
        self.remarks = [(text, body.sanitize_comment(text)) for text in REMARKS]
        self.people = [f"{first} {last[0]}." for first in FIRST_NAMES for last in LAST_NAMES[:5]]
        self.slots = [stored(hour) for hour in _last_hours()]
        self.article = self.comment = 0

    def begin(self) -> None:
        """Take the numbers that follow those in use."""
        self.article = Article.objects.aggregate(last=Max("pk"))["last"] or 0
        self.comment = Comment.objects.aggregate(last=Max("pk"))["last"] or 0

    def add(self, publish_at: datetime, *, is_fresh: bool) -> None:
        rnd = self.random
        self.article += 1
        pk, moment = self.article, stored(publish_at)
        headline = self.words.headline()
        length = rnd.randint(4, 11)
        subtitle = rnd.choice(MORE)
        text = self.words.body(headline, length)
        category = rnd.choice(self.frame.categories)
        image = rnd.choice(self.frame.images) if self.frame.images and rnd.random() < 0.7 else None
        is_syndicated = rnd.random() < 0.1
        self.articles.add(
            *(pk, stored_uuid(uuid.uuid4()), headline, subtitle, f"{rnd.choice(MORE)}.", slug_for(headline)),
            *(1 + length // 5, text.source, text.html, category.pk, image, moment),
            *(("The Wire", f"https://wire.example/{pk}") if is_syndicated else ("", "")),
            self.now,
        )
        listed = {category.pk, category.parent_id or category.pk}
        if rnd.random() < 0.3:
            further = rnd.choice(self.frame.categories)
            if further.pk != category.pk:
                self.further.add(pk, further.pk)
                listed |= {further.pk, further.parent_id or further.pk}
        for found in sorted(listed):
            self.by_category.add(pk, found, moment)
        authors = rnd.sample(self.frame.authors, 1 if rnd.random() < 0.8 else 2)
        for position, author in enumerate(authors):
            self.bylines.add(pk, author, position)
            self.by_author.add(pk, author, moment)
        tags = rnd.sample(self.frame.tags, rnd.randint(1, 4))
        for tag in tags:
            self.tagged.add(pk, tag)
            self.by_tag.add(pk, tag, moment)
        entry = search.describe(
            {"headline": headline, "subtitle": subtitle, "body": text.source},
            pk=pk,
            at=publish_at,
            ends=None,
            language=self.language,
            state=Article.State.PUBLISHED,
            categories=listed,
            authors=authors,
            tags=tags,
        )
        # So few that they need no limit.
        words = {"headline": [*analyser.words(headline)], "subtitle": [*analyser.words(subtitle)], "body": text.words}
        self.entries.append((entry, words))
        for number in range(rnd.choice((0, 0, 1, 2, 3, 6))):
            self.ratings.add(pk, f"bulk{number}", rnd.choice((1, 2, 3, 3, 4, 4, 4, 5, 5, 5)), moment, moment)
        readings = int(rnd.paretovariate(1.2) * 40)
        self.totals.add(pk, readings)
        if is_fresh:
            self.hours.add(pk, rnd.choice(self.slots), readings)
        if rnd.random() < 0.3:
            self._thread(pk, publish_at)

    def _thread(self, article: int, publish_at: datetime) -> None:
        rnd = self.random
        root = None
        for number in range(rnd.choice((1, 1, 2, 3, 5))):
            self.comment += 1
            is_answer = root is not None and rnd.random() < 0.4
            state = Comment.State.PENDING if rnd.random() < 0.05 else Comment.State.APPROVED
            name = rnd.choice(self.people)
            email = f"{name.split()[0].lower()}{rnd.randrange(500)}@mail.example"
            text, html = rnd.choice(self.remarks)
            above = root if is_answer else None
            moment = stored(publish_at + timedelta(minutes=7 * number + 1))
            self.comments.add(
                *(self.comment, article, above, above, int(is_answer), state.value),
                *(name, email, normalized(email), text, html, moment),
            )
            if root is None and state == Comment.State.APPROVED:
                root = self.comment

    def write(self) -> None:
        for rows in self.tables:
            rows.write()
        entries, self.entries = self.entries, []
        search.write(entries)
        # The numbers of these two were given here, so the database's own counters must go on behind them.
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), [Article, Comment]):
                cursor.execute(statement)


def _last_hours() -> Iterator[datetime]:
    hour = timezone.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return (hour - timedelta(hours=number) for number in range(1, 24 * 20, 5))


def moments(count: int, now: datetime) -> Sequence[datetime]:
    """When so many articles appeared, the oldest first: indexes grow at their end."""
    span = max(timedelta(days=365), timedelta(days=count / A_DAY))
    step = span / count
    newest = now - timedelta(minutes=3)
    return [newest - step * number for number in range(count - 1, -1, -1)]


def load(count: int, *, language: str, seed: int, stepped: Callable[[int], None] = lambda done: None) -> None:
    """Add `count` public articles to an edition, in transactions of CHUNK; `stepped` hears how many each brought."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size = -262144")  # the indexes' last pages stay in memory
    made = words(seed, language)
    bulk = Bulk(made, frame(made, language), language)
    when = moments(count, timezone.now())
    fresh = count - 2000  # the rankings look at so few days that more would only cost time
    for first in range(0, count, CHUNK):
        with transaction.atomic():
            bulk.begin()
            for place, moment in enumerate(when[first : first + CHUNK], first):
                bulk.add(moment, is_fresh=place >= fresh)
            bulk.write()
        stepped(min(CHUNK, count - first))
    _feature(language)
    readership.rebuild_rankings()
    stale.mark(stale.EVERYTHING)
    upkeep.analyze()  # the planner knew an empty site


def _feature(language: str) -> None:
    """The front page's chosen stories, where nobody has chosen any."""
    if Article.objects.public().edition(language).exclude(featured_slot="").exists():
        return
    newest = list(Article.objects.public().edition(language).newest().values_list("pk", flat=True)[2:6])
    for pk, slot in zip(newest, [Article.Slot.LEAD, *[Article.Slot.SECONDARY] * 3], strict=False):
        Article.objects.filter(pk=pk).update(featured_slot=slot)
