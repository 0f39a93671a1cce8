from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class BanQuerySet(models.QuerySet):
    def in_force(self):
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=timezone.now()))


class Ban(models.Model):
    """What becomes of the comments of one mailbox or network, whatever they say; with an end it is a suspension."""

    class Effect(models.TextChoices):
        REJECT = "reject", _("banned: comments are rejected")
        HOLD = "hold", _("always held: comments wait for a moderator")

    effect = models.CharField(_("effect"), max_length=6, choices=Effect, default=Effect.REJECT)
    #: The mailbox behind the address (comments/people.py); empty for a network.
    person = models.CharField(_("email address"), max_length=254, blank=True)
    #: Keyed hash of the network; empty for a mailbox.
    network = models.CharField(max_length=64, blank=True, editable=False)
    reason = models.CharField(_("reason"), max_length=300)
    notes = models.TextField(_("notes"), blank=True, help_text=_("For moderators alone."))
    begun_at = models.DateTimeField(_("since"), auto_now_add=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True, help_text=_("Empty for without end."))
    #: When the network's hash can be made no more, by which the ban has ended; null for a mailbox.
    known_until = models.DateTimeField(null=True, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("by"),
    )

    objects = BanQuerySet.as_manager()

    class Meta:
        verbose_name = _("ban")
        verbose_name_plural = _("bans")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person="", network__gt="") | Q(person__gt="", network=""), name="ban_names_one"
            )
        ]
        indexes = [
            models.Index(fields=["person"], name="ban_person", condition=Q(person__gt="")),
            models.Index(fields=["network"], name="ban_network", condition=Q(network__gt="")),
        ]

    def __str__(self):
        return self.person or str(_("a network"))

    @property
    def is_over(self):
        return self.ends_at is not None and self.ends_at <= timezone.now()
