from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

#: The form asks every 15 seconds; who has not asked for so long has left it.
AWAY = timedelta(seconds=45)


class PresenceQuerySet(models.QuerySet["Presence"]):
    def touch(self, article, user):
        """The person has this article's form open now."""
        self.bulk_create(
            [self.model(article=article, user=user, seen_at=timezone.now())],
            update_conflicts=True,
            unique_fields=["article", "user"],
            update_fields=["seen_at"],
        )

    def others(self, article, user):
        """Names of the others who have it open."""
        rows = self.filter(article=article, seen_at__gt=timezone.now() - AWAY).exclude(user=user)
        return [row.user.get_full_name() or row.user.get_username() for row in rows.select_related("user")]

    def purge(self, now):
        """Nobody asks for those who left; returns how many rows ended."""
        return self.filter(seen_at__lte=now - AWAY).delete()[0]


class Presence(models.Model):
    """Who has an article's form open."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    objects = PresenceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["article", "user"], name="presence_once")]

    def __str__(self):
        return f"{self.user} {self.seen_at:%H:%M}"
