from articles.progress import Progress
from articles.upkeep import UpkeepCommand
from newsroom.appeals import health
from newsroom.appeals.models import Appeal, DonationLink


class Command(UpkeepCommand):
    help = "Ask every donation link of current appeals whether it still leads anywhere. For once a day."

    #: Tests put their own answers here; the network is asked otherwise.
    ask = staticmethod(health.ask)

    def work(self, **options):
        links = DonationLink.objects.filter(appeal__in=Appeal.objects.current())
        links = links.select_related("appeal").order_by("pk")
        counts = dict.fromkeys(health.State.values, 0)
        with Progress(self.stdout, "Links", total=links.count()) as progress:
            for link in links.iterator(chunk_size=200):
                counts[health.check(link, self.ask)] += 1
                progress.step()
        ended = health.end_where_all_is_gone()
        found = ", ".join(f"{state} {count}" for state, count in counts.items())
        return f"{found}, appeals ended {len(ended)}"
