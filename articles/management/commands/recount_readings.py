from articles import readership
from articles.models import Article
from articles.progress import Progress
from articles.upkeep import UpkeepCommand


class Command(UpkeepCommand):
    help = "Make the totals of readings again from the rows behind them. Safe beside readers, and twice at once."

    def work(self, **options):
        with Progress(self.stdout, "Articles", total=Article.objects.count()) as progress:
            changed = readership.recount(progress.step)
        return f"changed {changed}"
