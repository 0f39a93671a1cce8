"""What became of comments in a month, for everybody to read: counted from the log of moderation alone.

The log is never changed, so a month counted again gives the same numbers. They are kept in the cache for a while, since
anybody may ask for them.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.core.cache import cache
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from articles.numerals import numerals
from comments.models import Comment, Decision

What, State = Decision.What, Comment.State

#: For how long the numbers of a month that runs, and of one that is over, are kept.
RUNNING, OVER = timedelta(minutes=10), timedelta(days=1)


@dataclass(frozen=True)
class Figures:
    """`approved`, `refused` and `trashed` are decisions of people; what the checks and the mode did stands apart."""

    received: int
    shown_unread: int
    refused_by_checks: int
    approved: int
    refused: int
    trashed: int
    undone: int
    withdrawn: int
    appeals: int
    #: Refusals by their ground, the most frequent first.
    grounds: list[tuple[str, int]]
    #: Half of the readers' comments were first decided on within this time; None where none was.
    median: timedelta | None


def months() -> list[date]:
    """The months of which the log knows, the newest first; in the site's time zone."""
    first = Decision.objects.order_by("decided_at").values_list("decided_at", flat=True).first()
    if first is None:
        return []
    found, month, last = [], timezone.localtime(first).date().replace(day=1), timezone.localdate()
    while month <= last:
        found.append(month)
        month = _next(month)
    return found[::-1]


def _next(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def of_month(month: date) -> Figures:
    """The figures, as they were counted a short while ago."""
    life = OVER if _next(month) <= timezone.localdate() else RUNNING
    figures: Figures | None = cache.get_or_set(f"decisions:{month:%Y-%m}", lambda: count(month), life.total_seconds())
    return figures or count(month)


def count(month: date) -> Figures:
    """Count the log. Three queries."""
    begin, end = (timezone.make_aware(datetime(day.year, day.month, 1)) for day in (month, _next(month)))
    lines = Decision.objects.filter(decided_at__gte=begin, decided_at__lt=end).order_by()
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in lines.values("what", "after", "ground").annotate(count=Count("pk")):
        counts[row["what"], row["after"], row["ground"]] += row["count"]

    def total(*whats: str, after: tuple[str, ...] = tuple(State.values)) -> int:
        return sum(number for (what, state, _ground), number in counts.items() if what in whats and state in after)

    refusing = (State.REJECTED, State.SPAM)
    grounds: Counter[str] = Counter()
    for (what, state, ground), number in counts.items():
        if what in {What.RECEIVED, What.DECIDED} and state in refusing:
            grounds[ground or (Decision.Ground.CHECKS if what == What.RECEIVED else Decision.Ground.OTHER)] += number
    return Figures(
        received=total(What.RECEIVED),
        shown_unread=total(What.RECEIVED, after=(State.APPROVED,)),
        refused_by_checks=total(What.RECEIVED, after=refusing),
        approved=total(What.DECIDED, after=(State.APPROVED,)),
        refused=total(What.DECIDED, after=refusing),
        trashed=total(What.DECIDED, after=(State.TRASH,)),
        undone=total(What.UNDONE),
        withdrawn=total(What.WITHDRAWN),
        appeals=total(What.APPEALED),
        grounds=sorted(grounds.items(), key=lambda pair: (-pair[1], pair[0])),
        median=_median(begin, end),
    )


def _median(begin: datetime, end: datetime) -> timedelta | None:
    """Between a reader's comment and the first decision of a person on it, where that fell into these days."""
    decided = Decision.objects.filter(what=What.DECIDED, by__isnull=False, comment__user=None)
    here = decided.filter(decided_at__gte=begin, decided_at__lt=end).order_by().values("comment")
    firsts = dict(
        decided.filter(comment__in=here)
        .order_by()
        .values("comment")
        .annotate(first=Min("decided_at"))
        .filter(first__gte=begin)
        .values_list("comment", "first")
    )
    came = Decision.objects.filter(what=What.RECEIVED, comment__in=here).values_list("comment", "decided_at")
    waits = [firsts[number] - at for number, at in came if number in firsts]
    return timedelta(seconds=round(median(wait.total_seconds() for wait in waits))) if waits else None


def _duration(length: timedelta) -> str:
    minutes = round(length.total_seconds() / 60)
    hours, minutes = divmod(minutes, 60)
    words = ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": numerals(minutes)}
    if not hours:
        return words
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": numerals(hours)} + f" {words}"


@require_safe
def page(request: HttpRequest, year: int | None = None, month: int | None = None) -> HttpResponse:
    """One month's figures, that of today without one in the address. Raises Http404 for a month before the log."""
    known = months()
    chosen = known[0] if known and year is None else None
    if year is not None:
        chosen = next((day for day in known if (day.year, day.month) == (year, month)), None)
        if chosen is None:
            raise Http404("The log knows nothing of this month.")
    figures = of_month(chosen) if chosen else None
    labels = dict(Decision.Ground.choices)
    context = {
        "median": _duration(figures.median) if figures and figures.median is not None else "",
        "months": known,
        "chosen": chosen,
        "is_running": bool(known) and chosen == known[0],
        "figures": figures,
        "grounds": [(labels.get(ground, ground), number) for ground, number in figures.grounds] if figures else [],
    }
    return render(request, "comments/decisions.html", context)
