from articles import search
from articles.models import Article
from articles.progress import Progress
from articles.upkeep import UpkeepCommand


class Command(UpkeepCommand):
    help = "Bring the search index to what the articles are. What has not changed is not read again."

    def add_arguments(self, parser):
        parser.add_argument("--all", action="store_true", help="read every article anew")

    def work(self, **options):
        with Progress(self.stdout, "Articles", total=Article.objects.count()) as progress:
            count = search.rebuild(anew=options["all"], step=progress.step)
        return f"looked at {count:,}"
