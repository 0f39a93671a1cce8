"""The date archive: a month as a table, years as months, by the newsroom's clock. Nothing here counts articles."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import get_format
from django.utils.translation import pgettext_lazy

from articles.calendars import GREGORIAN, Calendar, CalendarMonth, CalendarYear
from articles.lists import listed
from articles.prepared import Statement, prepared
from articles.rows import read_moment

#: What the languages say of the first day of the week where Django's formats say nothing (CLDR's week data).
FIRST_WEEKDAY = {"fa": 6, "ps": 6, "ar": 6, "ckb": 6, "ur": 0, "he": 0, "en": 1}

#: Heads of the calendar's columns, as narrow as a language has them; Django's short names of some are the whole ones.
COLUMNS = [
    pgettext_lazy("head of a narrow column", "Mon"),
    pgettext_lazy("head of a narrow column", "Tue"),
    pgettext_lazy("head of a narrow column", "Wed"),
    pgettext_lazy("head of a narrow column", "Thu"),
    pgettext_lazy("head of a narrow column", "Fri"),
    pgettext_lazy("head of a narrow column", "Sat"),
    pgettext_lazy("head of a narrow column", "Sun"),
]


@dataclass(frozen=True)
class Day:
    date: date
    #: In the month that the table shows.
    number: int
    has_articles: bool
    is_today: bool


@dataclass(frozen=True)
class MonthTable:
    """One month: weeks of seven days or None, and the nearest months that hold something."""

    of: CalendarMonth
    weekdays: list[tuple[str, str]]
    weeks: list[list[Day | None]]
    previous: CalendarMonth | None
    next: CalendarMonth | None


def start_of(day: date) -> datetime:
    """The first moment of a day by the newsroom's clock; where the clock skips midnight, the first that exists."""
    try:
        return datetime(day.year, day.month, day.day, tzinfo=timezone.get_current_timezone()).astimezone(UTC)
    except OverflowError:  # the first day of all, east of Greenwich
        return datetime.min.replace(tzinfo=UTC)


def first_weekday(language: str) -> int:
    """0 for Sunday, as Django counts."""
    return FIRST_WEEKDAY.get(language, get_format("FIRST_DAY_OF_WEEK", language))


def about(language: str, category: int | None = None) -> dict[str, Any]:
    """What the archive of an edition, or of one category, is read from, for articles/lists.py."""
    return {"language": language} if category is None else {"category": category}


def span(first: date, end: date) -> tuple[datetime, datetime]:
    """The moments between which the days from `first` on and before `end` lie."""
    return start_of(first), start_of(end)


@prepared
def _holds(*, first: datetime, end: datetime, **of: Any) -> QuerySet:
    """One of the questions for `_ask`: whether there is anything from `first` on and before `end`."""
    return listed(**of).filter(publish_at__gte=first, publish_at__lt=end).order_by().values("pk")[:1]


@prepared
def _before(*, end: datetime | None = None, **of: Any) -> QuerySet:
    """The last moment that there is something at, before `end` where that is given."""
    rows = listed(**of)
    return (rows.filter(publish_at__lt=end) if end else rows).order_by("-publish_at").values("publish_at")[:1]


@prepared
def _after(*, first: datetime | None = None, **of: Any) -> QuerySet:
    rows = listed(**of)
    return (rows.filter(publish_at__gte=first) if first else rows).order_by("publish_at").values("publish_at")[:1]


def month(language: str, of: CalendarMonth, category: int | None = None) -> MonthTable:
    """The table of a month of whatever calendar; one query."""
    days, asked = of.days, {"now": timezone.now(), **about(language, category)}
    earlier = _before.statement(end=start_of(of.first), **asked)
    later = _after.statement(first=start_of(of.end), **asked)
    starts = [start_of(day) for day in (*days, of.end)]
    held = [_holds.statement(first=first, end=end, **asked) for first, end in pairwise(starts)]
    flags, (before, after) = _ask(held, [earlier, later])
    today = timezone.localdate()
    week_begins = first_weekday(language)
    blank = (of.first.isoweekday() - week_begins) % 7
    cells: list[Day | None] = [None] * blank
    cells += [Day(day, number, flags[number - 1], day == today) for number, day in enumerate(days, start=1)]
    cells += [None] * (-len(cells) % 7)
    order = [(week_begins + 6 + number) % 7 for number in range(7)]  # Django's names begin with Monday
    return MonthTable(
        of,
        [(str(COLUMNS[day]), str(WEEKDAYS[day])) for day in order],
        [cells[place : place + 7] for place in range(0, len(cells), 7)],
        of.calendar.month_of(before.date()) if before else None,
        of.calendar.month_of(after.date()) if after else None,
    )


def years(
    language: str, category: int | None = None, calendar: Calendar = GREGORIAN
) -> list[tuple[CalendarYear, list[CalendarMonth]]]:
    """Every year with something in it, newest first, with its months that have something; two queries."""
    asked = {"now": timezone.now(), **about(language, category)}
    _, (newest, oldest) = _ask([], [_before.statement(**asked), _after.statement(**asked)])
    if newest is None or oldest is None:
        return []
    months: list[CalendarMonth] = []
    month_ = calendar.month_of(newest.date())
    while month_ and month_.end > oldest.date() and len(months) < 12 * 80:
        months.append(month_)
        month_ = calendar.month_of(month_.first - timedelta(days=1))
    months.reverse()
    spans = [span(each.first, each.end) for each in months]
    flags, _ = _ask([_holds.statement(first=first, end=end, **asked) for first, end in spans], [])
    found: dict[int, list[CalendarMonth]] = {}
    for each, flag in zip(months, flags, strict=True):
        if flag:
            found.setdefault(each.year, []).append(each)
    return [(calendar.year(number), held) for number, held in sorted(found.items(), reverse=True)]


def _ask(exist: Iterable[Statement], moments: Iterable[Statement]) -> tuple[list[bool], list[datetime | None]]:
    """Whether each of `exist` has a row, and what each of `moments` answers, in one SELECT."""
    parts: list[str] = []
    params: list[Any] = []
    for sql, values in exist:
        parts.append(f"EXISTS({sql})")
        params += values
    flags = len(parts)
    for sql, values in moments:
        parts.append(f"({sql})")
        params += values
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        answer = cursor.fetchone()
    moments_ = [read_moment(value) for value in answer[flags:]]
    return [bool(flag) for flag in answer[:flags]], [value and timezone.localtime(value) for value in moments_]
