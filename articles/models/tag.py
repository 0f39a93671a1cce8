import unicodedata

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from taggit.managers import _TaggableManager
from taggit.models import ItemBase, TagBase

from articles.languages import address_in
from articles.slugs import slug_for


class Tag(TagBase):
    """A subject in one or two words, shared by all editions."""

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    def get_absolute_url(self):
        return address_in(get_language(), "articles:tag", slug=self.slug)

    def slugify(self, tag, i=None):
        slug = slug_for(tag, "tag")
        return slug if i is None else f"{slug}-{i}"


def folded(name: str) -> str:
    """What two spellings of one name have in common, in any script; databases agree on Latin letters only."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


class TagSynonym(models.Model):
    """Another name of a tag: whoever types it gets the tag, and its address leads to that of the tag."""

    tag = models.ForeignKey(Tag, models.CASCADE, related_name="synonyms", verbose_name=_("tag"))
    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(_("slug"), max_length=100, allow_unicode=True, unique=True, blank=True, editable=False)
    key = models.CharField(max_length=200, unique=True, editable=False)

    class Meta:
        verbose_name = _("synonym")
        verbose_name_plural = _("synonyms")
        ordering = ["name"]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.key = folded(self.name)
        self.slug = self.slug or slug_for(self.name, "tag")[:100]
        super().save(*args, **kwargs)

    def clean(self):
        self.key = folded(self.name)
        taken = Tag.objects.filter(name__iexact=self.name) | Tag.objects.filter(slug=slug_for(self.name, "tag"))
        if other := taken.exclude(pk=self.tag_id).first():
            raise ValidationError({"name": _("“%(name)s” is a tag: merge the two instead.") % {"name": other.name}})
        others = TagSynonym.objects.exclude(pk=self.pk).select_related("tag")
        if known := others.filter(models.Q(key=self.key) | models.Q(slug=slug_for(self.name, "tag"))).first():
            raise ValidationError(
                {"name": _("“%(name)s” is a synonym of “%(tag)s” already.") % {"name": known.name, "tag": known.tag}}
            )


class TagManager(_TaggableManager):
    """An article's tags; a synonym stands for its tag, whoever hands it in: form, importer or version."""

    def _to_tag_model_instances(self, tags, tag_kwargs):
        names = {folded(tag) for tag in tags if isinstance(tag, str)}
        known = TagSynonym.objects.filter(key__in=names).select_related("tag") if names else ()
        tag_of = {synonym.key: synonym.tag for synonym in known}
        named = [tag_of.get(folded(tag), tag) if isinstance(tag, str) else tag for tag in tags]
        return super()._to_tag_model_instances(named, tag_kwargs)


class TaggedArticle(ItemBase):
    content_object = models.ForeignKey("articles.Article", models.CASCADE, related_name="tagged")
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="tagged")

    class Meta:
        verbose_name = _("tag of an article")
        verbose_name_plural = _("tags of articles")
        constraints = [models.UniqueConstraint(fields=["content_object", "tag"], name="tagged_article_once")]
