from django.utils import timezone

from articles import trash
from articles.models import Presence
from articles.upkeep import UpkeepCommand


class Command(UpkeepCommand):
    help = "End articles that have been in the trash for TRASH_DAYS, and the rows of who had which form open."

    def work(self, **options):
        now = timezone.now()
        return f"ended {trash.empty(now)} articles, {Presence.objects.purge(now)} presences"
