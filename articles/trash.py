"""The end of what lies in the trash, with its versions and all else that belongs to it; nothing gives it back."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from articles.models import Article


def ends_at(article: Article) -> datetime:
    """When an article of the trash may end: nothing but a verb of the workflow saves it there."""
    return article.modified_at + timedelta(days=settings.TRASH_DAYS)


def empty(now: datetime) -> int:
    """End what was put there TRASH_DAYS ago, one by one; what is taken out meanwhile stays. Returns how many ended."""
    before = now - timedelta(days=settings.TRASH_DAYS)
    rows = Article.objects.filter(state=Article.State.TRASHED, modified_at__lte=before)
    ended = 0
    for pk in list(rows.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            if row := rows.select_for_update(of=("self",)).filter(pk=pk).first():
                row.delete()
                ended += 1
    return ended
