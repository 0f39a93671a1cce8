from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from articles import ratings, readership, visitors
from articles.upkeep import UpkeepCommand
from comments import letters, privacy


class Command(UpkeepCommand):
    help = (
        "End what is kept of readers beyond what they wrote: keyed hashes of networks after PERSONAL_DATA_DAYS, those "
        "of cookies with the cookies, bans that many days after their end, rows of readings, sent letters. Safe beside "
        "readers, and twice at once."
    )

    def work(self, **options):
        now = timezone.now()
        before = now - timedelta(days=settings.PERSONAL_DATA_DAYS)
        networks = privacy.purge_networks(before) + ratings.purge_networks(before)
        readers = privacy.purge_readers(now - visitors.READER_COOKIE_AGE)
        bans = privacy.purge_bans(before)
        readings = readership.purge_rows(now)
        mail = letters.purge()
        return f"ended {networks} networks, {readers} readers, {readings} readings, {mail} letters, {bans} bans"
