from django.conf import settings
from django.core.management.base import BaseCommand

from articles.models import Upkeep
from newsroom.demo.load import ACCOUNTS, PASSWORD, load


class Command(BaseCommand):
    help = "Load the demo newsroom. Run again, it adds what is missing and changes nothing else."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="do nothing where it has been loaded before")
        parser.add_argument(
            "--addresses", action="store_true", help="only print the site's addresses and the demo accounts"
        )

    def handle(self, *, once, addresses, **options):
        if addresses:
            self.print_addresses()
            return
        done = Upkeep.objects.filter(name="demo", finished_at__isnull=False)
        if once and done.exists():
            return
        self.stdout.write("Loading the demo newsroom …")
        with Upkeep.objects.running("demo") as run:
            created = load(self.stdout.write if options["verbosity"] else lambda line: None)
            run.note = f"created {created}"
        self.stdout.write(f"The demo newsroom is loaded: created {created}.")

    def print_addresses(self):
        names = ", ".join(ACCOUNTS)
        self.stdout.write(
            f"\n  Read      {settings.SITE_URL}/\n"
            f"  Edit      {settings.SITE_URL}/admin/\n"
            f"  Sign in   as {names}; the password of each is {PASSWORD}\n"
            f"  Stop      with Ctrl+C\n"
        )
