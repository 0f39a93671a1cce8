"""What stands beside and below pages: one fragment an edition and category, which the clock may end."""

from collections.abc import Callable, Hashable

from django.http import HttpRequest
from django.utils import timezone

from articles import stale
from articles.kept import kept
from newsroom.pagecache import LIFE, MOMENTS_EVERY, coming_moments


def fragment(request: HttpRequest, language: str, key: Hashable, make: Callable[[], str]) -> str:
    """The fragment of an edition under `key`, made anew where it has gone stale.

    It lags by LIFE behind readings and ratings, which mark nothing.
    """

    tags = (stale.edition(language), stale.lists(language))

    def end() -> float:
        now = timezone.now().timestamp()
        minute = int(now // MOMENTS_EVERY)
        moments = kept(request, ("moments", language, minute), lambda: coming_moments()[language].coming, *tags)
        return min([now + LIFE, *(moment for moment in moments if moment > now)])

    return kept(request, ("sidebar", language, key), make, *tags, until=end)
