from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportRun(models.Model):
    """One run of an importer and what it did, by name."""

    source = models.CharField(_("source"), max_length=500)
    file = models.CharField(_("file"), max_length=500, blank=True)
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    created = models.PositiveIntegerField(_("created"), default=0)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    skipped = models.PositiveIntegerField(_("skipped"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    report = models.JSONField(_("report"), default=list)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.source} {self.started_at:%Y-%m-%d %H:%M}"


class ImportedItem(models.Model):
    """Which row of ours stands for which thing of a source; so a second run finds what the first one made."""

    source = models.CharField(_("source"), max_length=300)
    kind = models.CharField(_("kind"), max_length=20)
    key = models.CharField(_("key"), max_length=500)
    #: SHA-256 of what the source said, so that an unchanged item is skipped without reading ours.
    checksum = models.CharField(max_length=64)
    #: SHA-256 of our row as the import left it: once it differs, the desk has changed the row.
    #: Empty for a row that was the desk's before.
    written = models.CharField(max_length=64, blank=True)
    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="items", verbose_name=_("import"))
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    target = GenericForeignKey()

    class Meta:
        verbose_name = _("imported item")
        verbose_name_plural = _("imported items")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["source", "kind", "key"], name="imported_item_once")]
        indexes = [models.Index(fields=["content_type", "object_id"], name="imported_item_target")]

    def __str__(self):
        return f"{self.kind} {self.key}"
