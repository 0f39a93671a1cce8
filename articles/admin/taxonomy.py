"""Editions, categories, authors and tags on the desk: the tree moved, one thing merged into another."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles import listing, scope, subjects
from articles.admin.at_once import AtOnceInline, AtOnceMixin
from articles.admin.direction import DirectedFields
from articles.admin.lists import BoundedList
from articles.history import Shown
from articles.models import Article, Author, AuthorName, Category, Edition, Tag, TaggedArticle, TagSynonym, folded
from articles.taxonomy import tree_of


class RulesLastMixin:
    """The thing itself stands first in its form, then how it may be commented on."""

    def get_fieldsets(self, request, obj=None):
        names = self.get_fields(request, obj)
        own, rules = ([name for name in names if (name in Article.COMMENT_RULES) is last] for last in (False, True))
        return [(None, {"fields": own}), (gettext_lazy("Comments"), {"fields": rules})]


@admin.register(Edition)
class EditionAdmin(RulesLastMixin, AtOnceMixin, DirectedFields, admin.ModelAdmin):
    list_display = ("name", "language", "tagline")


class GoneCategoryForm(forms.Form):
    """Where everything of a category goes that is to end; needless for an empty one."""

    into = forms.ModelChoiceField(
        Category.objects.none(),
        label=gettext_lazy("Move everything to"),
        help_text=gettext_lazy("Articles, categories below it, accounts limited to it and its address."),
        required=False,
    )

    def __init__(self, gone, limits, *args, **kwargs):
        super().__init__(*args, **kwargs)
        others = Category.objects.filter(language=gone.language).exclude(pk=gone.pk)
        self.fields["into"].queryset = others if limits is None else others.filter(pk__in=limits)
        self.fields["into"].initial = gone.parent_id


@admin.register(Category)
class CategoryAdmin(RulesLastMixin, AtOnceMixin, BoundedList):
    list_display = ("name", "parent", "language", "position", "on_front")
    list_filter = ("language", "on_front")
    list_select_related = ("parent",)
    search_fields = ("name", "slug")
    autocomplete_fields = ("parent",)
    change_list_template = "admin/articles/category/change_list.html"

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self._within(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self._within(request, obj)

    def has_add_permission(self, request):
        """A person who is limited to categories makes none: it would lie beside them."""
        return super().has_add_permission(request) and scope.categories_of(request.user) is None

    def _within(self, request, obj) -> bool:
        limits = scope.categories_of(request.user)
        return obj is None or limits is None or obj.pk in limits

    def get_readonly_fields(self, request, obj=None):
        # Below another category it would be within other people's limits; the tree's page looks at these.
        limited = scope.categories_of(request.user) is not None
        return (*super().get_readonly_fields(request, obj), *(("parent", "language") if limited else ()))

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # one by one: each asks where its articles go
        return actions

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change and "parent" in form.changed_data:
            listing.refresh_category(obj)

    def get_urls(self):
        return [
            path("tree/", self.admin_site.admin_view(self.tree), name="articles_category_tree"),
            *super().get_urls(),
        ]

    def delete_view(self, request, object_id, extra_context=None):
        """Ask where everything of the category goes, then end it; every old address leads there."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_delete_permission(request, obj):
            raise PermissionDenied
        form = GoneCategoryForm(obj, scope.categories_of(request.user), request.POST or None)
        if request.method == "POST" and form.is_valid():
            into, name = form.cleaned_data["into"], str(obj)
            try:
                moved = subjects.merge_category(obj, into, by=request.user)
            except ValidationError as error:
                form.add_error("into", error)
            else:
                said = _("“%(name)s” is gone; it was empty.") % {"name": name}
                if into:
                    said = ngettext(
                        "“%(name)s” is merged into “%(into)s”, with %(count)d article.",
                        "“%(name)s” is merged into “%(into)s”, with %(count)d articles.",
                        moved,
                    ) % {"name": name, "into": into, "count": moved}
                self.message_user(request, said, messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:articles_category_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Delete “%(name)s”, or merge it into another category") % {"name": obj},
            "opts": self.opts,
            "original": obj,
            "form": form,
            "articles": Article.objects.filter(Q(category=obj) | Q(categories=obj)).distinct().count(),
            "children": obj.children.count(),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/articles/category/delete.html", context)

    def tree(self, request):
        """The tree of an edition, moved by drag with a script, by typing parents and positions without."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        languages = list(Category.objects.order_by("language").values_list("language", flat=True).distinct())
        first = [code for code in languages if code == settings.LANGUAGE_CODE] or languages or [""]
        language = request.GET.get("language") or first[0]
        if languages and language not in languages:
            raise Http404("No such edition.")
        found = tree_of(language)
        rows = [{"depth": depth, "category": category} for depth, category in found.flat()]
        slugs = {row["category"].pk: row["category"].slug for row in rows}
        for row in rows:
            row["parent"] = slugs.get(row["category"].parent_id, "")
            row["position"] = row["category"].position
        errors: list[str] = []
        if request.method == "POST":
            errors = self._arrange(request, language, rows, {slug: pk for pk, slug in slugs.items()})
            if not errors:
                return HttpResponseRedirect(f"{request.path}?{urlencode({'language': language})}")
        context = {
            **self.admin_site.each_context(request),
            "title": _("The tree of categories"),
            "opts": self.opts,
            "rows": rows,
            "language": language,
            "languages": [(code, dict(settings.LANGUAGES).get(code, code)) for code in languages],
            "errors": errors,
            "seen": str(Shown(subjects.arrangement(found.by_pk.values()))),
        }
        return TemplateResponse(request, "admin/articles/category/tree.html", context)

    def _arrange(self, request, language, rows, numbers) -> list[str]:
        """Move what the form moved; the faults where there are any, with what was typed kept in `rows`."""
        places, errors = {}, []
        for row in rows:
            category = row["category"]
            parent = request.POST.get(f"parent-{category.pk}")
            position = request.POST.get(f"position-{category.pk}", "")
            if parent is None:
                continue  # not on the page that was sent
            row["parent"], row["position"] = parent.strip(), position.strip()
            if row["parent"] and row["parent"] not in numbers:
                errors.append(
                    _("“%(name)s”: there is no category “%(slug)s”.") % {"name": category, "slug": row["parent"]}
                )
            elif not (row["position"].isascii() and row["position"].isdigit() and int(row["position"]) < 32_768):
                errors.append(_("“%(name)s”: the position is a number from 0 to 32,767.") % {"name": category})
            else:
                places[category.pk] = (numbers.get(row["parent"]), int(row["position"]))
        if errors:
            return errors
        try:
            changed = subjects.arrange(language, places, by=request.user, seen=Shown.read(request.POST.get("seen", "")))
        except ValidationError as error:
            return error.messages
        if changed:
            said = ngettext("%(count)d category was moved.", "%(count)d categories were moved.", len(changed))
            self.message_user(request, said % {"count": len(changed)}, messages.SUCCESS)
        return []


class AuthorNameInline(AtOnceInline, DirectedFields, admin.StackedInline):
    model = AuthorName
    extra = 0


@admin.register(Author)
class AuthorAdmin(AtOnceMixin, DirectedFields, admin.ModelAdmin):
    list_display = ("name", "role", "is_guest")
    list_filter = ("is_guest",)
    search_fields = ("name", "slug")
    raw_id_fields = ("user",)
    inlines = (AuthorNameInline,)


class TagForm(forms.ModelForm):
    class Meta:
        model = Tag
        fields = ("name", "slug")

    def clean_name(self):
        name = self.cleaned_data["name"].strip()
        others = Tag.objects.exclude(pk=self.instance.pk)
        if other := others.filter(name__iexact=name).first():
            raise ValidationError(_("“%(name)s” is a tag already: merge the two instead.") % {"name": other.name})
        synonym = TagSynonym.objects.filter(key=folded(name)).exclude(tag=self.instance.pk).select_related("tag")
        if known := synonym.first():
            raise ValidationError(
                _("“%(name)s” is a synonym of “%(tag)s” already.") % {"name": known.name, "tag": known.tag}
            )
        return name


class SynonymInline(AtOnceInline, admin.TabularInline):
    model = TagSynonym
    fields = ("name",)
    extra = 1


class UnusedTags(admin.SimpleListFilter):
    title = gettext_lazy("use")
    parameter_name = "use"

    def lookups(self, request, model_admin):
        return [("none", _("Without articles"))]

    def queryset(self, request, queryset):
        return queryset.filter(tagged__isnull=True) if self.value() == "none" else queryset


class MergeTagsForm(forms.Form):
    """Which of the tags stays; the names of the others become its synonyms."""

    into = forms.ModelChoiceField(
        Tag.objects.none(), label=gettext_lazy("Keep"), widget=forms.RadioSelect, empty_label=None
    )

    def __init__(self, tags, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = tags


@admin.register(Tag)
class TagAdmin(AtOnceMixin, BoundedList):
    form = TagForm
    list_display = ("name", "slug", "article_count", "also_called")
    list_filter = (UnusedTags,)
    search_fields = ("name", "slug", "synonyms__name")
    inlines = (SynonymInline,)
    actions = ("merge",)
    MOST = 50

    def get_queryset(self, request):
        used = TaggedArticle.objects.filter(tag=OuterRef("pk")).order_by().values("tag")
        counted = Subquery(used.annotate(number=Count("pk")).values("number"))
        return super().get_queryset(request).annotate(article_count=Coalesce(counted, 0)).prefetch_related("synonyms")

    @admin.display(description=gettext_lazy("articles"), ordering="article_count")
    def article_count(self, tag):
        return tag.article_count

    @admin.display(description=gettext_lazy("synonyms"))
    def also_called(self, tag):
        return ", ".join(synonym.name for synonym in tag.synonyms.all())

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change and "name" in form.changed_data:
            subjects.rename_tag(obj, form.initial["name"])

    @admin.action(description=gettext_lazy("Merge the chosen tags"), permissions=["delete"])
    def merge(self, request, queryset):
        keys = ",".join(str(pk) for pk in queryset.order_by("pk").values_list("pk", flat=True)[: self.MOST + 1])
        return HttpResponseRedirect(f"{reverse('admin:articles_tag_merge')}?{urlencode({'tags': keys})}")

    def get_urls(self):
        own = path("merge/", self.admin_site.admin_view(self.merge_view), name="articles_tag_merge")
        return [own, *super().get_urls()]

    def merge_view(self, request):
        """Ask which of the chosen tags stays, then merge the others into it."""
        if not self.has_delete_permission(request) or not self.has_change_permission(request):
            raise PermissionDenied
        keys = [key for key in request.GET.get("tags", "").split(",") if key.isascii() and key.isdigit()]
        tags = self.get_queryset(request).filter(pk__in=[int(key) for key in keys if len(key) < 19]).order_by("name")
        found = list(tags[: self.MOST + 1])
        if not 2 <= len(found) <= self.MOST:
            said = _("Choose between two and %(count)d tags to merge.") % {"count": self.MOST}
            self.message_user(request, said, messages.ERROR)
            return HttpResponseRedirect(reverse("admin:articles_tag_changelist"))
        form = MergeTagsForm(
            tags, request.POST or None, initial={"into": max(found, key=lambda tag: tag.article_count)}
        )
        if request.method == "POST" and form.is_valid():
            into = get_object_or_404(Tag, pk=form.cleaned_data["into"].pk)
            number = subjects.merge_tags(into, found, by=request.user)
            said = ngettext(
                "“%(name)s” has taken in the others, with %(count)d article.",
                "“%(name)s” has taken in the others, with %(count)d articles.",
                number,
            )
            self.message_user(request, said % {"name": into, "count": number}, messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:articles_tag_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Merge tags"),
            "opts": self.opts,
            "form": form,
            "tags": found,
        }
        return TemplateResponse(request, "admin/articles/tag/merge.html", context)
