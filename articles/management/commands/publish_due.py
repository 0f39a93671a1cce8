from articles import due
from articles.upkeep import UpkeepCommand


class Command(UpkeepCommand):
    help = "Announce stories whose time has come, publish scheduled changes, take ended stories off the lists."

    def work(self, **options):
        return str(due.publish_due())
