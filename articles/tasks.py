"""Work after an answer: run at once, or by a worker where TASK_QUEUE says so."""

from pathlib import PurePosixPath

from django.db import transaction
from django_tasks import task

from articles import body, library, renditions, stale
from articles.models import Image


@task()
def render_image(pk: int) -> None:
    """Make an image's renditions, then show them in the bodies that hold it. Nothing happens if it has gone."""
    image = Image.objects.filter(pk=pk).first()
    if image is None:
        return
    with image.file.open("rb") as file:
        content = file.read()
    stem = PurePosixPath(str(image.file.name)).stem
    image.renditions = renditions.render(content, stem)
    image.save(update_fields=["renditions"])
    for rows in library.bodies_with(image):
        for row, source, language in rows.values_list("pk", "body", "language").iterator():
            html = body.public_html(source, images=renditions.images_in(source), language=language)
            # An editor who has saved meanwhile loses nothing: then the row is no longer what was read.
            with transaction.atomic():
                rows.model.objects.filter(pk=row, body=source).update(body_html=html)
                stale.mark(f"{rows.model._meta.model_name}:{row}")
