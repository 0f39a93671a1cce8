"""Votes of one to five stars: one a reader, changed and withdrawn at will, bursts held aside."""

from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.models import Article, Rating
from articles.numerals import numerals
from articles.visitors import ensure_reader, hit_limit, network_hash, network_hashes, reader_of

#: New votes on one article from one network within BURST_TIME that count; a shared office stays below it.
BURST = 25
BURST_TIME = timedelta(hours=1)
#: Posts of one network on all articles within LIMIT_TIME, whatever they hold.
LIMIT = 600
LIMIT_TIME = timedelta(hours=1)
#: Rows that one statement of upkeep changes, so that votes wait for it for a moment only.
BATCH = 1000


class RatingRefused(Exception):
    """A vote that cannot be taken; the message is for the reader, `status` for the answer."""

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status


def wait_of(request: HttpRequest) -> int:
    """Seconds until this network may vote again; 0 nearly always."""
    return hit_limit(f"rating:{network_hash(request)}", LIMIT, LIMIT_TIME)


def vote(article: Article, request: HttpRequest, stars: str) -> None:
    """Write the reader's vote over an earlier one. Raises RatingRefused."""
    if not article.ratings_open:
        raise RatingRefused(_("This story takes no more ratings."), 403)
    if stars not in {"1", "2", "3", "4", "5"}:
        raise RatingRefused(_("Choose one to five stars."), 400)
    networks = network_hashes(request)
    recent = Rating.objects.filter(article=article, network__in=networks, created_at__gt=timezone.now() - BURST_TIME)
    row = Rating(
        article=article,
        reader=ensure_reader(request),
        stars=int(stars),
        network=networks[0],
        is_held=recent.count() >= BURST,
    )
    # One statement, so that two posts of one reader at once are one vote and no error. A vote once held
    # stays held: only its stars change.
    Rating.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["article", "reader"],
        update_fields=["stars", "changed_at"],
    )


def purge_networks(before: datetime) -> int:
    """Empty the keyed hashes of networks of votes from before a moment; the votes stay."""
    old = Rating.objects.filter(created_at__lt=before).exclude(network="")
    count = 0
    while numbers := list(old.values_list("pk", flat=True)[:BATCH]):
        count += Rating.objects.filter(pk__in=numbers).update(network="")
    return count


def withdraw(article: Article, request: HttpRequest) -> None:
    if reader := reader_of(request):
        Rating.objects.filter(article=article, reader=reader).delete()


def own_vote(article: Article, request: HttpRequest) -> int | None:
    reader = reader_of(request)
    if not reader:
        return None
    return Rating.objects.filter(article=article, reader=reader).values_list("stars", flat=True).first()


def summary(article: Article) -> str:
    """“4.3 from 27 ratings”, or “No rating”; needs `Article.objects.page()`."""
    if not article.rating_count:
        return _("No rating")
    return ngettext("%(mean)s from %(count)s rating", "%(mean)s from %(count)s ratings", article.rating_count) % {
        "mean": numerals(article.rating_mean, 1),
        "count": numerals(article.rating_count),
    }
