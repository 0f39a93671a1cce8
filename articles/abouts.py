"""What articles are about, remembered by each process: the choices of a search are counted over thousands of them."""

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain

from articles import search, stale
from articles.tail import Tail

#: Articles remembered; beyond these all are forgotten.
MOST = 50_000


class Abouts:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.tail = Tail()
        self.of: dict[int, tuple[str, ...]] = {}

    def count(self, lists: Sequence[Sequence[int]]) -> list[Counter[str]]:
        """For each list of places (articles/search.py), how many of its articles bear each facet but edition and state.

        One small query, and another where there are articles that are not remembered.
        """
        with self.lock:
            self._let_go(self.tail.read())
            if unknown := {place for places in lists for place in places if place not in self.of}:
                if len(self.of) + len(unknown) > MOST:
                    self.of, unknown = {}, set(chain.from_iterable(lists))
                self._learn(unknown)
            return [Counter(chain.from_iterable(map(self.of.__getitem__, places))) for places in lists]

    def _learn(self, places: Iterable[int]) -> None:
        from articles.models import SearchEntry

        self.of |= dict.fromkeys(places, ())  # of one that has been deleted meanwhile nothing is known
        for place, facets in SearchEntry.objects.filter(place__in=places).values_list("place", "facets"):
            self.of[place] = tuple(word for word in facets.split() if word[1] not in "ls")

    def _let_go(self, tags: Iterable[str]) -> None:
        if stale.EVERYTHING in tags:
            self.of.clear()
            return
        changed = {int(number) for kind, _colon, number in (tag.partition(":") for tag in tags) if kind == "article"}
        if changed:
            for place in [place for place in self.of if search.article_at(place) in changed]:
                del self.of[place]


_abouts = Abouts()


def count(lists: Sequence[Sequence[int]]) -> list[Counter[str]]:
    return _abouts.count(lists)


def forget() -> None:
    """Know nothing, as at the start of a process."""
    global _abouts
    _abouts = Abouts()
