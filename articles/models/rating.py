from django.db import models
from django.utils.translation import gettext_lazy as _


class Rating(models.Model):
    """One reader's vote. `reader` is a keyed hash of the signed cookie, `network` one of the address."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="ratings", verbose_name=_("article"))
    reader = models.CharField(max_length=64, editable=False)
    stars = models.PositiveSmallIntegerField(_("stars"))
    network = models.CharField(max_length=64, blank=True, editable=False)
    is_held = models.BooleanField(
        _("held aside"), default=False, help_text=_("Part of a burst from one network; not counted.")
    )
    created_at = models.DateTimeField(_("given"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["article", "reader"], name="rating_once_per_reader"),
            models.CheckConstraint(condition=models.Q(stars__gte=1, stars__lte=5), name="rating_1_to_5"),
        ]
        indexes = [
            models.Index(fields=["article", "is_held", "stars"], name="rating_of_article"),
            models.Index(fields=["network", "created_at"], name="rating_bursts"),
            models.Index(fields=["created_at"], name="rating_by_day"),
        ]

    def __str__(self):
        return f"{self.article_id}: {self.stars}"
