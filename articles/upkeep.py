"""Looking after what is stored: commands that write down their last run for the desk, and the planner's statistics."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS, connection
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


def analyze() -> None:
    """Let the database look at its rows, of each index on SQLite a thousand, so that its planner knows them.

    Without, SQLite takes “published” for a rare state and begins a list with all that is public.
    """
    statements = ["ANALYZE"]
    if connection.vendor == "sqlite":
        statements = [
            "PRAGMA analysis_limit = 1000",
            "ANALYZE",
            # FTS5 deletes from this table by key. Where it was seen with two rows, the planner reads all of it for
            # that, with each merge, however large it has grown since.
            "UPDATE sqlite_stat1 SET stat = '1000000' WHERE tbl = 'articles_searchwords_data'",
            "ANALYZE sqlite_schema",
        ]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def analyze_migrated(plan: Any = (), using: str = DEFAULT_DB_ALIAS, **signal: Any) -> None:
    """After migrations: SQLite forgets what it knew of a table that one of them made anew."""
    if plan and using == connection.alias:
        analyze()


def refresh_statistics() -> None:
    """The same once in some hours, in one process; PostgreSQL does so itself."""
    if connection.vendor == "sqlite" and Upkeep.objects.claim("statistics", STATISTICS_EVERY):
        analyze()
        Upkeep.objects.filter(name="statistics").update(finished_at=timezone.now())
