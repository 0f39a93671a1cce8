"""Addresses made from names move with the name; the old one leads on from the moment the new one is there."""

from django.conf import settings
from django.db.models.signals import post_delete, post_save, pre_save
from django.utils.translation import override

from articles import subjects
from articles.models import Author, Category, Tag, TagSynonym
from newsroom.appeals.models import Appeal
from newsroom.pages.models import Page
from newsroom.redirects.models import Redirect
from newsroom.redirects.moves import close, move

MODELS = (Category, Author, Tag, Page, Appeal)


def addresses(row) -> list[str]:
    """The row's address in each edition; one that belongs to an edition has a single one."""
    if hasattr(row, "language"):
        return [row.get_absolute_url()]
    found = []
    for code, _name in settings.LANGUAGES:
        with override(code):
            found.append(row.get_absolute_url())
    return found


def remember(sender, instance, raw=False, update_fields=None, **kwargs):
    instance._addresses_before = []
    if raw or not instance.pk or (update_fields is not None and not {"slug", "language"} & set(update_fields)):
        return
    if before := sender.objects.filter(pk=instance.pk).first():
        instance._addresses_before = addresses(before)


def lead_on(sender, instance, created=False, raw=False, **kwargs):
    before = instance.__dict__.pop("_addresses_before", [])
    if before and not raw:
        for old, new in zip(before, addresses(instance), strict=True):
            move(old, new)


def follow(sender, gone, into, **kwargs):
    """What was merged away leads to what took it in; what ended alone answers “gone”."""
    for place, old in enumerate(addresses(gone)):
        if into is None:
            close(old)
        else:
            move(old, addresses(into)[place])


def lead_synonym(sender, instance, raw=False, **kwargs):
    if not raw:
        for old, new in zip(_synonym_addresses(instance), addresses(instance.tag), strict=True):
            move(old, new)


def forget_synonym(sender, instance, **kwargs):
    Redirect.objects.filter(old_path__in=_synonym_addresses(instance)).delete()


def _synonym_addresses(synonym):
    return addresses(Tag(slug=synonym.slug))


def connect() -> None:
    for model in MODELS:
        pre_save.connect(remember, sender=model, dispatch_uid=f"redirects-before-{model.__name__}")
        post_save.connect(lead_on, sender=model, dispatch_uid=f"redirects-after-{model.__name__}")
    subjects.replaced.connect(follow, dispatch_uid="redirects-replaced")
    post_save.connect(lead_synonym, sender=TagSynonym, dispatch_uid="redirects-synonym")
    post_delete.connect(forget_synonym, sender=TagSynonym, dispatch_uid="redirects-synonym-gone")
