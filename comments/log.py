"""The log of moderation as a table to take away."""

import csv
from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from comments.models import Decision

#: A spreadsheet would take what begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Line:
    """What csv writes to: hands each line on."""

    def write(self, line: str) -> str:
        return line


def cell(value: Any) -> str:
    """Text that no spreadsheet runs: an apostrophe stands before what would begin a formula."""
    text = str(value).replace("\x00", "")
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) or text.startswith(_FORMULA) else text


def csv_lines(rows: Any) -> Iterator[str]:
    """One line a row of Decision, a head above them; times are those of the site's zone."""
    write = csv.writer(_Line()).writerow
    head = [_("when"), _("comment"), _("what"), _("before"), _("after"), _("by"), _("ground"), _("reason")]
    yield "\ufeff" + write([cell(name) for name in head])
    row: Decision
    for row in rows.select_related("by").iterator(chunk_size=1000):
        values = [
            timezone.localtime(row.decided_at).isoformat(timespec="seconds"),
            row.comment_id,
            row.get_what_display(),
            row.get_before_display(),
            row.get_after_display(),
            row.by.get_username() if row.by else "",
            row.get_ground_display(),
            row.reason,
        ]
        yield write([cell("" if value is None else value) for value in values])
