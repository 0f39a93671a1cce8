from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_POST, require_safe

from articles import listing, scope, versions, workflow
from articles.admin.editor import BodyEditorMixin
from articles.admin.image import ImageChoiceMixin, thumbnail
from articles.admin.lists import BoundedList
from articles.admin.versions import VersionsMixin
from articles.models import Article, Byline, Category, Correction, Rating
from articles.views.articles import render_article

VERB_LABELS = {
    "submit": gettext_lazy("Submit for review"),
    "approve": gettext_lazy("Approve"),
    "publish": gettext_lazy("Publish"),
    "schedule": gettext_lazy("Schedule"),
    "send_back": gettext_lazy("Send back"),
    "withdraw": gettext_lazy("Withdraw"),
    "restore": gettext_lazy("Make a draft again"),
    "trash": gettext_lazy("Move to the trash"),
    "untrash": gettext_lazy("Take out of the trash"),
}


class ArticleForm(forms.ModelForm):
    version_of = forms.ModelChoiceField(
        Article.objects.none(),
        required=False,
        label=gettext_lazy("Version of"),
        help_text=gettext_lazy("The same story in another edition."),
        widget=AutocompleteSelect(Article._meta.get_field("related"), admin.site),
    )

    class Meta:
        model = Article
        fields = "__all__"  # noqa: DJ007  (the fieldsets of the admin choose)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "version_of" in self.fields:
            self.fields["version_of"].queryset = Article.objects.exclude(pk=self.instance.pk)

    def clean(self):
        data = super().clean()
        language = data.get("language") or self.instance.language
        other = data.get("version_of")
        if other:
            taken = Article.objects.filter(version_group=other.version_group, language=language)
            if taken.exclude(pk=self.instance.pk).exists():
                self.add_error("version_of", _("That story has a version in this language already."))
        wrong = [category.name for category in data.get("categories") or [] if category.language != language]
        if wrong:
            self.add_error("categories", _("Of another edition: %s.") % ", ".join(wrong))
        return data

    def save(self, commit=True):
        if other := self.cleaned_data.get("version_of"):
            self.instance.version_group = other.version_group
        return super().save(commit)


class BylineInline(admin.TabularInline):
    model = Byline
    autocomplete_fields = ("author",)
    fields = ("position", "author", "alias")
    extra = 1
    verbose_name = gettext_lazy("author")


class CorrectionInline(admin.StackedInline):
    model = Correction
    extra = 0


class WaitingFilter(admin.SimpleListFilter):
    title = gettext_lazy("waiting for me")
    parameter_name = "waiting"

    def lookups(self, request, model_admin):
        return [("review", _("To review")), ("approved", _("To publish")), ("mine", _("My drafts"))]

    def queryset(self, request, queryset):
        if self.value() == "review":
            return queryset.filter(state=Article.State.IN_REVIEW)
        if self.value() == "approved":
            return queryset.filter(state=Article.State.APPROVED)
        if self.value() == "mine":
            return queryset.filter(state=Article.State.DRAFT, created_by=request.user)
        return queryset


def _number_byline(article):
    """1, 2, 3 … in the order of the positions typed; of two the same, the one that was there first."""
    bylines = list(article.bylines.order_by("position", "pk"))
    for place, byline in enumerate(bylines, start=1):
        byline.position = place
    Byline.objects.bulk_update(bylines, ["position"])


def _hides_trash(request):
    """Whether the request is for a list or a choice of articles that does not ask for the trash."""
    names = {"articles_article_changelist", "autocomplete"}
    return request.resolver_match.url_name in names and "state__exact" not in request.GET


def _bulk(verb):
    def action(modeladmin, request, queryset):
        done = 0
        for article in queryset.order_by("pk"):
            try:
                workflow.VERBS[verb].do(article, by=request.user)
                done += 1
            except ValidationError as error:
                modeladmin.message_user(request, " ".join(error.messages), messages.ERROR)
        modeladmin.message_user(request, _("%(verb)s: %(count)d done.") % {"verb": VERB_LABELS[verb], "count": done})

    action.__name__ = verb
    return admin.action(description=VERB_LABELS[verb])(action)


@admin.register(Article)
class ArticleAdmin(VersionsMixin, BodyEditorMixin, ImageChoiceMixin, BoundedList, admin.ModelAdmin):
    form = ArticleForm
    list_display = ("headline", "status", "language", "category", "publish_at", "comments_open")
    list_filter = (WaitingFilter, "state", "language", "category")
    list_select_related = ("category",)
    search_fields = ("headline", "subtitle")
    autocomplete_fields = ("category", "categories", "related", "lead_image")
    readonly_fields = ("status", "picture")
    inlines = (BylineInline, CorrectionInline)
    actions = [_bulk(verb) for verb in ("submit", "approve", "publish", "withdraw", "trash", "untrash")]
    change_form_template = "admin/articles/article/change_form.html"
    fieldsets = (
        (None, {"fields": ("status", "language", "headline", "subtitle", "summary", "body")}),
        (gettext_lazy("Picture"), {"fields": ("lead_image", "picture", "lead_caption")}),
        (gettext_lazy("Where it belongs"), {"fields": ("category", "categories", "tags", "related", "version_of")}),
        (gettext_lazy("When"), {"fields": ("publish_at", "expire_at", "updated_at")}),
        (gettext_lazy("Source"), {"fields": ("source_name", "source_url", "canonical_is_source")}),
        (gettext_lazy("Front page"), {"fields": ("featured_slot", "featured_until")}),
        (gettext_lazy("Switches"), {"fields": ("comments_open", "ratings_open", "noindex", "slug")}),
        (gettext_lazy("Comments"), {"fields": Article.COMMENT_RULES, "classes": ("collapse",)}),
    )

    @admin.display(description=gettext_lazy("state"))
    def status(self, article):
        return article.get_status_display() if article.pk else _("new")

    @admin.display(description=gettext_lazy("as saved"))
    def picture(self, article):
        if not article.lead_image_id:
            return _("No picture yet.")
        address, words = thumbnail(article.lead_image), article.lead_image.alternative_text
        return format_html('<img src="{}" alt="{}" class="preview">', address, words)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name in {"publish_at", "expire_at", "updated_at", "featured_until"}:
            zone = _("Time zone: %s.") % settings.TIME_ZONE
            field.help_text = f"{field.help_text} {zone}".strip()
        return field

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        limits = scope.categories_of(request.user) if db_field.name == "category" else None
        if limits is not None:
            kwargs |= {"queryset": Category.objects.filter(pk__in=limits), "required": True}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        if not request.user.has_perm("articles.change_any_article") and not request.user.has_perm(
            "comments.moderate_comment"
        ):
            rows = rows.filter(created_by=request.user)
        if _hides_trash(request):
            rows = rows.exclude(state=Article.State.TRASHED)
        return rows.filter(scope.articles_of(request.user))

    def has_change_permission(self, request, obj=None):
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or workflow.may_change(obj, request.user))

    def has_delete_permission(self, request, obj=None):
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or obj.state == Article.State.TRASHED)

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # one by one, where the state is looked at
        return actions

    def save_model(self, request, obj, form, change):
        if change:
            versions.record(obj)  # what was changed around the desk stays a version of its own
        else:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        _number_byline(form.instance)
        listing.refresh(form.instance)
        revision = versions.record(form.instance, by=request.user)
        if form.instance.is_public:
            versions.mark_published(revision, timezone.now())

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        verbs = workflow.may(obj, request.user) if obj else []
        context |= {"verbs": [(verb, VERB_LABELS[verb]) for verb in verbs], "time_zone": settings.TIME_ZONE}
        context["may_schedule"] = "schedule" in verbs
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def view_on_site(self, obj):
        return obj.get_absolute_url() if obj.is_public else None

    def get_urls(self):
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/verb/<slug:verb>/", wrap(require_POST(self.do)), name="articles_verb"),
            path("<int:pk>/preview/", wrap(require_safe(self.preview)), name="articles_preview"),
        ]
        return [*own, *super().get_urls()]

    def preview(self, request, pk):
        """What is saved, as readers will see it."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        article = get_object_or_404(self.get_queryset(request).page(), pk=pk)
        with override(article.language):
            return HttpResponse(render_article(request, article, is_preview=True))

    def do(self, request, pk, verb):
        """One of the workflow's verbs on one article, from a button of the change form."""
        if verb not in workflow.VERBS or not self.has_view_or_change_permission(request):
            raise PermissionDenied
        article = get_object_or_404(self.get_queryset(request), pk=pk)
        options = {"note": request.POST.get("note", "")[:300]}
        try:
            if verb == "schedule" and request.POST.get("at"):
                options["at"] = forms.DateTimeField().clean(request.POST["at"])
            workflow.VERBS[verb].do(article, by=request.user, **options)
            status = article.get_status_display()
            text = _("“%(headline)s” is now %(status)s.") % {"headline": article.headline, "status": status}
            if article.is_public:
                text = format_html('{} <a href="{}">{}</a>', text, article.get_absolute_url(), _("See it on the site"))
            self.message_user(request, text)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[pk]))


@admin.register(Rating)
class RatingAdmin(BoundedList, admin.ModelAdmin):
    list_display = ("article", "stars", "is_held", "created_at")
    list_filter = ("is_held", "stars")
    list_select_related = ("article",)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
