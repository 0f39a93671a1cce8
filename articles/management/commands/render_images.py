from django.core.files.storage import default_storage

from articles import renditions
from articles.models import Image
from articles.progress import Progress
from articles.tasks import render_image
from articles.upkeep import UpkeepCommand


class Command(UpkeepCommand):
    help = (
        "Make the renditions of the library's pictures that are not there, and show them in the bodies that hold the "
        "picture. What is there is not made again."
    )

    def add_arguments(self, parser):
        parser.add_argument("--all", action="store_true", help="look at every picture, and write every body anew")

    def work(self, **options):
        rendered = failed = 0
        rows = Image.objects.order_by("pk")
        with Progress(self.stdout, "Pictures", total=rows.count()) as progress:
            for image in rows.iterator(chunk_size=200):
                if options["all"] or not is_ready(image):
                    try:
                        render_image.call(image.pk)
                        rendered += 1
                    except (OSError, ValueError, SyntaxError) as error:  # a file that is away or broken
                        failed += 1
                        self.stderr.write(f"Picture {image.pk} ({image.file.name}): {error}")
                progress.step()
        return f"rendered {rendered}, failed {failed}"


def is_ready(image: Image) -> bool:
    """Whether the whole ladder of widths is on the row and in the storage."""
    made = [entries for entries in image.renditions.values() if entries]
    if len(made) < len(renditions.KINDS) or any(len(row) != len(renditions.ladder(image.width)) for row in made):
        return False
    return all(default_storage.exists(name) for name in renditions.names_of(image))
