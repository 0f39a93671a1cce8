"""Numbers and dates in the edition's digits."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.utils.translation import override

from articles.numerals import numerals
from articles.templatetags.articles import clock, day, moment


@pytest.mark.parametrize(
    ("language", "number", "decimals", "written"),
    [
        ("en", 4218, None, "4,218"),
        ("en", 0, None, "0"),
        ("fr", 4218, None, "4\N{NO-BREAK SPACE}218"),
        ("fa", 4218, None, "۴٬۲۱۸"),
        ("ar", 1234567, None, "١٬٢٣٤٬٥٦٧"),
        ("ur", 12, None, "۱۲"),
        ("en", 4.3333, 1, "4.3"),
        ("en", 4.67, 1, "4.7"),
        ("en", 5.0, 1, "5.0"),
        ("fr", 4.3333, 1, "4,3"),
        ("ar", 4.3333, 1, "٤٫٣"),
        ("fa", 1234.56, 1, "۱٬۲۳۴٫۶"),
        ("fa", "2026", None, "۲۰۲۶"),
        ("en", "2026", None, "2026"),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(language, number, decimals, written):
    with override(language):
        assert numerals(number, decimals) == written


def test_dates_take_the_edition_s_digits_and_comma():
    with time_machine.travel(datetime(2026, 6, 20, tzinfo=UTC), tick=False):
        when = datetime(2026, 6, 12, 9, 5, tzinfo=UTC)
        assert moment(when) == "12 June, 09:05"
        assert moment(when.replace(year=2025)) == "12 June 2025, 09:05"
        with override("fa"):
            assert (day(date(2026, 6, 12), "Y"), clock(when)) == ("۲۰۲۶", "۰۹:۰۵")
            assert "، ۰۹:۰۵" in moment(when)
    assert (day(None), moment(None)) == ("", "")
