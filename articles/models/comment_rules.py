from django.db import models
from django.utils.translation import gettext_lazy as _


class CommentMode(models.TextChoices):
    OPEN = "open", _("shown at once, unless a check holds them")
    HELD = "held", _("held until approved")
    FIRST_HELD = "first_held", _("somebody's first one is held")
    CLOSED = "closed", _("closed")


LATER = [(mode.value, mode.label) for mode in (CommentMode.CLOSED, CommentMode.HELD)]


class CommentRules(models.Model):
    """What an edition, a category and an article say of readers' comments (comments/modes.py reads them).

    A rule left empty is that of the one above.
    """

    #: The names of the fields, for fieldsets and for those who copy rules.
    COMMENT_RULES = ("comment_mode", "comment_days", "comment_later", "comment_notice")

    comment_mode = models.CharField(
        _("comments are"),
        max_length=10,
        choices=CommentMode,
        blank=True,
        help_text=_("Left empty, as it is set further up."),
    )
    comment_days = models.PositiveSmallIntegerField(
        _("for so many days"),
        null=True,
        blank=True,
        help_text=_("Counted from the publication of the story; 0 for ever. Left empty, as it is set further up."),
    )
    comment_later = models.CharField(_("after that they are"), max_length=10, choices=LATER, default=CommentMode.CLOSED)
    comment_notice = models.CharField(
        _("notice above the comment form"),
        max_length=300,
        blank=True,
        help_text=_("Plain text. Left empty, as it is set further up."),
    )

    class Meta:
        abstract = True
