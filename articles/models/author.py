from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from articles.languages import address_in
from articles.slugs import unique_slug

from .edition import LanguageField


class Author(models.Model):
    """Somebody who signs articles, with or without an account; shared by all editions."""

    name = models.CharField(_("name"), max_length=150)
    slug = models.SlugField(
        _("slug"),
        max_length=150,
        unique=True,
        allow_unicode=True,
        blank=True,
        help_text=_("The last part of the address. Left empty, it is made from the name."),
    )
    role = models.CharField(_("role"), max_length=120, blank=True, help_text=_("Such as “Harbour reporter”."))
    bio = models.TextField(_("about the author"), blank=True)
    is_guest = models.BooleanField(_("guest author"), default=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="author",
        verbose_name=_("account"),
    )

    class Meta:
        verbose_name = _("author")
        verbose_name_plural = _("authors")
        ordering = ["name", "pk"]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        if not self.slug:
            self.slug = unique_slug(Author.objects.exclude(pk=self.pk), self.name, "author")
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return address_in(get_language(), "articles:author", slug=self.slug)


class AuthorName(models.Model):
    """An author's name, role and words about them in another language."""

    author = models.ForeignKey(Author, models.CASCADE, related_name="names", verbose_name=_("author"))
    language = LanguageField()
    name = models.CharField(_("name"), max_length=150)
    role = models.CharField(_("role"), max_length=120, blank=True)
    bio = models.TextField(_("about the author"), blank=True)

    class Meta:
        verbose_name = _("name in another language")
        verbose_name_plural = _("names in other languages")
        ordering = ["language"]
        constraints = [models.UniqueConstraint(fields=["author", "language"], name="author_name_once_per_language")]

    def __str__(self):
        return self.name


class Byline(models.Model):
    """An author of one article, in order, under an alias where the article wants one."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="bylines")
    author = models.ForeignKey(Author, models.PROTECT, related_name="bylines", verbose_name=_("author"))
    alias = models.CharField(
        _("alias"), max_length=150, blank=True, help_text=_("Signs this article with another name.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("byline")
        verbose_name_plural = _("byline")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["article", "author"], name="byline_author_once")]

    def __str__(self):
        return self.alias or self.author.name
