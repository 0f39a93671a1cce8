"""The image library: rows for cleaned pictures, and where each is used."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Exists, ManyToOneRel, Model, OuterRef, Q, QuerySet

from articles import renditions
from articles.models import Article, ArticleRevision, Image
from articles.models.body import WithBody
from articles.uploads import CleanedImage


def add_image(cleaned: CleanedImage, *, by: Any = None, **texts: Any) -> tuple[Image, bool]:
    """The library's row for a picture, and whether it is new: the same content is kept once.

    `texts` are fields of Image (title, alternative_text, caption, credit, licence, focal_x, focal_y); those of a row
    that is there already stay. The renditions are made after commit.
    """
    from articles.tasks import render_image

    known = Image.objects.filter(content_hash=cleaned.content_hash).first()
    if known:
        return known, False
    name = renditions.store(f"{renditions.FOLDER}/{cleaned.name}", cleaned.content)
    image = Image(
        file=name,
        width=cleaned.width,
        height=cleaned.height,
        content_hash=cleaned.content_hash,
        uploaded_by=by,
        **texts,
    )
    with transaction.atomic():
        image.save()
        transaction.on_commit(lambda: render_image.enqueue(image.pk))
    return image, True


def bodies_with(image: Image) -> Iterator[QuerySet]:
    """Rows of each model with a body (articles, and whatever the site adds) that hold the picture in it."""
    for model in apps.get_models():
        if issubclass(model, WithBody):
            yield model._default_manager.filter(body__contains=str(image.file.name))


def uses(image: Image, most: int = 20) -> list[Model]:
    """What shows the picture, or will by a version that waits; at most so many of a kind. It cannot be deleted."""
    found: dict[tuple[type[Model], Any], Model] = {}
    waiting = ArticleRevision.objects.pending()
    waiting = waiting.filter(Q(content__lead_image=image.pk) | Q(content__body__icontains=image.file.name))
    holders = [*bodies_with(image), Article.objects.filter(pk__in=waiting.values("article"))]
    for relation in Image._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel):
            holders.append(relation.related_model._default_manager.filter(**{relation.field.name: image}))
    for rows in holders:
        found |= {(rows.model, row.pk): row for row in rows[:most]}
    return list(found.values())


def unused(images: QuerySet) -> QuerySet:
    """Those that no field names and no body holds, and no version that waits."""
    for relation in Image._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel):
            named = relation.related_model._default_manager.filter(**{relation.field.name: OuterRef("pk")})
            images = images.filter(~Exists(named))
    for model in apps.get_models():
        if issubclass(model, WithBody):
            images = images.filter(~Exists(model._default_manager.filter(body__contains=OuterRef("file"))))
    waiting = [revision.content for revision in ArticleRevision.objects.pending().only("content")]
    leads = {content.get("lead_image") for content in waiting} - {None}
    files = {name for content in waiting for name in renditions.stored_in(content.get("body", "")).values()}
    return images.exclude(pk__in=leads).exclude(file__in=files)
