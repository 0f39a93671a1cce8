"""The moderators' queue: which comments stand in it, in what order, and what stands beside each."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from articles.models import Category
from comments import moderation
from comments.checks import CHECKS
from comments.models import Claim, Comment, Decision, Report, WatchedArticle

TABS = {
    "pending": _("Waiting"),
    "reported": _("Reported"),
    "appeals": pgettext_lazy("of writers against decisions", "Appeals"),
    "approved": _("Approved"),
    "rejected": _("Rejected"),
    "spam": _("Spam"),
    "trash": _("Trash"),
}
ROWS = 20
#: Counts go so far and no further, so that the page costs the same however many wait.
MOST = 1000
AGES = {"day": _("of the last day"), "week": _("of the last week"), "older": _("older than a week")}
FILTERS = ("q", "category", "article", "person", "reason", "age", "language", "watched")
#: What of a person's comments and of a thread stands beside a comment.
BESIDE = 8


def number(text: str) -> int | None:
    """A row's number as an address gives it; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


@dataclass
class Asked:
    """What the address of the queue asks for; whatever makes no sense counts as not asked."""

    user: Any
    query: QueryDict

    @property
    def tab(self) -> str:
        tab = self.query.get("tab", "")
        return tab if tab in TABS else "pending"

    def value(self, name: str) -> str:
        return self.query.get(name, "").replace("\x00", "").strip()[:200]

    @property
    def filters(self) -> dict[str, str]:
        return {name: self.value(name) for name in FILTERS if self.value(name)}

    def address(self, **others: Any) -> str:
        """The query of the same queue with other values; None drops one."""
        query = QueryDict(mutable=True)
        values = {"tab": self.tab, **self.filters, "before": self.value("before")} | others
        query.update({name: value for name, value in values.items() if value not in (None, "")})
        return f"?{query.urlencode()}"

    def rows(self) -> QuerySet[Comment]:
        """All of the tab that the filters leave, newest first."""
        rows = in_tab(moderation.comments_of(self.user), self.tab)
        for name, value in self.filters.items():
            rows = _NARROW[name](rows, value, self.user)
        return rows.order_by("-pk")

    def page(self) -> tuple[list[Comment], bool]:
        """The rows of this page, and whether older ones follow."""
        rows = self.rows().select_related("article")
        if before := number(self.value("before")):
            rows = rows.filter(pk__lt=before)
        found = list(rows[: ROWS + 1])
        return found[:ROWS], len(found) > ROWS

    def next_after(self, comment: int) -> int | None:
        """The comment to read next: the one below, else the first of the queue."""
        rows = self.rows().exclude(pk=comment).exclude(claim__in=_of_others(self.user))
        below = rows.filter(pk__lt=comment).values_list("pk", flat=True).first()
        return below or rows.values_list("pk", flat=True).first()


def _of_others(user: Any) -> QuerySet[Claim]:
    return Claim.objects.filter(until__gt=timezone.now()).exclude(user=user)


def in_tab(rows: QuerySet[Comment], tab: str) -> QuerySet[Comment]:
    if tab == "reported":
        return rows.filter(pk__in=Report.objects.open().values("comment"), state__in=["pending", "approved"])
    if tab == "appeals":
        return rows.filter(pk__in=Decision.objects.open_appeals().values("comment"))
    return rows.filter(state=tab)


def counts(user: Any) -> dict[str, int]:
    """How many stand in each tab, up to one more than MOST."""
    rows = moderation.comments_of(user).order_by()
    return {tab: in_tab(rows, tab).values("pk")[: MOST + 1].count() for tab in TABS}


# Filters


def _search(rows, words, user):
    return rows.filter(Q(body__icontains=words) | Q(name__icontains=words) | Q(email__icontains=words))


def _category(rows, value, user):
    if not number(value):
        return rows
    parents = list(Category.objects.filter(parent__isnull=False).values_list("pk", "parent_id"))
    level = found = {int(value)}
    while level:
        level = {pk for pk, parent in parents if parent in level} - found
        found = found | level
    return rows.filter(article__category__in=found)


def _article(rows, value, user):
    return rows.filter(article=number(value)) if number(value) else rows


def _person(rows, value, user):
    if not number(value):
        return rows
    writer = moderation.comments_of(user).filter(pk=number(value) or 0).only("person", "reader").first()
    return rows.filter(written_by(writer)) if writer else rows.none()


def _reason(rows, value, user):
    if value not in CHECKS:
        return rows
    return rows.annotate(said=Cast("reasons", TextField())).filter(said__contains=f'"{value}"')


def _age(rows, value, user):
    now = timezone.now()
    moments = {
        "day": Q(created_at__gt=now - timedelta(days=1)),
        "week": Q(created_at__gt=now - timedelta(days=7)),
        "older": Q(created_at__lte=now - timedelta(days=7)),
    }
    return rows.filter(moments.get(value, Q()))


def _language(rows, value, user):
    return rows.filter(article__language=value)


def _watched(rows, value, user):
    return rows.filter(article__in=WatchedArticle.objects.filter(user=user).values("article"))


_NARROW: dict[str, Callable[[QuerySet[Comment], str, Any], QuerySet[Comment]]] = {
    **{"q": _search, "category": _category, "article": _article, "person": _person},
    **{"reason": _reason, "age": _age, "language": _language, "watched": _watched},
}


# Beside a comment


def written_by(comment: Comment) -> Q:
    """The comments of one person: of the mailbox, else of the reader's cookie, else this one alone."""
    if comment.person:
        return Q(person=comment.person)
    return Q(reader=comment.reader) if comment.reader else Q(pk=comment.pk)


def history(comment: Comment, user: Any) -> tuple[Counter, list[Comment]]:
    """How many of the person's comments are in which state, of the last MOST, and the last few."""
    rows = moderation.comments_of(user).filter(written_by(comment)).exclude(pk=comment.pk).order_by("-pk")
    found = list(rows.values_list("state", flat=True)[:MOST])
    return Counter(found), list(rows.only("name", "body", "state", "created_at")[:BESIDE]) if found else []


def around(comment: Comment) -> list[Comment]:
    """The comments above, beside and below it, oldest first."""
    near = Q(parent=comment.pk)
    if comment.parent_id:
        near |= Q(pk__in=[comment.root_id, comment.parent_id]) | Q(parent=comment.parent_id)
    rows = Comment.objects.filter(near).exclude(pk=comment.pk).exclude(state__in=["spam", "trash"])
    return list(rows.order_by(F("depth"), "pk").only("name", "body", "state", "created_at", "depth")[:BESIDE])


def appeal(comment: Comment) -> tuple[Decision | None, Decision | None]:
    """What its writer says against a decision, while nobody has decided on that, and the decision."""
    said = Decision.objects.open_appeals().filter(comment=comment.pk).first()
    if said is None:
        return None, None
    return said, comment.decisions.filter(what=said.What.DECIDED, pk__lt=said.pk).select_related("by").first()


def masked(email: str) -> str:
    local, _at, host = email.rpartition("@")
    return f"{local[:1]}…@{host}" if local else ""
