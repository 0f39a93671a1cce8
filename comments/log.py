"""The log of moderation as a table to take away."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from comments.models import Decision


def table(rows: Any) -> Iterator[list[Any]]:
    """A head, then the values of each row of Decision; times are those of the site's zone."""
    yield [_("when"), _("comment"), _("ban"), _("what"), _("before"), _("after"), _("by"), _("ground"), _("reason")]
    row: Decision
    for row in rows.select_related("by").iterator(chunk_size=1000):
        yield [
            timezone.localtime(row.decided_at).isoformat(timespec="seconds"),
            row.comment_id,
            row.ban_id,
            row.get_what_display(),
            row.get_before_display(),
            row.get_after_display(),
            row.by.get_username() if row.by else "",
            row.get_ground_display(),
            row.reason,
        ]
