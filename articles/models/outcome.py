from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .article import Article


class Outcome(models.Model):
    """The last that somebody else has done with a person's article, for the person's desk; the workflow writes it."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False, verbose_name=_("person")
    )
    article = models.ForeignKey(Article, models.CASCADE, related_name="outcomes", verbose_name=_("article"))
    #: A name in `workflow.VERBS`.
    verb = models.CharField(max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("outcome")
        verbose_name_plural = _("outcomes")
        constraints = [models.UniqueConstraint(fields=["person", "article"], name="outcome_once")]
        indexes = [models.Index(fields=["person", "-at"], name="outcome_newest")]

    def __str__(self):
        return f"{self.article}: {self.verb}"
