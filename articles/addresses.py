"""Path converters: what a reader's address may hold, so that nothing else reaches a query."""

from django.urls import register_converter

from articles.calendars import CALENDARS, Calendar


class UnicodeSlugConverter:
    """A slug of any script: what `slugify(allow_unicode=True)` can make, and no more (no NUL)."""

    regex = r"[-\w]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class YearConverter:
    regex = r"[0-9]{4}"

    def to_python(self, value: str) -> int:
        if not 1 <= int(value) <= 9998:
            raise ValueError(value)
        return int(value)

    def to_url(self, value: int) -> str:
        return f"{value:04d}"


class TwoDigitConverter:
    """Month or day, always two digits, so that a page has one address."""

    regex = r"[0-9]{2}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return f"{value:02d}"


class CalendarConverter:
    """One of the calendars that an edition may choose."""

    regex = "|".join(CALENDARS)

    def to_python(self, value: str) -> Calendar:
        return CALENDARS[value]

    def to_url(self, value: str) -> str:
        return value


register_converter(UnicodeSlugConverter, "uslug")
register_converter(YearConverter, "year4")
register_converter(TwoDigitConverter, "two")
register_converter(CalendarConverter, "calendar")
