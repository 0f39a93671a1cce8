"""Search over articles: the index and its only writer, questions, and the order of what is found.

The engines (SQLite's FTS5, PostgreSQL's tsvector) only say which articles hold which words; the order is an integer
made here, so that both give the same articles in the same order. Each word of the question counts once for each field
that holds it, what is new counts more by steps, ties go to the newest. Only the newest 5,000 matches are scored.
"""

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from operator import itemgetter, neg
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

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

#: Of an article's number so many bits stand in its place: 268 million articles.
_NUMBER_BITS = 28
_NUMBER = 2**_NUMBER_BITS - 1
#: Years 1425 to 2514: others stand at the ends.
_FURTHEST = 2**34


def place_of(moment: datetime, pk: int = 0) -> int:
    """Where an article stands in the index, by seconds and number."""
    seconds = int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() // 1)
    return (max(-_FURTHEST, min(seconds, _FURTHEST - 1)) << _NUMBER_BITS) | (pk & _NUMBER)


#: A word of PostgreSQL's index for when an article appeared: a stretch of three days, numbered in binary digits, so
#: that beginnings of the word stand for longer stretches.
_BACK = f"{_MARK}b"
_STRETCHES, _STRETCH_SECONDS_BITS = 17, 18


def _stretch(place: int) -> int:
    return ((place >> _NUMBER_BITS) + _FURTHEST) >> _STRETCH_SECONDS_BITS


def _back(place: int) -> str:
    return f"{_BACK}{_stretch(place):0{_STRETCHES}b}"


def article_at(place: int) -> int:
    return place & _NUMBER


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
            words = {word for _entry, fields in entries for field in fields.values() for word in field}
            cursor.executemany(
                "INSERT OR IGNORE INTO articles_searchvocabulary (word) VALUES (%s)",
                [(word,) for word in sorted(words)],
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
    titled = {*fields["headline"], *fields["subtitle"]}
    title = _vector({**fields, "body": [word for word in dict.fromkeys(fields["body"]) if word in titled]})
    return title, f"{_vector(fields)} {_quoted(f'{entry.facets} {_back(entry.place)}')}"


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

    @property
    def article(self) -> int:
        return article_at(self.place)


class Matches(Sequence[Match]):
    """What answers a question, best first. Thousands are put in order to show twenty: they stand as numbers, in groups
    of the same points, and become matches where somebody looks."""

    def __init__(self, groups: dict[int, list[int]], places: list[int]):
        #: The newest first.
        self.places = places
        self._groups = sorted(groups.items(), reverse=True)

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[Match]:
        return (Match(points, place) for points, places in self._groups for place in places)

    def __getitem__(self, wanted: Any) -> Any:
        if isinstance(wanted, slice):
            first, last, step = wanted.indices(len(self))
            return list(islice(self, first, last, step))
        return next(islice(self, wanted, None))

    def before(self, match: Match) -> int:
        """How many are better."""
        count = 0
        for points, places in self._groups:
            if points > match.points:
                count += len(places)
            elif points == match.points:
                count += bisect_left(places, -match.place, key=neg)
        return count


def find(
    question: Question,
    *,
    facets: Sequence[str] = (PUBLISHED,),
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
    as_of: int | None = None,
) -> Matches:
    """What answers the question and bears all `facets`, best first; at most the newest MOST matches.

    `now` bounds readers' searches: nothing that is still to come, nothing that has ended. Ask the articles themselves
    (`Article.objects.public()`) before any of it is shown. `as_of`, in seconds, is what age is counted from, so that
    further pages keep the order of the first.
    """
    if not question:
        return Matches({}, [])
    places, titled = _engine()(question, question.words, facets, *_bounds(since, until, now))
    today = int((now or timezone.now()).timestamp()) if as_of is None else as_of
    return Matches(_by_points(places, titled, len(question.words), today), places)


def newest(
    question: Question,
    *,
    facets: Sequence[str] = (PUBLISHED,),
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
) -> list[int]:
    """The places of what `find` would return, the newest first."""
    return _engine()(question, [], facets, *_bounds(since, until, now))[0] if question else []


def _bounds(since: datetime | None, until: datetime | None, now: datetime | None) -> tuple[int, int, int | None]:
    """The lowest and the highest place, and the second after which what has ended does not count."""
    lowest = place_of(since) if since else -(2**63)
    highest = place_of(until) - 1 if until else 2**63 - 1
    if now:
        highest = min(highest, place_of(now, _NUMBER))
    return lowest, highest, int(now.timestamp()) if now else None


def _by_points(places: list[int], titled: dict[int, int], words: int, today: int) -> dict[int, list[int]]:
    """The places with the same points, the newest first. Every match holds every word: in the body, or it is `titled`,
    with the points that it has beyond those for words in the body alone."""
    groups: dict[int, list[int]] = defaultdict(list)
    begin = 0
    for points, days in [*((points, days) for days, points in RECENT), (0, None)]:
        oldest = -(2**63) if days is None else (today - days * DAY + 1) << _NUMBER_BITS
        end = bisect_right(places, -oldest, key=neg)
        least = words * FIELDS["body"][0] + points
        for place in places[begin:end]:
            groups[least + titled.get(place, 0)].append(place)
        begin = max(begin, end)
    return groups


def _numbers(text: str | None) -> list[int]:
    """Places as databases put them together: thousands of rows are read in a fraction of the time."""
    return sorted(map(int, text.split(",")), reverse=True) if text else []


class _Engine(Protocol):
    def __call__(
        self,
        question: Question,
        words: Sequence[tuple[str, bool]],
        facets: Sequence[str],
        lowest: int,
        highest: int,
        now: int | None,
    ) -> tuple[list[int], dict[int, int]]:
        """The places of the newest matches, the newest first, and the points of those that have some of `words` in
        their title."""


def _engine() -> _Engine:
    return _sqlite if connection.vendor == "sqlite" else _postgres


def _sqlite(
    question: Question,
    words: Sequence[tuple[str, bool]],
    facets: Sequence[str],
    lowest: int,
    highest: int,
    now: int | None,
) -> tuple[list[int], dict[int, int]]:
    with connection.cursor() as cursor:
        fts = _Fts(cursor)
        everything = fts.everything(question, facets)
        # The index of `ends` holds few that still bear the facet of what is published.
        ended = "" if now is None else "AND rowid NOT IN (SELECT place FROM articles_searchentry WHERE ends <= %s)"
        cursor.execute(
            f"SELECT group_concat(place) FROM ({_ROWS} {ended} ORDER BY rowid DESC LIMIT %s)",  # noqa: S608  (constants)
            [everything, lowest, highest, *([] if now is None else [now]), MOST],
        )
        places = _numbers(cursor.fetchone()[0])
        if not places or not words:
            return places, {}
        conditions = []
        for word, is_beginning in words:
            wanted = fts.term(Term((word,), is_beginning))
            conditions += [f"headline : ({wanted})", f"subtitle : ({wanted})"]
            conditions.append(f"(body : ({wanted})) AND ({{headline subtitle}} : ({wanted}))")

        def holding(asked: Sequence[str], most: int) -> list[list[int]]:
            one = f"SELECT group_concat(place) FROM ({_ROWS} LIMIT %s)"  # noqa: S608  (constants)
            values = [value for condition in asked for value in (condition, places[-1], places[0], most)]
            cursor.execute(" UNION ALL ".join([one] * len(asked)), values)
            return [_numbers(row[0]) for row in cursor.fetchall()]

        found = holding(conditions, MOST + 1)
        # To ask the whole question with each costs more than some rows too many, but never so many as it may be.
        wide = [number for number, holders in enumerate(found) if len(holders) > MOST]
        if wide:
            narrower = holding([f"({conditions[number]}) AND {everything}" for number in wide], -1)
            for number, holders in zip(wide, narrower, strict=True):
                found[number] = holders
    known = set(places)
    titled: dict[int, int] = defaultdict(int)
    (in_headline, _a), (in_subtitle, _b), (in_body, _c) = FIELDS.values()
    for number in range(0, len(found), 3):
        headline, subtitle, both = (known.intersection(holders) for holders in found[number : number + 3])
        for some, worth in ((headline, in_headline), (subtitle, in_subtitle), (both, in_body)):
            for place in some:
                titled[place] += worth
        for place in headline | subtitle:
            titled[place] -= in_body
    return places, titled


_ROWS = """
    SELECT rowid AS place FROM articles_searchwords
    WHERE articles_searchwords MATCH %s AND rowid BETWEEN %s AND %s
"""
#: Words that may go on from a beginning, for FTS5 to be asked for each. It puts together all rows of a beginning, be
#: they a million, before it yields the first; for two and three letters it has an index.
_MOST_ENDINGS, _INDEXED = 50, 3


class _Fts:
    """Questions in FTS5's language."""

    def __init__(self, cursor: Any):
        self.cursor = cursor
        self.known: dict[str, list[str] | None] = {}

    def everything(self, question: Question, facets: Sequence[str]) -> str:
        asked = " AND ".join(self.term(term) for term in question.terms)
        without = "".join(f" NOT {self.term(term)}" for term in question.without)
        everything = f"({{headline subtitle body}} : (({asked}){without}))"
        if facets:
            everything += " AND (facets : ({}))".format(" AND ".join(f'"{word}"' for word in facets))
        return everything

    def term(self, term: Term) -> str:
        *whole, last = term.words
        if not term.is_beginning:
            return f'"{" ".join(term.words)}"'
        begun = [self._begun(whole, word) for word in analyser.begun(last)]
        return begun[0] if len(begun) == 1 else f"({' OR '.join(begun)})"

    def _begun(self, whole: Sequence[str], last: str) -> str:
        if last not in self.known:
            self.known[last] = self._endings(last) if len(last) > _INDEXED else None
        endings = self.known[last]
        if endings is None:
            return f'"{" ".join([*whole, last])}" *'
        return "({})".format(" OR ".join(f'"{" ".join([*whole, word])}"' for word in endings or [last]))

    def _endings(self, beginning: str) -> list[str] | None:
        """The words that begin so; None where there are too many."""
        self.cursor.execute(
            "SELECT word FROM articles_searchvocabulary WHERE word >= %s AND word < %s LIMIT %s",
            [beginning, f"{beginning}\U0010ffff", _MOST_ENDINGS + 1],
        )
        found = [word for (word,) in self.cursor.fetchall()]
        return found if len(found) <= _MOST_ENDINGS else None


#: Of what is asked first on PostgreSQL: so many times the matches that are wanted.
_FIRST_WINDOW = 1.2
#: Without a window where there are but so many times its articles, as PostgreSQL believes.
_FEW = 3
_PLACES = """
    SELECT string_agg(place::text, ','), string_agg(place || ':' || titled, ',') FILTER (WHERE titled <> 0)
    FROM (
        SELECT place, {titled} AS titled
        FROM articles_search_matching(%(asked)s::tsquery, %(lowest)s, %(highest)s, %(now)s) AS matching
        ORDER BY place DESC LIMIT %(most)s
    ) AS newest
"""
#: Of what the title does not say itself that it is in the body.
_WORDS = "SELECT words FROM articles_searchentry AS entry WHERE entry.place = matching.place"


def _postgres(
    question: Question,
    words: Sequence[tuple[str, bool]],
    facets: Sequence[str],
    lowest: int,
    highest: int,
    now: int | None,
) -> tuple[list[int], dict[int, int]]:
    """The words are asked for in the newest articles, and further back as far as these let expect.

    An index of words knows no order: it yields all articles that hold a word, be they a million. Hence the windows,
    which are words of the index themselves. Without letters of fields it answers alone.
    """
    parts = [_tsquery(term) for term in question.terms]
    parts += [f"!{_tsquery(term)}" for term in question.without]
    parts += [f"'{word}'" for word in facets]
    titled: list[str] = []
    params: dict[str, Any] = {"lowest": lowest, "highest": highest, "now": now, "most": MOST}
    for number, (word, is_beginning) in enumerate(words):
        term = Term((word,), is_beginning)
        (in_headline, _a), (in_subtitle, _b), (in_body, _c) = FIELDS.values()
        titled.append(
            f"CASE WHEN title @@ %(title{number})s::tsquery THEN "
            f"CASE WHEN title @@ %(headline{number})s::tsquery THEN {in_headline} ELSE 0 END + "
            f"CASE WHEN title @@ %(subtitle{number})s::tsquery THEN {in_subtitle} ELSE 0 END - "
            f"CASE WHEN title @@ %(body{number})s::tsquery OR ({_WORDS}) @@ %(body{number})s::tsquery "
            f"THEN 0 ELSE {in_body} END ELSE 0 END"
        )
        for name, letters in (("headline", "A"), ("subtitle", "B"), ("title", "AB"), ("body", "C")):
            params[f"{name}{number}"] = _tsquery(term, letters)
    sql = _PLACES.format(titled=" + ".join(titled) or "0")
    with connection.cursor() as cursor:
        size = int(MOST * _FIRST_WINDOW)
        while True:
            window, is_all = _window(cursor, lowest, highest, size)
            cursor.execute(sql, params | {"asked": " & ".join([*parts, window] if window else parts)})
            places, extra = cursor.fetchone()
            found = _numbers(places)
            if is_all or len(found) == MOST:
                pairs = (pair.split(":") for pair in extra.split(",")) if extra else ()
                return found, {int(place): int(points) for place, points in pairs}
            size = max(4 * size, int(_FIRST_WINDOW * size * MOST / (len(found) or 1)))


def _window(cursor: Any, lowest: int, highest: int, count: int) -> tuple[str, bool]:
    """Asks for so many of the newest articles between two places and for some more, and whether there are no others.

    "" asks for all articles: where there are few, a window costs more than it saves.
    """
    cursor.execute(
        """
        SELECT max(place), min(place), (
            SELECT place FROM articles_searchentry WHERE place BETWEEN %(lowest)s AND %(highest)s
            ORDER BY place DESC OFFSET %(count)s LIMIT 1
        ), (SELECT reltuples FROM pg_class WHERE oid = 'articles_searchentry'::regclass)
        FROM articles_searchentry WHERE place BETWEEN %(lowest)s AND %(highest)s
        """,
        {"lowest": lowest, "highest": highest, "count": count},
    )
    newest, least, oldest, articles = cursor.fetchone()
    if newest is None or articles <= _FEW * count:
        return "", True
    first, last = _stretch(least if oldest is None else oldest), _stretch(newest)
    shorter = max(0, (last - first).bit_length() - 2)
    stretches = range(first >> shorter, (last >> shorter) + 1)
    asked = " | ".join(f"'{_BACK}{number:0{_STRETCHES - shorter}b}':*" for number in stretches)
    return f"({asked})", oldest is None


def _tsquery(term: Term, letters: str = "") -> str:
    """A term, in certain fields or in all. Words of the index hold letters only: nothing needs escaping."""
    *whole, last = term.words
    words = [f"'{word}':{letters}" if letters else f"'{word}'" for word in whole]
    ending = f"{'*' if term.is_beginning else ''}{letters}"
    meant = analyser.begun(last) if term.is_beginning else [last]
    lasts = [f"'{word}':{ending}" if ending else f"'{word}'" for word in meant]
    words.append(lasts[0] if len(lasts) == 1 else f"({' | '.join(lasts)})")
    return f"({' <-> '.join(words)})"
