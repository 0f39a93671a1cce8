from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from articles.languages import address_in
from articles.slugs import unique_slug

from .comment_rules import CommentRules
from .edition import LanguageField


class Category(CommentRules):
    """A node of one edition's tree of subjects."""

    MAX_DEPTH = 5

    language = LanguageField()
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(
        _("slug"),
        max_length=150,
        allow_unicode=True,
        blank=True,
        help_text=_("The last part of the address. Left empty, it is made from the name."),
    )
    description = models.CharField(_("description"), max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    on_front = models.BooleanField(
        _("on the front page"), default=False, help_text=_("Show a block of its newest stories there.")
    )

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["language", "position", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["language", "slug"], name="category_slug_in_edition"),
            models.CheckConstraint(
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("pk")),
                name="category_not_own_parent",
            ),
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        if not self.slug:
            others = Category.objects.filter(language=self.language).exclude(pk=self.pk)
            self.slug = unique_slug(others, self.name, "category")
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return address_in(self.language, "articles:category", slug=self.slug)

    def clean(self):
        if not self.parent:
            return
        if self.parent.language != self.language:
            raise ValidationError({"parent": _("The parent belongs to another edition.")})
        line = self.parent.lineage()
        if self.pk and self.pk in {node.pk for node in line}:
            raise ValidationError({"parent": _("A category cannot stand below itself.")})
        if len(line) >= self.MAX_DEPTH:
            raise ValidationError({"parent": _("The tree may be %d levels deep.") % self.MAX_DEPTH})

    def lineage(self):
        """This category and its ancestors, root first. One query a level that is not loaded yet."""
        line: list[Category] = []
        node: Category | None = self
        while node and node not in line:  # a loop made by hand in the database ends here
            line.append(node)
            node = node.parent
        return line[::-1]
