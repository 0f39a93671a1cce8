"""Looking after what is stored: commands that write down their last run for the desk, and the planner's statistics."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

from articles.models import Upkeep


class UpkeepCommand(BaseCommand):
    """A command whose `work` does something that may be repeated and returns its result as one line."""

    def work(self, **options: Any) -> str:
        raise NotImplementedError

    def handle(self, **options: Any) -> None:
        with Upkeep.objects.running(type(self).__module__.rpartition(".")[2]) as run:
            run.note = self.work(**options)
        if options["verbosity"]:
            self.stdout.write(run.note)


STATISTICS_EVERY = timedelta(hours=1)


def refresh_statistics() -> None:
    """Let SQLite look at some rows of each index, once in some hours and in one process.

    Without, it takes “published” for a rare state and begins a list with all that is public. PostgreSQL does so itself.
    """
    if connection.vendor == "sqlite" and Upkeep.objects.claim("statistics", STATISTICS_EVERY):
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("ANALYZE")
        Upkeep.objects.filter(name="statistics").update(finished_at=timezone.now())
