from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from articles.calendars import ArchiveCalendar

from .comment_rules import CommentRules


def languages():
    """The languages of LANGUAGES; a callable keeps a publisher's choice out of the migrations."""
    return settings.LANGUAGES


def default_language():
    return settings.LANGUAGE_CODE


class LanguageField(models.CharField):
    """The language of an edition, as a BCP 47 tag of LANGUAGES."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("verbose_name", _("language"))
        kwargs.setdefault("max_length", 12)
        kwargs.setdefault("choices", languages)
        super().__init__(*args, **kwargs)


class Edition(CommentRules):
    """How the site calls itself in one language. An edition without a row bears the site's name."""

    language = LanguageField(unique=True)
    name = models.CharField(_("name"), max_length=120)
    tagline = models.CharField(_("tagline"), max_length=200, blank=True)
    about = models.TextField(
        _("about"), blank=True, help_text=_("One or two sentences for search engines and the footer.")
    )

    archive_calendar = models.CharField(
        _("calendar of the archive"),
        max_length=10,
        choices=ArchiveCalendar,
        default=ArchiveCalendar.GREGORIAN,
        help_text=_("A Hijri or Persian archive stands beside the Gregorian one; days keep their Gregorian addresses."),
    )

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ["language"]

    def __str__(self):
        return f"{self.name} ({self.language})"
