from django.apps import apps
from django.db import transaction

from articles import body, stale
from articles.models.body import WithBody
from articles.progress import Progress
from articles.renditions import images_in
from articles.upkeep import UpkeepCommand
from comments.models import Comment


class Command(UpkeepCommand):
    help = (
        "Clean stored bodies again by the rules of today: those that an older sanitiser has cleaned, or all of them, "
        "comments included. Whoever saves meanwhile loses nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("--all", action="store_true", help="also what today's sanitiser has cleaned, and comments")

    def work(self, **options):
        self.cleaned = self.changed = 0
        for model in apps.get_models():
            if issubclass(model, WithBody):
                rows = model._default_manager.all()
                if not options["all"]:
                    rows = rows.exclude(sanitizer_version=body.SANITIZER_VERSION)
                self.each(rows, clean_body)
        if options["all"]:
            self.each(Comment.objects.all(), clean_comment)
        return f"cleaned {self.cleaned}, changed {self.changed}"

    def each(self, rows, clean):
        name = str(rows.model._meta.verbose_name_plural).capitalize()
        numbers = list(rows.order_by("pk").values_list("pk", flat=True))
        if not numbers:
            return
        with Progress(self.stdout, name, total=len(numbers)) as progress:
            for pk in numbers:
                self.changed += clean(rows.model, pk)
                self.cleaned += 1
                progress.step()


def clean_body(model, pk) -> bool:
    """Clean one row, unless somebody has saved it meanwhile (and thereby cleaned it); whether readers see a change."""
    row = model.objects.filter(pk=pk).values("body", "body_html", "language").first()
    if row is None:
        return False
    source = body.sanitize(row["body"])
    html = body.public_html(source, images=images_in(source), language=row["language"])
    with transaction.atomic():
        same = model.objects.filter(pk=pk, body=row["body"], body_html=row["body_html"])
        same.update(body=source, body_html=html, sanitizer_version=body.SANITIZER_VERSION)
        if html == row["body_html"]:
            return False
        stale.mark(f"{model._meta.model_name}:{pk}", stale.lists(row["language"]))
    return True


def clean_comment(model, pk) -> bool:
    row = model.objects.filter(pk=pk).values("body", "body_html", "article").first()
    html = row and body.sanitize_comment(row["body"])
    if row is None or html == row["body_html"]:
        return False
    with transaction.atomic():
        model.objects.filter(pk=pk, body=row["body"]).update(body_html=html)
        stale.mark(f"article:{row['article']}")
    return True
