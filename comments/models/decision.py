from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .ban import Ban
from .comment import Comment


class LogIsKept(Exception):
    """Something tried to change or delete rows of the log."""


class DecisionQuerySet(models.QuerySet):
    """Rows are added and read, and nothing else."""

    def _refuse(self, *args, **kwargs):
        raise LogIsKept("The log of moderation is neither changed nor deleted.")

    def open_appeals(self):
        """Appeals on which nobody has decided; an approval since then has answered one, whatever came after it."""
        since = Decision.objects.filter(comment=OuterRef("comment"), pk__gt=OuterRef("pk"))
        answered = since.filter(before=Comment.State.APPROVED, after=Comment.State.PENDING)
        answered = answered.exclude(what=Decision.What.UNDONE)
        waiting = self.filter(what=Decision.What.APPEALED, comment__state=Comment.State.PENDING)
        return waiting.exclude(Exists(answered))

    update = delete = bulk_update = update_or_create = _raw_delete = _update = _refuse

    def bulk_create(self, objs, *args, update_conflicts=False, **kwargs):
        if update_conflicts:
            self._refuse()
        return super().bulk_create(objs, *args, **kwargs)


class Decision(models.Model):
    """One line of the log of moderation: what became of a comment or a ban, by whom, when and why; only ever added to.

    No constraint ties it to the comment, the ban and the account, so that it outlives them all.
    """

    class What(models.TextChoices):
        RECEIVED = "received", _("received")
        IMPORTED = "imported", _("imported")
        DECIDED = "decided", _("decided")
        UNDONE = "undone", _("decision undone")
        EDITED = "edited", _("edited by a moderator")
        FEATURED = "featured", _("featured, or no longer")
        CHANGED = "changed", _("changed by its writer")
        WITHDRAWN = "withdrawn", _("withdrawn by its writer")
        REPORTED = "reported", _("hidden after reports")
        KEPT = "kept", _("reports rejected")
        APPEALED = "appealed", _("appealed against")
        ERASED = "erased", _("erased at its writer’s wish")
        BANNED = "banned", _("ban set down")
        BAN_CHANGED = "ban_change", _("ban changed")
        BAN_ENDED = "ban_ended", _("ban ended")

    class Ground(models.TextChoices):
        """Why a comment is refused, as readers may know it and as it is counted."""

        OFF_TOPIC = "off_topic", _("It is not about the article.")
        INSULT = "insult", _("It insults or attacks somebody.")
        HATE = "hate", _("It is hateful towards a group of people.")
        PRIVATE = "private", _("It tells private things about somebody.")
        FALSE = "false", _("It states something that is not so.")
        UNLAWFUL = "unlawful", _("It breaks the law.")
        ADVERTISING = "advertising", _("It is advertising or spam.")
        REPEATED = "repeated", _("It says again what was said.")
        CHECKS = "checks", _("An automatic check refused it.")
        OTHER = "other", _("Another reason.")

    comment = models.ForeignKey(
        Comment,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="decisions",
        verbose_name=_("comment"),
    )
    #: Lines about a ban have no comment and no states.
    ban = models.ForeignKey(
        Ban, models.DO_NOTHING, null=True, db_constraint=False, related_name="decisions", verbose_name=_("ban")
    )
    what = models.CharField(_("what"), max_length=10, choices=What, default=What.DECIDED)
    #: Empty on the row with which a comment begins.
    before = models.CharField(_("before"), max_length=10, choices=Comment.State, blank=True)
    after = models.CharField(_("after"), max_length=10, choices=Comment.State, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("by"),
    )
    ground = models.CharField(_("ground"), max_length=12, choices=Ground, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    decided_at = models.DateTimeField(_("when"), default=timezone.now, editable=False)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of the log")
        verbose_name_plural = _("log of moderation")
        ordering = ["-pk"]
        base_manager_name = "objects"
        indexes = [
            models.Index(fields=["decided_at", "what"], name="decision_month"),
            models.Index(fields=["comment"], name="decision_appeals", condition=Q(what="appealed")),
        ]

    def __str__(self):
        if self.ban_id:
            return f"{self.get_what_display()}: {self.reason}"
        return f"{self.get_what_display()}: {self.get_before_display() or '–'} → {self.get_after_display()}"

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise LogIsKept("The log of moderation is not changed.")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise LogIsKept("The log of moderation is not deleted.")
