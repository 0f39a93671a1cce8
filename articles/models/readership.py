from django.db import models
from django.utils.translation import gettext_lazy as _

from .edition import LanguageField


class Reading(models.Model):
    """That a reader opened an article in one clock half-hour; inserted or already there, never updated by readers.

    `reader` is a keyed hash that changes every day (articles/visitors.py), `slot` the half-hour's start.
    """

    class Kind(models.TextChoices):
        READER = "reader", _("reader")
        BOT = "bot", _("bot")
        PREFETCH = "prefetch", _("prefetch")
        STAFF = "staff", _("staff")

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="reading_rows")
    reader = models.CharField(max_length=64)
    slot = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.READER)
    is_counted = models.BooleanField(default=False, help_text=_("Already in the hourly totals."))

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        constraints = [models.UniqueConstraint(fields=["article", "reader", "slot"], name="reading_once_per_half_hour")]
        indexes = [
            models.Index(fields=["is_counted", "article", "kind"], name="reading_uncounted"),
            models.Index(fields=["slot"], name="reading_slot"),
        ]

    def __str__(self):
        return f"{self.article_id} {self.slot:%Y-%m-%d %H:%M}"


class ReadingHour(models.Model):
    """Readings of an article in one clock hour (UTC), rolled up from the rows."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="reading_hours")
    hour = models.DateTimeField()
    readings = models.PositiveIntegerField(default=0)
    bots = models.PositiveIntegerField(default=0)
    prefetches = models.PositiveIntegerField(default=0)
    staff = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("hourly total")
        verbose_name_plural = _("hourly totals")
        constraints = [models.UniqueConstraint(fields=["article", "hour"], name="reading_hour_once")]
        indexes = [models.Index(fields=["hour", "article"], name="reading_hour_newest")]

    def __str__(self):
        return f"{self.article_id} {self.hour:%Y-%m-%d %H}: {self.readings}"


class ReadingTotal(models.Model):
    """All hourly totals of an article in one row, so that its page adds two numbers only."""

    article = models.OneToOneField("articles.Article", models.CASCADE, primary_key=True, related_name="reading_total")
    readings = models.PositiveBigIntegerField(default=0)

    def __str__(self):
        return f"{self.article_id}: {self.readings}"


class Ranking(models.Model):
    """What “most read” and “top rated” show: rebuilt as a whole, read by every page."""

    class Kind(models.TextChoices):
        READ_DAY = "read-24h", _("24 hours")
        READ_WEEK = "read-7d", _("7 days")
        READ_MONTH = "read-30d", _("30 days")
        TOP_RATED = "top-rated", _("Top rated")

    kind = models.CharField(max_length=12, choices=Kind)
    language = LanguageField()
    position = models.PositiveSmallIntegerField()
    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="+")
    value = models.FloatField()

    class Meta:
        ordering = ["kind", "position"]
        constraints = [models.UniqueConstraint(fields=["language", "kind", "position"], name="ranking_position_once")]

    def __str__(self):
        return f"{self.kind} {self.position}: {self.article_id}"
