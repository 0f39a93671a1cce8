"""The sidebar as one fragment an edition and category, kept in each process and right in all of them.

One small query asks whether anything of the edition has been marked since it was made (articles/stale.py), instead of
the queries that make it; it also ends at the next moment at which the clock changes it.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Max
from django.utils import timezone

from articles import stale
from articles.models import StaleTag
from newsroom.pagecache import LIFE, coming_moments

#: Fragments that a process keeps; those of rarely asked months go first.
MOST = 300


@dataclass(frozen=True)
class Fragment:
    html: str
    until: float
    #: Marks up to this number are all committed and older than the fragment; of the later ones these were known.
    floor: int
    known: frozenset[int]


_fragments: OrderedDict[Hashable, Fragment] = OrderedDict()
_lock = threading.Lock()


def kept(language: str, key: Hashable, make: Callable[[], str]) -> str:
    """The fragment of an edition under `key`, made anew where it has gone stale."""
    key = (language, key)
    now = timezone.now()
    fragment = _fragments.get(key)
    if fragment and now.timestamp() < fragment.until and _marks(language, fragment.floor) <= fragment.known:
        return fragment.html
    settled = StaleTag.objects.filter(marked_at__lt=now - timedelta(seconds=stale.WINDOW))
    floor = settled.aggregate(highest=Max("pk"))["highest"] or 0
    known = _marks(language, floor)
    coming = [moment for moment in coming_moments()[language].coming if moment > now.timestamp()]
    html = make()
    with _lock:
        _fragments[key] = Fragment(html, min([now.timestamp() + LIFE, *coming]), floor, known)
        _fragments.move_to_end(key)
        while len(_fragments) > MOST:
            _fragments.popitem(last=False)
    return html


def _marks(language: str, floor: int) -> frozenset[int]:
    tags = [stale.edition(language), stale.lists(language), stale.EVERYTHING]
    return frozenset(StaleTag.objects.filter(pk__gt=floor, tag__in=tags).values_list("pk", flat=True))


def forget() -> None:
    with _lock:
        _fragments.clear()
