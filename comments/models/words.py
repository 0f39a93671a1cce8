from django.db import models
from django.utils.translation import gettext_lazy as _


class WordList(models.Model):
    """Words and phrases that comments/checks.py looks for, one a line."""

    class Kind(models.TextChoices):
        BANNED = "banned", _("banned: a comment that says one is rejected")
        SUSPECT = "suspect", _("suspect: a comment that says one is held")
        DISPOSABLE = "disposable", _("hosts of throw-away email addresses")

    kind = models.CharField(_("list"), max_length=12, choices=Kind, unique=True)
    terms = models.TextField(
        _("words"),
        blank=True,
        help_text=_(
            "One word or phrase a line. Whole words are found, in any script, whatever their case and accents are."
        ),
    )
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("word list")
        verbose_name_plural = _("word lists")
        ordering = ["kind"]

    def __str__(self):
        return self.get_kind_display()
