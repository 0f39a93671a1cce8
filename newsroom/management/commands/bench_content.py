from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from articles.progress import Progress
from newsroom.demo import bulk


class Command(BaseCommand):
    help = (
        "Add N plausible articles with authors, categories, tags, comments and ratings, to measure with. "
        "Nothing takes them away again: use a database that is made for it."
    )

    def add_arguments(self, parser):
        parser.add_argument("count", metavar="N", type=int, help="how many articles")
        parser.add_argument("--language", default=settings.LANGUAGE_CODE, help="the edition that gets them")
        parser.add_argument("--seed", type=int, default=1, help="another number, other articles")

    def handle(self, *, count, language, seed, **options):
        if count < 1:
            raise CommandError("N must be 1 or more.")
        if language not in dict(settings.LANGUAGES):
            raise CommandError(f"There is no edition in {language!r}.")
        with Progress(self.stdout, "Articles", total=count) as progress:
            bulk.load(count, language=language, seed=seed, stepped=progress.step)
