from django.core.management.base import BaseCommand

from articles.models import Upkeep
from comments import digests, letters, replies


class Command(BaseCommand):
    help = "Write the daily letters that are due, send what waits, and try again what the mail server did not take."

    def handle(self, *args, **options):
        with Upkeep.objects.running("send_letters") as run:
            written = replies.write_daily() + digests.write_daily()
            sent = letters.send_due()
            letters.purge()
            run.note = f"{written} daily letters written, {sent} letters sent"
        self.stdout.write(run.note)
