"""The moderators' daily letter: how many comments wait, by category, for those who may decide on them."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Count, Min
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from articles import scope
from articles.metadata import site_address
from articles.models import Article, Category
from articles.numerals import numerals
from comments import letters, moderation
from comments.models import Comment, DeskDigest


def write_daily(now: datetime | None = None) -> int:
    """Write today's letters; a second run on the same day (of the site's time zone) writes none."""
    day = timezone.localtime(now or timezone.now()).date().isoformat()
    people = get_user_model().objects.with_perm(
        moderation.PERMISSION, backend="django.contrib.auth.backends.ModelBackend"
    )
    people = people.filter(is_staff=True).exclude(email="")
    people = people.exclude(pk__in=DeskDigest.objects.values("user"))
    return sum(_write(person, day) for person in people)


def _write(person: Any, day: str) -> bool:
    waiting = Comment.objects.waiting()
    if scope.categories_of(person) is not None:
        waiting = waiting.filter(article__in=Article.objects.filter(scope.articles_of(person)))
    rows = list(
        waiting.values("article__category", "article__language")
        .annotate(count=Count("pk"), oldest=Min("created_at"))
        .order_by("-count", "article__category")
    )
    total = sum(row["count"] for row in rows)
    if not total:
        return False
    names = dict(Category.objects.filter(pk__in=[row["article__category"] for row in rows]).values_list("pk", "name"))
    with override(settings.LANGUAGE_CODE):
        subject = ngettext("%(count)s comment waits", "%(count)s comments wait", total) % {"count": numerals(total)}
        queue = site_address(reverse("admin:comments_comment_queue"))
        letters.write(
            f"desk:{person.pk}:{day}",
            person.email,
            subject,
            "desk",
            {
                "rows": [
                    {
                        "name": names.get(row["article__category"]) or _("No category"),
                        "count": row["count"],
                        "oldest": row["oldest"],
                    }
                    for row in rows
                ],
                "subject": subject,
                "link": queue,
            },
            unsubscribe=letters.link("desk", person.pk),
        )
    return True


class Subscription:
    """The same page for a moderator: the letter comes, or it does not."""

    kind = "desk"
    choices = [("daily", "")]

    def __init__(self, number: int):
        self.row = get_user_model().objects.filter(pk=number, is_active=True).first()

    @property
    def is_on(self) -> bool:
        return bool(self.row) and not DeskDigest.objects.filter(user=self.row).exists()

    @property
    def how(self) -> str:
        return "daily"

    def choose(self, how: str) -> None:
        if self.row is None:
            return
        if how == "stop":
            DeskDigest.objects.get_or_create(user=self.row)
        elif how == "daily":
            DeskDigest.objects.filter(user=self.row).delete()
