import csv
from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from comments import checks
from comments.models import Comment

#: How people write that a comment is spam; everything else says that it is none.
YES = {"1", "1.0", "true", "yes", "spam"}


class Command(BaseCommand):
    help = "Say what the checks that read the text find in labelled comments. Nothing is written."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="A CSV file with the columns content and spam (1 or 0).")

    def handle(self, *args, **options):
        totals: Counter[bool] = Counter()
        found: Counter[bool] = Counter()
        why: Counter[tuple[str, bool]] = Counter()
        for content, is_spam in self.rows(options["file"]):
            totals[is_spam] += 1
            comment = Comment(body=content.strip())
            said = checks.reasons(checks.Submission(comment), only=checks.TEXT_CHECKS)
            found[is_spam] += bool(said)
            why.update((row["check"], is_spam) for row in said)
        if not totals:
            raise CommandError("The file holds no comments.")
        self.stdout.write(
            f"spam held {_percent(found[True], totals[True])} % · others held {_percent(found[False], totals[False])} %"
        )
        for check in checks.TEXT_CHECKS:
            spam, others = (f"{why[check, label]} of {totals[label]}" for label in (True, False))
            self.stdout.write(f"{check}: {spam} spam, {others} others")

    def rows(self, path: Path):
        try:
            with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
                reader = csv.DictReader(line.replace("\0", "") for line in file)
                columns = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
                if not {"content", "spam"} <= columns.keys():
                    raise CommandError("The file needs the columns content and spam in its first line.")
                for row in reader:
                    label = (row[columns["spam"]] or "").strip().lower()
                    yield row[columns["content"]] or "", label in YES
        except (OSError, csv.Error) as error:
            raise CommandError(f"The file cannot be read: {error}") from error


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "0.0"
