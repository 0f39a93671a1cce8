"""Rows that processes share: limits on public POSTs, which upkeep ran when, what has gone stale."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RateLimit(models.Model):
    """Hits of one key in one fixed window; written by articles/visitors.py on POST only."""

    key = models.CharField(max_length=64)
    window = models.DateTimeField()
    hits = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window"], name="rate_limit_once")]
        indexes = [models.Index(fields=["window"], name="rate_limit_window")]

    def __str__(self):
        return f"{self.key} {self.window:%H:%M}: {self.hits}"


class UpkeepQuerySet(models.QuerySet["Upkeep"]):
    def claim(self, name: str, every: timedelta) -> bool:
        """True for one caller only, and only if nobody has claimed `name` within `every`."""
        now = timezone.now()
        started = self.filter(name=name).values_list("started_at", flat=True).first()
        if started and started > now - every:
            return False
        self.bulk_create([self.model(name=name)], ignore_conflicts=True)
        due = models.Q(started_at__isnull=True) | models.Q(started_at__lte=now - every)
        return bool(self.filter(due, name=name).update(started_at=now))

    @contextmanager
    def running(self, name: str) -> Iterator["Upkeep"]:
        """Write down the run of a command: when it began, when it ended and, as the caller sets it, the `note`.

        Outside any transaction of the work itself, so that a run that failed is seen to have begun and not ended; its
        note is the error's words.
        """
        run, _made = self.update_or_create(name=name, defaults={"started_at": timezone.now(), "finished_at": None})
        run.note = ""
        try:
            yield run
        except Exception as error:
            self.filter(name=name).update(note=str(error)[:300])
            raise
        self.filter(name=name).update(finished_at=timezone.now(), note=str(run.note)[:300])


class Upkeep(models.Model):
    """The last run of a command or of work that rides on a request."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    note = models.CharField(_("result"), max_length=300, blank=True)

    objects = UpkeepQuerySet.as_manager()

    class Meta:
        verbose_name = _("upkeep")
        verbose_name_plural = _("upkeep")
        ordering = ["name"]

    def __str__(self):
        return self.name


class StaleTag(models.Model):
    """A tag of pages that a change has made stale; written by articles/stale.py, ended after an hour."""

    tag = models.CharField(max_length=60)
    marked_at = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return self.tag
