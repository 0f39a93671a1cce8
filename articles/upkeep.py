"""Commands that look after what is stored, and write down their last run for the desk."""

from typing import Any

from django.core.management.base import BaseCommand

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
