from django.db import models
from django.utils.translation import gettext_lazy as _

from .comment import Comment
from .decision import Decision


class ReportQuerySet(models.QuerySet):
    def open(self):
        return self.filter(outcome="")


class Report(models.Model):
    """A reader finds that a comment should not stand; one a comment and network."""

    class Outcome(models.TextChoices):
        UPHELD = "upheld", _("upheld")
        REJECTED = "rejected", _("rejected")

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="reports", verbose_name=_("comment"))
    #: Keyed hash of the network (articles/visitors.py).
    reporter = models.CharField(max_length=64, editable=False)
    ground = models.CharField(_("ground"), max_length=12, choices=Decision.Ground)
    words = models.CharField(_("in words"), max_length=300, blank=True)
    reported_at = models.DateTimeField(_("reported"), auto_now_add=True)
    #: Empty while nobody has looked at it.
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome, blank=True)
    #: That which gave it its outcome, so that an undone decision opens it again.
    decision = models.ForeignKey(
        Decision, models.DO_NOTHING, null=True, db_constraint=False, editable=False, related_name="reports"
    )

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["comment", "reporter"], name="report_once")]
        indexes = [models.Index(fields=["comment"], name="report_open", condition=models.Q(outcome=""))]

    def __str__(self):
        return f"{self.comment_id}: {self.get_ground_display()}"
