"""Readings: one row a reader and clock half-hour, hourly totals rolled up from them, rankings rebuilt from both.

A reading is an insert that meets nobody else's row, so no reader waits for a counter. Totals and rankings ride on
a later reader's beacon, at most every few minutes, in one process at a time.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Avg, Count, F, FloatField, Q, Sum
from django.db.models.functions import Cast
from django.dispatch import Signal
from django.http import HttpRequest
from django.utils import timezone

from articles.models import Article, Ranking, Rating, Reading, ReadingHour, ReadingTotal, Upkeep, is_public
from articles.visitors import daily_reader, has_session

ROLL_UP_EVERY = timedelta(minutes=2)
RANK_EVERY = timedelta(minutes=10)
#: Days for which the rows are kept behind the totals, for `recount_readings`.
KEEP_ROWS = timedelta(days=14)
#: Rows ranked; pages show the first few, so that one withdrawn in between leaves no gap.
RANKED = 10
#: Top rated: a story counts from MIN_VOTES on, as if PRIOR_VOTES average votes had been given before
#: (a Bayesian mean, so that two friends do not make a top story).
MIN_VOTES = 3
PRIOR_VOTES = 5

#: What programs call themselves. Browsers' names hold none of these words.
BOT = re.compile(
    "|".join(
        r"""
    (?<!cu)bot(?:\b|s\b|[/_]) crawl spider slurp scrap archiv fetch search monitor probe check scan valid
    preview headless phantom selenium puppeteer playwright lighthouse pagespeed feed rss reader/ aggregat index
    link(?!buds) http[-_\s/] https?:// www\. @ curl wget libwww lwp python java/ java_ ruby perl php go-http
    okhttp axios node urllib guzzle winhttp client sdk uptime ping facebookexternalhit whatsapp telegram skype
    slack discord embed google- google\sweb apis- yahoo yandex[a-z] baidu bing duckduck(?!go/\d) survey research
    analy[sz] download capture thumb screenshot render proxy cache nagios zabbix pingdom dns seo audit security
    censys nmap masscan zgrab shodan nikto sqlmap gpt compatible;\s?(?!msie) \.com\b agent synthetics electron/
    optimizer verif recon batch insights \(java\)
    """.split()
    ),
    re.IGNORECASE,
)
BROWSER = re.compile(r"^(Mozilla/5\.0 \(|Opera/|Mozilla/4\.0 \(compatible; MSIE)")


def kind_of(request: HttpRequest) -> Reading.Kind:
    """Who opened the page, by what the request says of itself."""
    headers = request.headers
    purpose = headers.get("Sec-Purpose", "") + headers.get("Purpose", "") + headers.get("X-Moz", "")
    if "prefetch" in purpose.lower() or "prerender" in purpose.lower():
        return Reading.Kind.PREFETCH
    if is_bot(headers.get("User-Agent", "")):
        return Reading.Kind.BOT
    if has_session(request) and request.user.is_staff:
        return Reading.Kind.STAFF
    return Reading.Kind.READER


def is_bot(agent: str) -> bool:
    """Whether a User-Agent is a program's: one that says so, or that no browser would send."""
    agent = agent[:600]
    return not BROWSER.match(agent) or bool(BOT.search(agent))


def slot_of(now: datetime) -> datetime:
    """The start of the clock half-hour, in UTC."""
    now = now.astimezone(UTC)
    return now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)


def record(article: Article, request: HttpRequest) -> None:
    """Count one reading, unless this reader has one in this half-hour already."""
    now = timezone.now()
    row = Reading(article=article, reader=daily_reader(request, now), slot=slot_of(now), kind=kind_of(request))
    Reading.objects.bulk_create([row], ignore_conflicts=True)
    if Upkeep.objects.claim("roll_up_readings", ROLL_UP_EVERY):
        roll_up()
    if Upkeep.objects.claim("rankings", RANK_EVERY):
        rebuild_rankings()


# Totals

FIELD_OF_KIND = {
    Reading.Kind.READER: "readings",
    Reading.Kind.BOT: "bots",
    Reading.Kind.PREFETCH: "prefetches",
    Reading.Kind.STAFF: "staff",
}


#: Sent once for every reader's reading, in the transaction that counts it: `days`, a Counter of (article, day).
readings_counted = Signal()
#: The number of the lock that PostgreSQL keeps for `_hold_totals`; any that nobody else uses.
TOTALS_LOCK = 7_140_552_301


def roll_up(chunk: int = 5000) -> int:
    """Add what is not yet in the hourly totals, and say how many rows that was. Safe at once in many processes.

    Nobody waits: where the totals are being written by another, that one or the next call brings the rest.
    """
    done = 0
    while True:
        with transaction.atomic():
            if not _hold_totals(waits=False):
                return done
            rows = Reading.objects.filter(is_counted=False)
            found = list(rows.values_list("pk", "article", "slot", "kind")[:chunk])
            if not found:
                return done
            _add(Counter((article, slot.replace(minute=0), kind) for _, article, slot, kind in found))
            Reading.objects.filter(pk__in=[row[0] for row in found]).update(is_counted=True)
            readers = [row for row in found if row[3] == Reading.Kind.READER]
            days = Counter((article, timezone.localdate(slot)) for _, article, slot, _kind in readers)
            readings_counted.send(sender=Reading, days=days)
        done += len(found)


def _hold_totals(*, waits: bool = True) -> bool:
    """Be the only one who changes totals until the transaction ends. SQLite has one writer anyway."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        if waits:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TOTALS_LOCK])
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TOTALS_LOCK])
        return cursor.fetchone()[0]


def _add(counts: Counter) -> None:
    hours: dict[tuple, dict[str, int]] = defaultdict(dict)
    totals: Counter = Counter()
    for (article, hour, kind), count in counts.items():
        hours[article, hour][FIELD_OF_KIND[kind]] = count
        if kind == Reading.Kind.READER:
            totals[article] += count
    # Rows are taken in one order everywhere, so that two processes cannot wait for each other.
    keys = sorted(hours)
    ReadingHour.objects.bulk_create(
        [ReadingHour(article_id=article, hour=hour) for article, hour in keys], ignore_conflicts=True
    )
    for article, hour in keys:
        changes = {field: F(field) + count for field, count in hours[article, hour].items()}
        ReadingHour.objects.filter(article=article, hour=hour).update(**changes)
    articles = sorted(totals)
    ReadingTotal.objects.bulk_create([ReadingTotal(article_id=article) for article in articles], ignore_conflicts=True)
    for article in articles:
        ReadingTotal.objects.filter(article=article).update(readings=F("readings") + totals[article])


def purge_rows(now: datetime | None = None) -> int:
    """End the rows whose days are over; their numbers stay in the totals."""
    old = slot_of((now or timezone.now()) - KEEP_ROWS).replace(hour=0, minute=0)
    with transaction.atomic():
        _hold_totals()
        return Reading.objects.filter(slot__lt=old, is_counted=True).delete()[0]


#: Articles that `recount` holds the totals for at once.
BATCH = 500


def recount(stepped: Callable[[int], None] = lambda done: None) -> int:
    """Make the totals again: hours whose rows are all kept from the rows, the sum from the hours.

    Returns how many articles had other numbers than before; `stepped` hears how many were looked at. Runs beside
    readers, and twice at once, in transactions of a moment each.
    """
    roll_up()
    changed, last = 0, 0
    while numbers := list(Article.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            _hold_totals()
            changed += len(_mend_hours(numbers) | _mend_sums(numbers))
        last = numbers[-1]
        stepped(len(numbers))
    return changed


def _mend_hours(articles: list[int]) -> set[int]:
    oldest = Reading.objects.order_by("slot").values_list("slot", flat=True).first()
    if oldest is None:
        return set()
    right: dict[tuple, dict[str, int]] = defaultdict(lambda: dict.fromkeys(FIELD_OF_KIND.values(), 0))
    rows = Reading.objects.filter(is_counted=True, article__in=articles).values_list("article", "slot", "kind")
    for article, slot, kind in rows.iterator(chunk_size=5000):
        right[article, slot.replace(minute=0)][FIELD_OF_KIND[Reading.Kind(kind)]] += 1
    kept = ReadingHour.objects.filter(article__in=articles, hour__gte=oldest.replace(minute=0))
    have = {(row["article"], row["hour"]): row for row in kept.values("pk", "article", "hour", *FIELD_OF_KIND.values())}
    gone = [key for key in have if key not in right]
    wrong = [key for key, counts in right.items() if not counts.items() <= have.get(key, {}).items()]
    ReadingHour.objects.filter(pk__in=[have[key]["pk"] for key in gone]).delete()
    ReadingHour.objects.bulk_create(
        [ReadingHour(article_id=article, hour=hour, **right[article, hour]) for article, hour in sorted(wrong)],
        update_conflicts=True,
        unique_fields=["article", "hour"],
        update_fields=list(FIELD_OF_KIND.values()),
    )
    return {article for article, _hour in (*gone, *wrong)}


def _mend_sums(articles: list[int]) -> set[int]:
    hours = ReadingHour.objects.filter(article__in=articles).order_by()
    right = dict(hours.values("article").annotate(n=Sum("readings")).values_list("article", "n"))
    have = dict(ReadingTotal.objects.filter(article__in=articles).values_list("article", "readings"))
    wrong = {article for article in right.keys() | have.keys() if right.get(article, 0) != have.get(article, 0)}
    ReadingTotal.objects.bulk_create(
        [ReadingTotal(article_id=article, readings=right.get(article, 0)) for article in sorted(wrong)],
        update_conflicts=True,
        unique_fields=["article"],
        update_fields=["readings"],
    )
    return wrong


# Rankings

WINDOWS = {
    Ranking.Kind.READ_DAY: timedelta(hours=24),
    Ranking.Kind.READ_WEEK: timedelta(days=7),
    Ranking.Kind.READ_MONTH: timedelta(days=30),
}


def rebuild_rankings(now: datetime | None = None) -> None:
    """Write “most read” and “top rated” of every edition anew."""
    now = now or timezone.now()
    roll_up()
    rows = []
    for language, _name in settings.LANGUAGES:
        public = is_public(now, prefix="article__") & Q(article__language=language)
        ranked: dict[str, list[tuple[int, float]]] = {}
        for kind, window in WINDOWS.items():
            hours = ReadingHour.objects.filter(public, hour__gt=now - window, readings__gt=0)
            ranked[kind] = list(
                hours.values_list("article").annotate(n=Sum("readings")).order_by("-n", "-article")[:RANKED]
            )
        ranked[Ranking.Kind.TOP_RATED] = _top_rated(public)
        for name, found in ranked.items():
            rows += [
                Ranking(kind=name, language=language, position=position, article_id=article, value=value)
                for position, (article, value) in enumerate(found)
            ]
    with transaction.atomic():
        Ranking.objects.all().delete()
        Ranking.objects.bulk_create(rows)
    Upkeep.objects.filter(name="rankings").update(finished_at=timezone.now())


def _top_rated(public: Q) -> list[tuple[int, float]]:
    votes = Rating.objects.filter(public, is_held=False)
    mean = votes.aggregate(mean=Avg("stars"))["mean"]
    if mean is None:
        return []
    groups = votes.order_by().values("article").annotate(n=Count("pk"), total=Sum("stars")).filter(n__gte=MIN_VOTES)
    score = (Cast(F("total"), FloatField()) + PRIOR_VOTES * mean) / (F("n") + PRIOR_VOTES)
    best = groups.annotate(score=score).order_by("-score", "-n", "-article")[:RANKED]
    return list(best.values_list("article", "score"))


def rankings(language: str, shown: int = 5) -> dict[str, list[Article]]:
    """What is public of the last rankings, by kind: at most `shown` articles each, in one query."""
    found: dict[str, list[Article]] = {kind: [] for kind in Ranking.Kind.values}
    rows = (
        Ranking.objects.filter(is_public(prefix="article__"), language=language)
        .select_related("article")
        .only("kind", "position", "value", "article__headline", "article__slug", "article__language")
        .order_by("kind", "position")
    )
    for row in rows:
        if len(found[row.kind]) < shown:
            row.article.ranked_value = row.value
            found[row.kind].append(row.article)
    return found
