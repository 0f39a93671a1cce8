"""The end of the table of stale tags, read again and again by somebody who keeps what is made from the database."""

import time
from datetime import timedelta

from django.db.models import Max, QuerySet
from django.utils import timezone

from articles import stale
from articles.prepared import prepared

#: Tags read at once; after more than these everything goes.
MANY = 2000
#: After so many seconds without a reading, rows may have ended unseen: everything goes.
BLIND = stale.KEEP.total_seconds() / 2


class Tail:
    """Numbers are not committed in their order, so each reading looks back by the seconds of stale.WINDOW."""

    def __init__(self) -> None:
        #: (monotonic time, highest number known then), the oldest first, and the numbers seen above the first of these.
        self.known: list[tuple[float, int]] = []
        self.seen: set[int] = set()
        self.read_at = 0.0

    def read(self) -> frozenset[str]:
        """The tags marked since the last reading, or that of everything. Raises DatabaseError; one small query."""
        now = time.monotonic()
        if not self.known or now - self.read_at > BLIND:
            return self._begin(now)
        while len(self.known) > 1 and self.known[1][0] <= now - stale.WINDOW:
            self.known.pop(0)
        found = _above(self.known[0][1])
        highest = max(found, default=0)
        if len(found) > MANY:
            highest = _rows().aggregate(highest=Max("pk"))["highest"]
            tags, self.seen = frozenset({stale.EVERYTHING}), set()
        else:
            tags, self.seen = frozenset(found[pk] for pk in found.keys() - self.seen), set(found)
        if highest > self.known[-1][1]:
            self.known.append((now, highest))
        self.read_at = now
        return tags

    def _begin(self, now: float) -> frozenset[str]:
        # Twice the seconds, since the rows bear the time of other machines' clocks.
        settled = _rows().filter(marked_at__lt=timezone.now() - timedelta(seconds=2 * stale.WINDOW))
        floor = settled.aggregate(highest=Max("pk"))["highest"] or 0
        self.seen = set(_above(floor))
        self.known = [(now, floor)]
        if self.seen:
            self.known.append((now, max(self.seen)))
        self.read_at = now
        return frozenset({stale.EVERYTHING})


def _rows():
    from articles.models import StaleTag

    return StaleTag.objects.order_by()


def _above(floor: int) -> dict[int, str]:
    return {row.pk: row.tag for row in _later(floor=floor, _most=MANY + 1)}


@prepared
def _later(*, floor: int, _most: int) -> QuerySet:
    return _rows().filter(pk__gt=floor).order_by("pk").only("tag")[:_most]
