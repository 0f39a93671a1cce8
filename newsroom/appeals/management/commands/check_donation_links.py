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
        ask, found = health.Asked(self.ask), []
        with Progress(self.stdout, "Links", total=links.count()) as progress:
            for link in links.iterator(chunk_size=200):
                found.append((link, *health.look(link.url, ask)))
                progress.step()
        counts = dict.fromkeys(health.State.values, 0)
        for link, state, finding in found:
            # Where nobody at all answers, it is our own network that is away.
            if state == health.State.GONE and not ask.was_answered:
                state, finding = health.silence(link.url)
            health.write_down(link, state, finding)
            counts[state] += 1
        ended = health.end_where_all_is_gone()
        by_state = ", ".join(f"{state} {count}" for state, count in counts.items())
        return f"{by_state}, appeals ended {len(ended)}"
