from django.db import models
from django.utils.translation import gettext_lazy as _

from articles.languages import address_in
from articles.models.body import WithBody
from articles.models.edition import LanguageField
from articles.slugs import unique_slug


class PageQuerySet(models.QuerySet):
    def public(self):
        return self.filter(is_published=True)


class Page(WithBody):
    """A page that stands apart from the news: About, Contact, House rules, Privacy."""

    language = LanguageField()
    title = models.CharField(_("title"), max_length=200)
    slug = models.SlugField(
        _("slug"),
        max_length=150,
        allow_unicode=True,
        blank=True,
        help_text=_("The last part of the address. Left empty, it is made from the title."),
    )
    is_published = models.BooleanField(_("published"), default=False)
    in_menu = models.BooleanField(_("in the footer"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    modified_at = models.DateTimeField(_("last saved"), auto_now=True)

    objects = PageQuerySet.as_manager()

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        ordering = ["language", "position", "title"]
        constraints = [models.UniqueConstraint(fields=["language", "slug"], name="page_slug_in_edition")]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        if not self.slug:
            self.slug = unique_slug(Page.objects.filter(language=self.language).exclude(pk=self.pk), self.title, "page")
        self.clean_body()
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return address_in(self.language, "pages:page", slug=self.slug)
