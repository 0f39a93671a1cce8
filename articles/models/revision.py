from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class RevisionQuerySet(models.QuerySet):
    def standing(self):
        """Versions that were, or are, the article's own text; the newest of them is what is stored."""
        return self.filter(kind__in=ArticleRevision.STANDING)

    def pending(self):
        return self.filter(kind__constant=ArticleRevision.Kind.PENDING)

    def opened(self):
        """Published versions that an editor has opened to readers."""
        return self.filter(opened_at__isnull=False, published_at__isnull=False)

    def newest(self):
        return self.order_by("-number")


class ArticleRevision(models.Model):
    """One version of an article: everything that can be edited, as JSON (articles/versions.py reads and writes it)."""

    class Kind(models.TextChoices):
        SAVED = "saved", _("saved")
        RESTORED = "restored", _("brought back")
        IMPORTED = "imported", _("written by a command")
        PENDING = "pending", _("waiting beside the live one")
        REPLACED = "replaced", _("replaced before it was published")
        DROPPED = "dropped", _("dropped")
        KEPT = "kept", _("kept from a clash")
        AUTOSAVED = "autosaved", _("saved by itself")

    STANDING = (Kind.SAVED, Kind.RESTORED, Kind.IMPORTED)

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="revisions", verbose_name=_("article"))
    number = models.PositiveIntegerField(_("version"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.SAVED)
    content = models.JSONField(_("content"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    base = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("from"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("when"), auto_now_add=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    apply_at = models.DateTimeField(_("to be published"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened to readers"), null=True, blank=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="revision_number_once"),
            models.UniqueConstraint(
                fields=["article"], name="revision_one_pending", condition=models.Q(kind="pending")
            ),
            models.UniqueConstraint(
                fields=["article", "created_by"],
                name="revision_one_autosave",
                condition=models.Q(kind="autosaved"),
            ),
        ]
        indexes = [
            models.Index(fields=["apply_at"], name="revision_due", condition=models.Q(apply_at__isnull=False)),
        ]

    def __str__(self):
        return _("version %(number)s") % {"number": self.number}
