from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from newsroom.importers.save import OUTCOMES, REFUSED, Import, Line, import_wxr
from newsroom.importers.wxr import WxrError


class Command(BaseCommand):
    help = (
        "Import a WordPress export (WXR): authors, categories, tags, posts, pages, pictures, comments and old"
        " addresses. A second run changes nothing; one that was interrupted is finished by running it again."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="The export, as WordPress writes it under Tools, Export.")
        parser.add_argument(
            "--media",
            type=Path,
            metavar="DIR",
            help="A copy of wp-content/uploads; without it no pictures come.",
        )
        parser.add_argument(
            "--language",
            default="",
            help="The edition to fill. Left out, the one of the export's own language.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Say what would happen and write nothing.")

    def handle(self, *args, **options):
        languages = [code for code, _name in settings.LANGUAGES]
        if options["language"] and options["language"] not in languages:
            raise CommandError(f"There is no edition “{options['language']}”; there are {', '.join(languages)}.")
        if options["media"] and not options["media"].is_dir():
            raise CommandError(f"--media: {options['media']} is not a directory.")
        self.verbosity = options["verbosity"]
        job = Import(
            options["file"],
            language=options["language"],
            media=options["media"],
            dry=options["dry_run"],
            say=self.say,
            progress=self.progress,
        )
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA mmap_size=0")  # else a long import maps the whole database it is filling
        try:
            import_wxr(job)
        except WxrError as error:
            raise CommandError(str(error)) from error
        if self.verbosity:
            self.summarize(job)
        self.stdout.write(job.closing_line)

    def say(self, line: Line) -> None:
        if self.verbosity > 1:
            self.stdout.write(str(line))

    def progress(self, done: int, of: int) -> None:
        if self.verbosity == 1 and self.stderr.isatty() and (done % 50 == 0 or done == of):
            self.stderr.write(f"\r{done:,} of {of:,}", ending="\n" if done == of else "")

    def summarize(self, job: Import) -> None:
        if self.verbosity == 1:  # otherwise every line has been said already
            for line in job.report:
                self.stdout.write(str(line))
        elif job.count(REFUSED):
            for line in job.report:
                if line.outcome == REFUSED:
                    self.stdout.write(str(line))
        self.stdout.write("")
        what = "Dry run, nothing written: would go" if job.dry else "From"
        self.stdout.write(f"{what} {job.source} into the edition “{job.language}”:")
        for kind, counter in sorted(job.tally.items()):
            counts = ", ".join(f"{outcome} {counter[outcome]}" for outcome in OUTCOMES if counter[outcome])
            self.stdout.write(f"  {kind}: {counts}")
        if job.lost_pictures:
            self.stdout.write(f"  pictures without a file, left out of bodies: {job.lost_pictures}")
