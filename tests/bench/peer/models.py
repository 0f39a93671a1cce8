from django.core.paginator import Paginator
from django.db import models
from django.shortcuts import get_object_or_404
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from taggit.models import TaggedItemBase
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.fields import RichTextField
from wagtail.models import Page
from wagtail.search import index


class Category(models.Model):
    name = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")
    on_front = models.BooleanField(default=False)

    def __str__(self):
        return self.name

    def articles(self):
        """Those of the category and of the ones below it, newest first."""
        return listed().filter(models.Q(category=self) | models.Q(category__parent=self))


def listed():
    return ArticlePage.objects.live().order_by("-date").select_related("category")


class Framed:
    """What stands beside every page."""

    def get_context(self, request, *args, **kwargs):
        return {**super().get_context(request, *args, **kwargs), **frame()}


def frame():
    return {"latest": listed()[:8], "categories": Category.objects.filter(parent=None)}


class HomePage(Framed, Page):
    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        newest = list(listed()[:12])
        blocks = [(category, category.articles()[:6]) for category in Category.objects.filter(on_front=True)]
        return {**context, "lead": newest[0], "secondary": newest[1:4], "newest": newest[4:], "blocks": blocks}


class ArticleIndexPage(Framed, RoutablePageMixin, Page):
    @path("")
    def everything(self, request):
        return self.render(request, context_overrides={"page_of": self.paged(request, listed())})

    @path("category/<slug:slug>/")
    def of_category(self, request, slug):
        category = get_object_or_404(Category, slug=slug)
        context = {"category": category, "page_of": self.paged(request, category.articles())}
        return self.render(request, context_overrides=context)

    def paged(self, request, rows):
        return Paginator(rows, 20).get_page(request.GET.get("page"))


class ArticleTag(TaggedItemBase):
    content_object = ParentalKey("ArticlePage", on_delete=models.CASCADE, related_name="tagged_items")


class ArticlePage(Framed, Page):
    date = models.DateTimeField(db_index=True)
    category = models.ForeignKey(Category, models.PROTECT)
    author = models.CharField(max_length=100)
    summary = models.TextField(blank=True)
    body = RichTextField()
    tags = ClusterTaggableManager(through=ArticleTag, blank=True)

    search_fields = [*Page.search_fields, index.SearchField("summary"), index.SearchField("body")]

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        tags = list(self.tags.all())
        related = listed().filter(tags__in=tags).exclude(pk=self.pk).distinct()[:3]
        newer = ArticlePage.objects.live().filter(date__gt=self.date).order_by("date").first()
        older = ArticlePage.objects.live().filter(date__lt=self.date).order_by("-date").first()
        return {**context, "tags": tags, "related": related, "newer": newer, "older": older}
