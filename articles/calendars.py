"""The calendars that an archive can be read by: how they gather days into months and years, and what they call these.

A day is a date in all of them, and its address is the Gregorian one. Nothing here asks the database.
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from hijridate import Gregorian as UmmAlQura
from hijridate import Hijri
from persiantools.jdatetime import JalaliDate

from articles.numerals import numerals

HIJRI_MONTHS = [
    pgettext_lazy("Hijri month", "Muharram"),
    pgettext_lazy("Hijri month", "Safar"),
    pgettext_lazy("Hijri month", "Rabi' al-Awwal"),
    pgettext_lazy("Hijri month", "Rabi' al-Thani"),
    pgettext_lazy("Hijri month", "Jumada al-Ula"),
    pgettext_lazy("Hijri month", "Jumada al-Akhirah"),
    pgettext_lazy("Hijri month", "Rajab"),
    pgettext_lazy("Hijri month", "Sha'ban"),
    pgettext_lazy("Hijri month", "Ramadan"),
    pgettext_lazy("Hijri month", "Shawwal"),
    pgettext_lazy("Hijri month", "Dhu al-Qa'dah"),
    pgettext_lazy("Hijri month", "Dhu al-Hijjah"),
]
PERSIAN_MONTHS = [
    pgettext_lazy("Persian month", "Farvardin"),
    pgettext_lazy("Persian month", "Ordibehesht"),
    pgettext_lazy("Persian month", "Khordad"),
    pgettext_lazy("Persian month", "Tir"),
    pgettext_lazy("Persian month", "Mordad"),
    pgettext_lazy("Persian month", "Shahrivar"),
    pgettext_lazy("Persian month", "Mehr"),
    pgettext_lazy("Persian month", "Aban"),
    pgettext_lazy("Persian month", "Azar"),
    pgettext_lazy("Persian month", "Dey"),
    pgettext_lazy("Persian month", "Bahman"),
    pgettext_lazy("Persian month", "Esfand"),
]


class ArchiveCalendar(models.TextChoices):
    GREGORIAN = "gregorian", _("Gregorian calendar")
    HIJRI = "hijri", _("Hijri calendar")
    PERSIAN = "persian", _("Persian calendar")


@dataclass(frozen=True, eq=False)
class Calendar:
    """One way of counting days. Its functions raise ValueError or OverflowError for what the calendar does not hold."""

    choice: ArchiveCalendar
    month_names: list[Any]
    #: Year, month and day of a date, and back.
    read: Callable[[date], tuple[int, int, int]]
    date_of: Callable[[int, int, int], date]
    #: How many days the month of a year has.
    length: Callable[[int, int], int]
    #: The first day that it holds.
    begins: date

    @property
    def label(self) -> str:
        return str(self.choice.label)

    @property
    def url(self) -> str:
        return reverse("articles:archive-calendar", args=[self.choice.value])

    def parts(self, day: date) -> tuple[int, int, int] | None:
        """Year, month and day; None for a day that the calendar does not hold."""
        try:
            return self.read(day)
        except (ValueError, OverflowError):
            return None

    def words(self, day: date) -> str:
        """The day with its weekday, or nothing where the calendar does not hold it."""
        if (parts := self.parts(day)) is None:
            return ""
        year, month, number = parts
        return numerals(f"{WEEKDAYS[day.weekday()]} {number} {self.month_names[month - 1]} {year}")

    def month(self, year: int, number: int) -> "CalendarMonth":
        """Raises ValueError for a month that the calendar does not hold."""
        try:
            first = self.date_of(year, number, 1)
            return CalendarMonth(self, year, number, first, first + timedelta(days=self.length(year, number)))
        except OverflowError as error:
            raise ValueError(f"{self.choice} has no month {year}-{number}.") from error

    def year(self, number: int) -> "CalendarYear":
        """Raises ValueError for a year that the calendar does not hold."""
        return CalendarYear(self, number, self.month(number, 1).first, self.month(number, 12).end)

    def month_of(self, day: date) -> "CalendarMonth | None":
        parts = self.parts(day)
        return self.month(parts[0], parts[1]) if parts else None

    def year_of(self, day: date) -> "CalendarYear | None":
        parts = self.parts(day)
        return self.year(parts[0]) if parts else None


@dataclass(frozen=True)
class CalendarYear:
    calendar: Calendar
    number: int
    first: date
    #: The day after the last.
    end: date

    @property
    def title(self) -> str:
        return numerals(str(self.number))

    @property
    def url(self) -> str:
        if self.calendar is GREGORIAN:
            return reverse("articles:archive-year", args=[self.number])
        return reverse("articles:archive-calendar-year", args=[self.calendar.choice.value, self.number])

    def in_other(self, calendar: Calendar) -> "list[CalendarYear]":
        """The years of another calendar that share days with this one."""
        return _covering(self.first, self.end, calendar, calendar.year_of)


@dataclass(frozen=True)
class CalendarMonth:
    calendar: Calendar
    year: int
    number: int
    first: date
    #: The day after the last.
    end: date

    @property
    def name(self) -> str:
        if self.calendar is GREGORIAN:
            return date_format(self.first, "F")
        return str(self.calendar.month_names[self.number - 1])

    @property
    def title(self) -> str:
        if self.calendar is GREGORIAN:
            return numerals(date_format(self.first, "F Y"))
        return numerals(f"{self.name} {self.year}")

    @property
    def url(self) -> str:
        if self.calendar is GREGORIAN:
            return reverse("articles:archive-month", args=[self.year, self.number])
        return reverse("articles:archive-calendar-month", args=[self.calendar.choice.value, self.year, self.number])

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.end - self.first).days)]

    def in_other(self, calendar: Calendar) -> "list[CalendarMonth]":
        """The months of another calendar that share days with this one."""
        return _covering(self.first, self.end, calendar, calendar.month_of)


def _covering(first: date, end: date, calendar: Calendar, span_of: Callable[[date], Any]) -> list[Any]:
    spans, day = [], max(first, calendar.begins)
    while day < end and (span := span_of(day)):
        spans.append(span)
        day = span.end
    return spans


def _plain(day: date) -> date:
    return date(day.year, day.month, day.day)


def _read_persian(day: date) -> tuple[int, int, int]:
    found = JalaliDate(day)
    return found.year, found.month, found.day


GREGORIAN = Calendar(
    ArchiveCalendar.GREGORIAN,
    [],  # by Django's date formats, which decline them
    lambda day: (day.year, day.month, day.day),
    date,
    lambda year, month: monthrange(year, month)[1],
    date.min,
)
#: Umm al-Qura, by table from 1343 to 1500.
HIJRI = Calendar(
    ArchiveCalendar.HIJRI,
    HIJRI_MONTHS,
    lambda day: UmmAlQura.fromdate(day).to_hijri().datetuple(),
    lambda year, month, day: _plain(Hijri(year, month, day).to_gregorian()),
    lambda year, month: Hijri(year, month, 1).month_length(),
    _plain(Hijri(1343, 1, 1).to_gregorian()),
)
PERSIAN = Calendar(
    ArchiveCalendar.PERSIAN,
    PERSIAN_MONTHS,
    _read_persian,
    lambda year, month, day: JalaliDate(year, month, day).to_gregorian(),
    lambda year, month: JalaliDate.days_in_month(month, year),
    JalaliDate(1, 1, 1).to_gregorian(),
)
CALENDARS: dict[str, Calendar] = {calendar.choice.value: calendar for calendar in (GREGORIAN, HIJRI, PERSIAN)}


def month_in(calendar: Calendar, day: date) -> CalendarMonth:
    """The month of a day in a calendar, in the Gregorian where that does not hold the day."""
    return calendar.month_of(day) or GREGORIAN.month(day.year, day.month)
