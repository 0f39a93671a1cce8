"""Readings, ratings and comments by day: what an editor is shown as a plot and as a table.

Days are those of the newsroom's clock. Readings come from the hourly totals, so what a request asks is bounded by
hours; ratings and comments are counted over an index by time.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles import scope
from articles.archive import start_of
from articles.models import Article, Rating, ReadingHour
from comments.models import Comment

#: Of the picture, in its own units.
BAR, GAP, HEIGHT = 10, 3, 80
#: What readers sent and what nobody threw away: a comment counts on the day it was written.
COUNTED = (Comment.State.PENDING, Comment.State.APPROVED, Comment.State.REJECTED)


@dataclass(frozen=True)
class Bar:
    day: date
    value: int
    x: int
    y: int
    height: int


@dataclass(frozen=True)
class Plot:
    """One number a day. `bars` are drawn; the same values stand in a table."""

    name: Any
    days: list[date]
    values: list[int]

    @property
    def total(self) -> int:
        return sum(self.values)

    @property
    def most(self) -> int:
        return max(self.values, default=0)

    @property
    def width(self) -> int:
        return len(self.days) * (BAR + GAP) - GAP

    @property
    def height(self) -> int:
        return HEIGHT

    @property
    def bar_width(self) -> int:
        return BAR

    @property
    def bars(self) -> list[Bar]:
        found = []
        for place, (day, value) in enumerate(zip(self.days, self.values, strict=True)):
            height = max(1, round(value * HEIGHT / self.most)) if value else 0
            found.append(Bar(day, value, place * (BAR + GAP), HEIGHT - height, height))
        return found


def last_days(count: int) -> list[date]:
    """The `count` days that end with today, oldest first."""
    today = timezone.localdate()
    return [today - timedelta(days=back) for back in range(count - 1, -1, -1)]


def articles_for(user: Any) -> QuerySet[Article] | None:
    """The articles whose numbers a person may see: an author's own, an editor's within the limits; None for all."""
    if user.has_perm("articles.change_any_article") and scope.categories_of(user) is None:
        return None
    found = Article.objects.filter(scope.articles_of(user))
    return found if user.has_perm("articles.change_any_article") else found.filter(created_by=user)


def plots(days: list[date], articles: QuerySet[Article] | None = None) -> list[Plot]:
    """Readings, ratings and comments on each of `days`, of these articles or of all. Three queries."""
    of = Q() if articles is None else Q(article__in=articles.values("pk"))
    return [
        Plot(_("Readings"), days, _readings(days, of)),
        Plot(_("Ratings"), days, _written(days, Rating.objects.filter(of, is_held=False))),
        Plot(_("Comments"), days, _written(days, Comment.objects.filter(of, state__in=COUNTED))),
    ]


def comments(days: list[date]) -> Plot:
    """Comments alone, for those who moderate them."""
    return Plot(_("Comments"), days, _written(days, Comment.objects.filter(state__in=COUNTED)))


def between(days: list[date], name: str) -> Q:
    """That the moment `name` lies on one of `days`, which follow each other."""
    return Q(**{f"{name}__gte": start_of(days[0]), f"{name}__lt": start_of(days[-1] + timedelta(days=1))})


def _readings(days: list[date], of: Q) -> list[int]:
    hours = ReadingHour.objects.filter(of, between(days, "hour")).order_by().values_list("hour")
    counts: Counter[date] = Counter()
    for hour, readings in hours.annotate(n=Sum("readings")):
        counts[timezone.localdate(hour)] += readings
    return [counts[day] for day in days]


def _written(days: list[date], rows: QuerySet) -> list[int]:
    by_day = rows.filter(between(days, "created_at")).order_by().annotate(day=TruncDate("created_at")).values("day")
    counts = dict(by_day.annotate(n=Count("pk")).values_list("day", "n"))
    return [counts.get(day, 0) for day in days]


def columns(shown: Iterable[Plot]) -> list[tuple[date, list[int]]]:
    """The plots as rows of one table, newest day first."""
    shown = list(shown)
    rows = [(day, [plot.values[place] for plot in shown]) for place, day in enumerate(shown[0].days)]
    return rows[::-1]
