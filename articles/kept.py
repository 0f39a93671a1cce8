"""What pages are put together from, kept in each process: rows and pieces of HTML that many pages share.

A part bears the tags of what it is made from (articles/stale.py) and stands until one of them is marked. Each request
asks once what has been marked since the last one asked, so that no part is older than the request that shows it. What
is kept is shared by threads and is not to be changed. Whole pages are kept elsewhere, by newsroom/pagecache.py.
"""

import math
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from articles import stale
from articles.tail import Tail

#: Bytes that a process keeps, about; what was asked for longest ago goes first.
MOST = 16_000_000
#: What is no text counts as so many at least.
SIZE = 4_000
#: Tags of which it is known when they were last marked.
MOST_MARKS = 10_000
#: Where a request holds what it has looked at.
SINCE = "newsroom.kept"
DAY = "newsroom.day"


@dataclass(frozen=True, slots=True)
class Part:
    value: Any
    tags: frozenset[str]
    until: float
    size: int


class Shelf:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        #: One thread at a time reads the tail, and lets go before the next may find what it has read already.
        self.looking = threading.Lock()
        self.tail = Tail()
        self.parts: OrderedDict[Hashable, Part] = OrderedDict()
        self.size = 0
        #: Counts the readings of the tail that brought something, and says at which of them a tag was marked last.
        self.reading = self.oldest = 0
        self.marks: dict[str, int] = {}

    def look(self) -> int:
        """Let go of what has been marked. The number says what may be kept that is made from now on."""
        with self.looking:
            if tags := self.tail.read():
                self._forget(tags)
            return self.reading

    def _forget(self, tags: frozenset[str]) -> None:
        with self.lock:
            self.reading += 1
            if len(self.marks) > MOST_MARKS:
                self.marks, self.oldest = {}, self.reading
            self.marks |= dict.fromkeys(tags, self.reading)
            is_all = stale.EVERYTHING in tags
            for key in [key for key, part in self.parts.items() if is_all or not part.tags.isdisjoint(tags)]:
                self._drop(key)

    def find(self, key: Hashable) -> Any:
        with self.lock:
            part = self.parts.get(key)
            if part is None or part.until <= time.time():
                return None
            self.parts.move_to_end(key)
            return part.value

    def put(self, key: Hashable, part: Part, since: int) -> None:
        """Unless something that it is made from has been marked since that number was handed out."""
        with self.lock:
            if since < self.oldest or any(self.marks.get(tag, 0) > since for tag in (*part.tags, stale.EVERYTHING)):
                return
            self._drop(key)
            self.parts[key] = part
            self.size += part.size
            while self.size > MOST:
                self._drop(next(iter(self.parts)))

    def _drop(self, key: Hashable) -> None:
        if part := self.parts.pop(key, None):
            self.size -= part.size


_shelf = Shelf()


def find(request: HttpRequest, key: Hashable) -> Any:
    """What is kept under `key`, or None. One query, the first time that a request asks for anything."""
    _since(request)
    return _shelf.find(key)


def keep(request: HttpRequest, key: Hashable, value: Any, *tags: str, until: float = math.inf) -> None:
    """Keep what this request has made, after it had asked for it, from what bears `tags`; the clock ends it `until`."""
    size = max(sys.getsizeof(value), 0 if isinstance(value, str) else SIZE)
    size += sum(sys.getsizeof(text) for text in key if isinstance(text, str)) if isinstance(key, tuple) else 0
    _shelf.put(key, Part(value, frozenset(tags), until, size), _since(request))


def kept(
    request: HttpRequest, key: Hashable, make: Callable[[], Any], *tags: str, until: Callable[[], float] | None = None
) -> Any:
    """What is kept under `key`, made where there is nothing; `until` is asked before that."""
    value = find(request, key)
    if value is None:
        ends = until() if until else math.inf
        value = make()
        keep(request, key, value, *tags, until=ends)
    return value


def day(request: HttpRequest) -> date:
    """The day, by the newsroom's clock, on which the request looked first: what shows it is kept under it."""
    found: date | None = request.META.get(DAY)
    if found is None:
        found = request.META[DAY] = timezone.localdate()
    return found


def _since(request: HttpRequest) -> int:
    since: int | None = request.META.get(SINCE)
    if since is None:
        since = request.META[SINCE] = _shelf.look()
    return since


def forget() -> None:
    """Know nothing, as at the start of a process."""
    global _shelf
    _shelf = Shelf()
