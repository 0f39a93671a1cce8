from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .category import Category


class CategoryScope(models.Model):
    """One category, with all below it, that a member of staff is limited to; who has no row is not limited."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="category_scope", verbose_name=_("account")
    )
    # Protected: with the row the limit would go, and the person could do more than before.
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", verbose_name=_("category"))

    class Meta:
        verbose_name = _("category of a person")
        verbose_name_plural = _("limited to categories")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["user", "category"], name="category_scope_once")]

    def __str__(self):
        return str(self.category)
