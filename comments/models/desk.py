"""What moderators leave for each other and for themselves."""

from django.conf import settings
from django.db import models

from .comment import Comment


class Claim(models.Model):
    """A moderator reads this comment now; the others see it and their next one is another."""

    comment = models.OneToOneField(Comment, models.CASCADE, related_name="claim")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    until = models.DateTimeField()

    def __str__(self):
        return f"{self.comment_id}: {self.user_id}"


class WatchedArticle(models.Model):
    """An article whose comments a moderator keeps an eye on."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "article"], name="article_watched_once")]

    def __str__(self):
        return f"{self.user_id}: {self.article_id}"
