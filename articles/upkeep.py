"""Commands that look after what is stored, and write down their last run for the desk."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from articles.models import Upkeep


class UpkeepCommand(BaseCommand):
    """A command whose `work` does something that may be repeated and returns its result as one line."""

    def work(self, **options: Any) -> str:
        raise NotImplementedError

    def handle(self, **options: Any) -> None:
        name = type(self).__module__.rpartition(".")[2]
        begun = {"started_at": timezone.now(), "finished_at": None, "note": ""}
        Upkeep.objects.update_or_create(name=name, defaults=begun)
        note = self.work(**options)
        Upkeep.objects.filter(name=name).update(finished_at=timezone.now(), note=note[:300])
        if options["verbosity"]:
            self.stdout.write(note)
