from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .comment import Comment


class Follow(models.Model):
    """The writer of a comment asks for word of its answers; nothing is sent before the mailbox has said yes."""

    class How(models.TextChoices):
        EACH = "each", _("each answer at once")
        DAILY = "daily", _("once a day, all answers together")

    comment = models.OneToOneField(Comment, models.CASCADE, related_name="follow")
    how = models.CharField(max_length=5, choices=How, default=How.EACH)
    asked_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    #: Answers up to this moment are in a daily letter already.
    told_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["how", "told_until"], name="follow_daily")]

    def __str__(self):
        return f"{self.comment_id}: {self.how}"


class Letter(models.Model):
    """Mail on its way (comments/letters.py); what it says and to whom is emptied once it is sent."""

    #: What it says to whom, so that nothing is said twice.
    key = models.CharField(max_length=100, unique=True)
    to = models.EmailField(max_length=254, blank=True)
    subject = models.CharField(max_length=250, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    #: The address under which one POST ends letters of this kind (RFC 8058); "" for letters that come once.
    unsubscribe = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="letter_due", condition=models.Q(sent_at=None)),
            models.Index(fields=["created_at"], name="letter_age"),
        ]

    def __str__(self):
        return self.key


class DeskDigest(models.Model):
    """A moderator who wants no daily letter of what waits; without a row one comes."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    ended_at = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return str(self.user_id)
