from django.db import models
from django.utils.translation import gettext_lazy as _


class Redirect(models.Model):
    """An address that has moved. Asked only where nothing else answers (404)."""

    # Percent-decoded; text, because the address of a headline in another script outgrows any column.
    old_path = models.CharField(
        _("old address"),
        max_length=1000,
        unique=True,
        help_text=_("From the first slash on, as in /2019/05/ferry/ or /?p=12."),
    )
    new_path = models.CharField(
        _("new address"), max_length=1000, blank=True, help_text=_("Left empty, the address answers “gone”.")
    )
    article = models.ForeignKey(
        "articles.Article",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("article"),
        help_text=_("Followed wherever its address moves; used before the new address."),
    )
    hits = models.PositiveIntegerField(_("hits"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("redirect")
        verbose_name_plural = _("redirects")
        ordering = ["old_path"]

    def __str__(self):
        return self.old_path


class NotFound(models.Model):
    """An address that readers asked for in vain, and how often; kept up to a number of rows."""

    path = models.CharField(_("address"), max_length=500, unique=True)
    hits = models.PositiveIntegerField(_("times"), default=1)
    first_seen_at = models.DateTimeField(_("first"), auto_now_add=True)
    seen_at = models.DateTimeField(_("last"))

    class Meta:
        verbose_name = _("address not found")
        verbose_name_plural = _("addresses not found")
        ordering = ["-hits", "-seen_at"]
        indexes = [models.Index(fields=["hits", "seen_at"], name="not_found_least")]

    def __str__(self):
        return self.path
