"""Search over articles: the index and its only writer, questions, and the order of what is found.

The engines (SQLite's FTS5, PostgreSQL's tsvector) only say which articles hold which words; the order is an integer
made here, so that both give the same articles in the same order. Each word of the question counts once for each field
that holds it, what is new counts more by steps, ties go to the newest. Only the newest 5,000 matches are scored.
"""

import hashlib
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection, transaction
from django.db.models import signals
from django.utils import timezone

from articles import analyser, body

if TYPE_CHECKING:
    from articles.models import Article, SearchEntry

#: What one word of the question counts in each field, and the letter that PostgreSQL marks the field by.
FIELDS = {"headline": (8, "A"), "subtitle": (3, "B"), "body": (1, "C")}
#: Points of what was published within so many days.
RECENT = ((7, 4), (30, 2), (365, 1))
#: Matches that are scored at most.
MOST = 5_000
#: Characters and words of a question that are read.
LONGEST_QUESTION, MOST_WORDS = 200, 12
#: Articles that `rebuild` reads in one transaction.
AT_ONCE = 500
DAY = 86_400
#: What of an article its entry is made from, beside the lists.
_READ = (*FIELDS, "language", "state", "publish_at", "created_at", "expire_at")

# The index. PostgreSQL's limits hold for both engines: positions up to 16,383, 255 of one word, a megabyte in all.
_FIRST_POSITION = {"headline": 1, "subtitle": 500, "body": 1_100}
_MOST_WORDS = {"headline": 400, "subtitle": 500, "body": 15_000}
_MOST_OF_ONE, _MOST_BYTES = 250, 700_000
#: Stands for a word that is not indexed, and begins the words of the index that no text can hold.
_MARK = "·"


def facet(kind: str, value: object) -> str:
    """A word of the index for what an article is: "language", "category", "author", "tag" or "state"."""
    return f"{_MARK}{kind[0]}{str(value).replace('-', _MARK)}"


PUBLISHED = facet("state", "published")

_NUMBER_BITS = 28
#: Years 1425 to 2514: others stand at the ends.
_FURTHEST = 2**34


def place_of(moment: datetime, pk: int = 0) -> int:
    """Where an article stands in the index, by seconds and number."""
    seconds = int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() // 1)
    return (max(-_FURTHEST, min(seconds, _FURTHEST - 1)) << _NUMBER_BITS) | (pk & (2**_NUMBER_BITS - 1))


class Entry(NamedTuple):
    """A row of SearchEntry, as it is to be."""

    place: int
    article: int
    ends: int | None
    facets: str
    digest: str


def describe(
    texts: dict[str, str],
    *,
    pk: int,
    at: datetime,
    ends: datetime | None,
    language: str,
    state: str,
    categories: Iterable[int],
    authors: Iterable[int],
    tags: Iterable[int],
) -> Entry:
    """The entry of an article with these `texts` in FIELDS; their words are not read for it."""
    about = [facet("language", language), facet("state", state)]
    for kind, numbers in (("category", categories), ("author", authors), ("tag", tags)):
        about += [facet(kind, number) for number in sorted(numbers)]
    digest = hashlib.blake2b(repr((analyser.VERSION, texts)).encode("utf-8", "replace"), digest_size=16).hexdigest()
    return Entry(place_of(at, pk), pk, int(ends.timestamp()) if ends else None, " ".join(about), digest)


def index(article: "Article", *, categories: Iterable[int], authors: Iterable[int], tags: Iterable[int]) -> None:
    """Write what search knows of an article, in the caller's transaction; the numbers are those that lists know."""
    from articles.models import SearchEntry

    old = SearchEntry.objects.filter(article=article).first()
    listed = {"categories": categories, "authors": authors, "tags": tags}
    _bring([(article, listed)], {article.pk: old} if old else {})


def _bring(articles: Iterable[tuple["Article", dict[str, Iterable[int]]]], known: dict[int, "SearchEntry"]) -> None:
    """Write what differs from the entries that are `known`, by the articles' numbers."""
    new = []
    for article, listed in articles:
        texts = {field: getattr(article, field) for field in FIELDS}
        entry = describe(
            texts,
            pk=article.pk,
            at=article.publish_at or article.created_at,
            ends=article.expire_at,
            language=article.language,
            state=article.state,
            **listed,
        )
        old = known.get(article.pk)
        if old and (old.place, old.digest) == (entry.place, entry.digest):
            if (old.facets, old.ends) != (entry.facets, entry.ends):
                _write_facets(entry, old)
            continue
        if old:
            old.delete()
        new.append((entry, read(texts)))
    if new:
        write(new)


def connect() -> None:
    """For `AppConfig.ready`: what the database's own cascade does not reach."""
    from articles.models import SearchEntry

    def deleted(sender, instance, **kwargs) -> None:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM articles_searchwords WHERE rowid = %s", [instance.place])

    signals.post_delete.connect(deleted, sender=SearchEntry, weak=False, dispatch_uid="search entry deleted")


def rebuild(*, anew: bool = False, step: Callable[[int], None] = lambda count: None) -> int:
    """Bring the index to what the articles are, a few hundred in a transaction; returns how many were read.

    Words that have not changed are left, unless `anew`. May run twice at once, and beside editors.
    """
    from articles.models import Article, AuthorListing, CategoryListing, SearchEntry, TagListing

    last = 0
    count = 0
    while True:
        with transaction.atomic():
            following = Article.objects.filter(pk__gt=last).order_by("pk").only(*_READ)
            if connection.features.has_select_for_update:
                following = following.select_for_update(of=("self",))
            rows = list(following[:AT_ONCE])
            if not rows:
                break
            listed: dict[str, dict[int, list[int]]] = {}
            for kind, link, model in (
                ("categories", "category_id", CategoryListing),
                ("authors", "author_id", AuthorListing),
                ("tags", "tag_id", TagListing),
            ):
                found = listed[kind] = defaultdict(list)
                for article, number in model.objects.filter(article__in=rows).values_list("article_id", link):
                    found[article].append(number)
            if anew:
                SearchEntry.objects.filter(article__in=rows).delete()
            known = SearchEntry.objects.in_bulk([row.pk for row in rows], field_name="article_id")
            _bring([(row, {kind: found[row.pk] for kind, found in listed.items()}) for row in rows], known)
        last = rows[-1].pk
        count += len(rows)
        step(len(rows))
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM articles_searchwords WHERE rowid NOT IN (SELECT place FROM articles_searchentry)"
            )
    return count


def read(texts: dict[str, str]) -> dict[str, list[str]]:
    """The words of each field as both engines hold them, what exceeds their limits taken out."""
    words = {}
    for field, most in _MOST_WORDS.items():
        text = body.plain_text(texts[field]) if field == "body" else texts[field]
        words[field] = list(islice(analyser.words(text), most))
    return _limited(words)


def _limited(fields: dict[str, list[str]]) -> dict[str, list[str]]:
    """The fields' words with a mark in the place of each that is one too many."""
    count = Counter(chain.from_iterable(fields.values()))
    if max(count.values(), default=0) <= _MOST_OF_ONE and 4 * (sum(map(len, count)) + len(count)) < _MOST_BYTES:
        return fields
    seen: Counter[str] = Counter()
    size = 0
    found: dict[str, list[str]] = {}
    for field, words in fields.items():
        kept = found[field] = []
        for word in words:
            if not seen[word]:
                size += len(word.encode()) + 4
            seen[word] += 1
            kept.append(word if seen[word] <= _MOST_OF_ONE and size < _MOST_BYTES else _MARK)
    return found


def write(entries: Iterable[tuple[Entry, dict[str, list[str]]]]) -> None:
    """Add entries with the words of their fields, for articles that have none."""
    # By place: FTS5 writes a piece of its index for each step back.
    entries = sorted(entries, key=itemgetter(0))
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(
                "INSERT INTO articles_searchentry (place, article_id, ends, facets, digest) "
                "VALUES (%s, %s, %s, %s, %s)",
                [entry for entry, _fields in entries],
            )
            cursor.executemany(
                "DELETE FROM articles_searchwords WHERE rowid = %s", [(entry.place,) for entry, _fields in entries]
            )
            cursor.executemany(
                "INSERT INTO articles_searchwords (rowid, facets, headline, subtitle, body) "
                "VALUES (%s, %s, %s, %s, %s)",
                [
                    (entry.place, entry.facets, *(" ".join(fields[field]) for field in FIELDS))
                    for entry, fields in entries
                ],
            )
        else:
            cursor.executemany(
                "INSERT INTO articles_searchentry (place, article_id, ends, facets, digest, title, words) "
                "VALUES (%s, %s, %s, %s, %s, %s::tsvector, %s::tsvector)",
                [(*entry, *_vectors(entry, fields)) for entry, fields in entries],
            )


def _write_facets(entry: Entry, old: "SearchEntry") -> None:
    type(old).objects.filter(pk=entry.place).update(facets=entry.facets, ends=entry.ends)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("UPDATE articles_searchwords SET facets = %s WHERE rowid = %s", [entry.facets, entry.place])
        else:
            cursor.execute(
                "UPDATE articles_searchentry SET words = ts_delete(words, %s::text[]) || %s::tsvector WHERE place = %s",
                [old.facets.split(), _quoted(entry.facets), entry.place],
            )


def _vectors(entry: Entry, fields: dict[str, list[str]]) -> tuple[str, str]:
    """What `title` and `words` hold."""
    title, text = _vector({name: fields[name] for name in ("headline", "subtitle")}), _vector(fields)
    return title, f"{text} {_quoted(entry.facets)}"


def _vector(fields: dict[str, list[str]]) -> str:
    """PostgreSQL's own writing of the words with their places. The fields stand apart, so no phrase spans two."""
    places: dict[str, list[str]] = {}
    for field, words in fields.items():
        first, letter = _FIRST_POSITION[field], FIELDS[field][1]
        for position, word in enumerate(words, start=first):
            if word != _MARK:
                places.setdefault(word, []).append(f"{position}{letter}")
    return " ".join(f"'{word}':{','.join(where)}" for word, where in places.items())


def _quoted(facets: str) -> str:
    return " ".join(f"'{word}'" for word in facets.split())


# Questions


@dataclass(frozen=True)
class Term:
    """Words that stand side by side; with `is_beginning` the last one may go on."""

    words: tuple[str, ...]
    is_beginning: bool = False


@dataclass(frozen=True)
class Question:
    """What somebody asks for: all of `terms`, none of `without`."""

    terms: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def words(self) -> list[tuple[str, bool]]:
        """Every word that counts, once, and whether it is but a beginning."""
        found: dict[tuple[str, bool], None] = {}
        for term in self.terms:
            *whole, last = term.words
            found |= dict.fromkeys((word, False) for word in whole)
            found[last, term.is_beginning] = None
        return list(found)


_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″＂", '"'))
_PIECES = re.compile(r'(-?)"([^"]*)"?|(-?)([^\s"]+)')


def ask(text: str) -> Question:
    """A question as somebody typed it: words, "phrases", -without; the last word may be a beginning. Never fails."""
    terms: list[Term] = []
    without: list[Term] = []
    left = MOST_WORDS
    for match in _PIECES.finditer(text[:LONGEST_QUESTION].translate(_QUOTES)):
        minus, phrase, minus_word, word = match.groups()
        wanted = without if minus or minus_word else terms
        is_last = phrase is None and not match.string[match.end() :].strip()
        found = list(analyser.asked(phrase if phrase is not None else word))
        for number, (words, is_beginning) in enumerate(found, start=1):
            words = words[:left]
            left -= len(words)
            if words:
                typing = is_last and number == len(found) and wanted is terms and len(words[-1]) > 1
                wanted.append(Term(tuple(words), is_beginning or typing))
    return Question(tuple(dict.fromkeys(terms)), tuple(dict.fromkeys(without)))


# Finding


class Match(NamedTuple):
    """In this order the greater one is the better: more points, then newer."""

    points: int
    place: int
    article: int
    facets: str


def find(
    question: Question,
    *,
    facets: Sequence[str] = (PUBLISHED,),
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
    as_of: int | None = None,
) -> list[Match]:
    """What answers the question and bears all `facets`, best first; at most the newest MOST matches.

    `now` bounds readers' searches: nothing that is still to come, nothing that has ended. Ask the articles themselves
    (`Article.objects.public()`) before any of it is shown. `as_of`, in seconds, is what age is counted from, so that
    further pages keep the order of the first.
    """
    if not question:
        return []
    bounds = _bounds(since, until, now)
    engine = _sqlite if connection.vendor == "sqlite" else _postgres
    rows = engine(question, facets, *bounds)
    today = int((now or timezone.now()).timestamp()) if as_of is None else as_of
    since_days = [(today - days * DAY + 1) << _NUMBER_BITS for days, _points in reversed(RECENT)]
    newer = [0, *(points for _days, points in reversed(RECENT))]
    found = [
        Match(points + newer[bisect_right(since_days, place)], place, article, about)
        for place, article, points, about in rows
    ]
    found.sort(reverse=True)
    return found


def facets_of(
    question: Question,
    *,
    facets: Sequence[str] = (PUBLISHED,),
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
) -> list[str]:
    """What each of the matches that `find` would return is about, without their order; one query."""
    if not question:
        return []
    bounds = _bounds(since, until, now)
    matching = _sqlite_matching if connection.vendor == "sqlite" else _postgres_matching
    sql, params = matching(question, facets, *bounds)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [about for _place, _article, about in cursor.fetchall()]


def _bounds(since: datetime | None, until: datetime | None, now: datetime | None) -> tuple[int, int, int | None]:
    """The lowest and the highest place, and the second after which what has ended does not count."""
    lowest = place_of(since) if since else -(2**63)
    highest = place_of(until) - 1 if until else 2**63 - 1
    if now:
        highest = min(highest, place_of(now, 2**_NUMBER_BITS - 1))
    return lowest, highest, int(now.timestamp()) if now else None


def _sqlite_everything(question: Question, facets: Sequence[str]) -> str:
    asked = " AND ".join(_fts(term) for term in question.terms)
    without = "".join(f" NOT {_fts(term)}" for term in question.without)
    everything = f"({{headline subtitle body}} : (({asked}){without}))"
    if facets:
        everything += " AND (facets : ({}))".format(" AND ".join(f'"{word}"' for word in facets))
    return everything


def _sqlite_matching(
    question: Question, facets: Sequence[str], lowest: int, highest: int, now: int | None
) -> tuple[str, list]:
    """Place, article and facets of the newest matches, newest first."""
    sql = (
        "SELECT e.place, e.article_id, e.facets FROM articles_searchwords w "
        "CROSS JOIN articles_searchentry e ON e.place = w.rowid "
        "WHERE w.articles_searchwords MATCH %s AND w.rowid BETWEEN %s AND %s "
        "AND (e.ends IS NULL OR %s IS NULL OR e.ends > %s) ORDER BY w.rowid DESC LIMIT %s"
    )
    return sql, [_sqlite_everything(question, facets), lowest, highest, now, now, MOST]


def _sqlite(question: Question, facets: Sequence[str], lowest: int, highest: int, now: int | None) -> list[tuple]:
    everything = _sqlite_everything(question, facets)
    with connection.cursor() as cursor:
        cursor.execute(*_sqlite_matching(question, facets, lowest, highest, now))
        rows = cursor.fetchall()
        if not rows:
            return []
        points = Counter(dict.fromkeys((row[0] for row in rows), 0))

        def count(condition: str, worth: int) -> set[int]:
            # To ask the whole question once more costs more than some rows too many, but never so many as it may be.
            for asked, most in ((condition, MOST + 1), (f"({condition}) AND {everything}", -1)):
                cursor.execute(
                    "SELECT rowid FROM articles_searchwords "
                    "WHERE articles_searchwords MATCH %s AND rowid BETWEEN %s AND %s LIMIT %s",
                    [asked, rows[-1][0], rows[0][0], most],
                )
                holding = {row[0] for row in cursor.fetchall()}
                if len(holding) <= MOST:
                    break
            holding &= points.keys()
            for place in holding:
                points[place] += worth
            return holding

        for word, is_beginning in question.words:
            wanted = _fts(Term((word,), is_beginning))
            titled = count(f"headline : {wanted}", FIELDS["headline"][0])
            titled |= count(f"subtitle : {wanted}", FIELDS["subtitle"][0])
            # Every match holds every word: what is not in the title is in the body, so the long lists are not read.
            if titled:
                count(f"(body : {wanted}) AND ({{headline subtitle}} : {wanted})", FIELDS["body"][0])
            for place in points.keys() - titled:
                points[place] += FIELDS["body"][0]
    return [(place, article, points[place], about) for place, article, about in rows]


def _fts(term: Term) -> str:
    phrase = f'"{" ".join(term.words)}"'
    return f"{phrase} *" if term.is_beginning else phrase


#: The newest matches, by one of two ways. PostgreSQL thinks it cheap to look into the words of a row, so it would read
#: those of all articles for a word that many hold. Hence a look at the newest rows: where enough of them match, what is
#: sought is found by walking on from there, and only if that does not yield all, or few match, is the index asked.
_NEWEST = """
    WITH looked_at AS MATERIALIZED (
        SELECT words @@ %(asked)s::tsquery AS matches FROM (
            SELECT words FROM articles_searchentry WHERE place BETWEEN %(lowest)s AND %(highest)s
            ORDER BY place DESC LIMIT %(look)s
        ) AS top
    ), walked AS MATERIALIZED (
        SELECT place FROM (
            SELECT place, words, ends FROM articles_searchentry WHERE place BETWEEN %(lowest)s AND %(highest)s
            ORDER BY place DESC LIMIT %(furthest)s
        ) AS newer
        WHERE (SELECT count(*) FILTER (WHERE matches) FROM looked_at) >= %(enough)s
        AND words @@ %(asked)s::tsquery AND (ends IS NULL OR %(now)s::bigint IS NULL OR ends > %(now)s)
        LIMIT %(most)s
    ), matching AS MATERIALIZED (
        SELECT place FROM articles_searchentry
        WHERE (SELECT count(*) FROM walked) < %(most)s AND words @@ %(asked)s::tsquery
        AND place BETWEEN %(lowest)s AND %(highest)s AND (ends IS NULL OR %(now)s::bigint IS NULL OR ends > %(now)s)
    ), newest AS MATERIALIZED (
        SELECT place FROM walked WHERE (SELECT count(*) FROM walked) = %(most)s
        UNION ALL (SELECT place FROM matching ORDER BY place DESC LIMIT %(most)s)
    )
"""
#: The rows of these; their bound keeps the planner from reading the index of all places beside them.
_OF_NEWEST = """
    FROM newest JOIN articles_searchentry AS entry USING (place)
    WHERE entry.place >= (SELECT min(place) FROM newest)
"""
#: Rows that are looked at, how many of them must match for the walk, and how far it goes.
_LOOK, _ENOUGH, _FURTHEST_WALK = 200, 70, 4 * MOST


def _postgres_newest(
    question: Question, facets: Sequence[str], lowest: int, highest: int, now: int | None
) -> dict[str, Any]:
    """What _NEWEST is asked with. Without letters of fields the index alone knows; facets are words of no text."""
    parts = [_tsquery(term) for term in question.terms]
    parts += [f"!{_tsquery(term)}" for term in question.without]
    parts += [f"'{word}'" for word in facets]
    numbers = {"look": _LOOK, "enough": _ENOUGH, "furthest": _FURTHEST_WALK, "most": MOST}
    return {"asked": " & ".join(parts), "lowest": lowest, "highest": highest, "now": now, **numbers}


def _postgres_matching(
    question: Question, facets: Sequence[str], lowest: int, highest: int, now: int | None
) -> tuple[str, dict[str, Any]]:
    """Place, article and facets of the newest matches."""
    sql = f"{_NEWEST} SELECT place, article_id, facets {_OF_NEWEST}"
    return sql, _postgres_newest(question, facets, lowest, highest, now)


def _postgres(question: Question, facets: Sequence[str], lowest: int, highest: int, now: int | None) -> list[tuple]:
    score, params = [], _postgres_newest(question, facets, lowest, highest, now)
    for number, (word, is_beginning) in enumerate(question.words):
        term = Term((word,), is_beginning)
        # What is not in the title is in the body: long bodies are unpacked only of articles that have the word in both.
        in_headline, in_subtitle, in_body = (worth for worth, _letter in FIELDS.values())
        score.append(
            f"CASE WHEN NOT title @@ %(title{number})s::tsquery THEN {in_body} ELSE "
            f"CASE WHEN title @@ %(headline{number})s::tsquery THEN {in_headline} ELSE 0 END + "
            f"CASE WHEN title @@ %(subtitle{number})s::tsquery THEN {in_subtitle} ELSE 0 END + "
            f"CASE WHEN words @@ %(body{number})s::tsquery THEN {in_body} ELSE 0 END END"
        )
        for name, letters in (("headline", "A"), ("subtitle", "B"), ("title", "AB"), ("body", "C")):
            params[f"{name}{number}"] = _tsquery(term, letters)
    sql = f"{_NEWEST} SELECT place, article_id, {' + '.join(score)}, facets {_OF_NEWEST}"
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _tsquery(term: Term, letters: str = "") -> str:
    """A term, in certain fields or in all. Words of the index hold letters only: nothing needs escaping."""
    *whole, last = term.words
    words = [f"'{word}':{letters}" if letters else f"'{word}'" for word in whole]
    ending = f"{'*' if term.is_beginning else ''}{letters}"
    words.append(f"'{last}':{ending}" if ending else f"'{last}'")
    return f"({' <-> '.join(words)})"
