import uuid

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.db.models import DateTimeField, Max
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_POST, require_safe

from articles import clock, scope, search, trash, versions, workflow
from articles.admin import two_at_once
from articles.admin.correction import CorrectionInline
from articles.admin.direction import DirectedFields
from articles.admin.drafts import DraftsMixin
from articles.admin.editor import BodyEditorMixin
from articles.admin.front import FrontPageMixin
from articles.admin.image import ImageChoiceMixin, thumbnail
from articles.admin.list_edit import ListEditMixin
from articles.admin.lists import BoundedList, NumberedSelect, WithoutScripts
from articles.admin.typed import TypedMixin
from articles.admin.versions import LOST_PICTURE, VersionsMixin
from articles.models import Article, ArticleRevision, Byline, Category, Presence, Rating, Tag
from articles.views.articles import render_article

VERB_LABELS = {
    "submit": gettext_lazy("Submit for review"),
    "approve": gettext_lazy("Approve"),
    "publish": gettext_lazy("Publish"),
    "schedule": gettext_lazy("Schedule"),
    "publish_changes": gettext_lazy("Publish the changes"),
    "schedule_changes": gettext_lazy("Schedule the changes"),
    "drop_changes": gettext_lazy("Drop the changes"),
    "send_back": gettext_lazy("Send back"),
    "withdraw": gettext_lazy("Withdraw"),
    "restore": gettext_lazy("Make a draft again"),
    "trash": gettext_lazy("Move to the trash"),
    "untrash": gettext_lazy("Take out of the trash"),
}


def _number_of(shown):
    """The version that a form with this text starts from: of a text kept by itself, the one that it was typed over."""
    return shown.base.number if shown.kind == versions.Kind.AUTOSAVED and shown.base else shown.number


class ArticleForm(forms.ModelForm):
    #: The version that the form showed, by its number; where it has not been recorded yet, the number it will have.
    started_from = forms.IntegerField(label="", required=False, min_value=0, widget=forms.HiddenInput)
    #: Names the article to be, so that a form that is sent twice makes one.
    made_as = forms.UUIDField(label="", required=False, widget=forms.HiddenInput)
    version_of = forms.ModelChoiceField(
        Article.objects.none(),
        required=False,
        label=gettext_lazy("Version of"),
        help_text=gettext_lazy("The same story in another edition."),
        widget=NumberedSelect(Article._meta.get_field("related"), admin.site),
    )

    class Meta:
        model = Article
        fields = "__all__"  # noqa: DJ007  (the fieldsets of the admin choose)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "version_of" in self.fields:
            self.fields["version_of"].queryset = Article.objects.exclude(pk=self.instance.pk)
        for name in getattr(self.instance, "lost_pictures", []):
            if field := self.fields.get(name):
                note = format_html('<strong class="body-note">{}</strong>', LOST_PICTURE)
                field.help_text = format_html("{} {}", field.help_text, note)
        shown = getattr(self.instance, "shown_version", None)
        if self.instance.pk:
            self.initial["started_from"] = _number_of(shown) if shown else versions.next_number(self.instance)
        else:
            self.initial["made_as"] = self.instance.version_group
        if shown and shown.kind in {versions.Kind.PENDING, versions.Kind.AUTOSAVED}:
            self.initial |= {name: shown.content.get(name, []) for name in ("categories", "related")}
            self.initial["tags"] = [Tag(name=name) for name in shown.content.get("tags", [])]

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

    def words(self):
        """What the form says of the article, as a version has it; what it does not ask is as it was shown."""
        shown = getattr(self.instance, "shown_version", None)
        said = {**(shown.content if shown else versions.stored(self.instance)), **versions.plain(self.instance)}
        for name in ("categories", "related"):
            if name in self.cleaned_data:
                said[name] = sorted(row.pk for row in self.cleaned_data[name])
        if "tags" in self.cleaned_data:
            said["tags"] = sorted(set(self.cleaned_data["tags"]))
        return said

    def save(self, commit=True):
        if made_as := self.cleaned_data.get("made_as"):
            self.instance.version_group = made_as
        if other := self.cleaned_data.get("version_of"):
            self.instance.version_group = other.version_group
        return super().save(commit)


class BylineForm(forms.ModelForm):
    """A row without an author says nothing, so an author is taken out by emptying the field."""

    class Meta:
        model = Byline
        fields = ("position", "author", "alias")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "author" in self.fields:
            self.fields["author"].required = False


class BylineFormSet(forms.BaseInlineFormSet):
    """The byline as the shown version has it: rows without numbers, that the save writes with the other words."""

    def __init__(self, data=None, *args, instance=None, **kwargs):
        shown = getattr(instance, "shown_version", None)
        if shown:
            self.rows = shown.content.get("byline", [])
        elif instance and instance.pk:
            self.rows = list(instance.bylines.order_by("position", "pk").values("author", "alias"))
        else:
            self.rows = []
        super().__init__(data, *args, instance=instance, **{**kwargs, "queryset": Byline.objects.none()})

    def initial_form_count(self):
        return 0

    def total_form_count(self):
        return super().total_form_count() if self.is_bound else len(self.rows) + (self.max_num > 0)

    def _construct_form(self, i, **kwargs):
        if not self.is_bound and i < len(self.rows):
            row = {"author": self.rows[i]["author"], "alias": self.rows[i]["alias"], "position": i + 1}
            kwargs |= {"initial": row}
            form = super()._construct_form(i, **kwargs)
            form.instance.author_id, form.instance.alias = row["author"], row["alias"]
            form.instance.position = row["position"]
            return form
        return super()._construct_form(i, **kwargs)

    def words(self):
        """The rows in the order of the positions typed; None where the page did not ask for them."""
        if not self.total_form_count():
            return None
        rows = [
            form.cleaned_data
            for form in self.forms
            if form.cleaned_data.get("author") and not form.cleaned_data.get("DELETE")
        ]
        rows.sort(key=lambda row: row.get("position") or 0)
        return [{"author": row["author"].pk, "alias": row.get("alias") or ""} for row in rows]

    def save(self, commit=True):
        self.new_objects, self.changed_objects, self.deleted_objects = [], [], []
        return []


class BylineInline(WithoutScripts, DirectedFields, admin.TabularInline):
    model = Byline
    form = BylineForm
    formset = BylineFormSet
    autocomplete_fields = ("author",)
    fields = ("position", "author", "alias")
    extra = 1
    verbose_name = gettext_lazy("author")


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


def _hides_trash(request):
    """Whether the request is for a list or a choice of articles that does not ask for the trash."""
    names = {"articles_article_changelist", "autocomplete"}
    return request.resolver_match.url_name in names and "state__exact" not in request.GET


def _newest_version():
    return ArticleRevision.objects.aggregate(newest=Max("pk"))["newest"] or 0


class ArticleActionForm(ActionForm):
    """Carries the newest version that there was when the list was shown."""

    seen = forms.IntegerField(label="", required=False, min_value=0, initial=_newest_version, widget=forms.HiddenInput)


def _seen_at(request, article):
    """The article's newest version by the time that the list was shown; None where the page does not say."""
    seen = request.POST.get("seen", "")
    if not seen.isdecimal() or len(seen) > 18:
        return None
    return article.revisions.filter(pk__lte=int(seen)).aggregate(newest=Max("number"))["newest"] or 0


def _bulk(verb):
    def action(modeladmin, request, queryset):
        done = 0
        for article in queryset.order_by("pk"):
            try:
                if (seen := _seen_at(request, article)) is not None:
                    workflow.refuse_unseen(article, seen, request.user)
                workflow.VERBS[verb].do(article, by=request.user)
                done += 1
                two_at_once.say_who_is_there(modeladmin, request, article, is_one_of_many=True)
            except ValidationError as error:
                modeladmin.message_user(request, " ".join(error.messages), messages.ERROR)
        modeladmin.message_user(request, _("%(verb)s: %(count)d done.") % {"verb": VERB_LABELS[verb], "count": done})

    action.__name__ = verb
    return admin.action(description=VERB_LABELS[verb])(action)


@admin.register(Article)
class ArticleAdmin(
    TypedMixin,
    DraftsMixin,
    VersionsMixin,
    FrontPageMixin,
    ListEditMixin,
    BodyEditorMixin,
    ImageChoiceMixin,
    BoundedList,
):
    form = ArticleForm
    action_form = ArticleActionForm
    list_display = ("headline", "status", "language", "category", "publish_at", "comments_open")
    list_filter = (WaitingFilter, "state", "language", "category")
    list_select_related = ("category",)
    search_fields = ("headline", "subtitle")  # by name only: see get_search_results
    MOST_FOUND = 1_000
    autocomplete_fields = ("category", "categories", "related", "lead_image")
    readonly_fields = ("status", "picture")
    inlines = (BylineInline, CorrectionInline)
    actions = [_bulk(verb) for verb in ("submit", "approve", "publish", "withdraw", "trash", "untrash")]
    change_form_template = "admin/articles/article/change_form.html"
    fieldsets = (
        (
            None,
            {"fields": ("status", "language", "headline", "subtitle", "summary", "body", "started_from", "made_as")},
        ),
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
        if isinstance(db_field, DateTimeField):
            kwargs["form_class"] = clock.MomentField
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

    def get_search_results(self, request, queryset, search_term):
        """By the words that readers search, in whatever state the article is; the newest that match."""
        if not search_term:
            return queryset, False
        found = search.find(search.ask(search_term), facets=())
        newest = sorted(found, key=lambda match: match.place, reverse=True)[: self.MOST_FOUND]
        return queryset.filter(pk__in=[match.article for match in newest]), False

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

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        if not request.user.has_perm("articles.publish_article"):
            # What is in force at once is not for who writes changes that wait for approval.
            own = versions.SWITCHES if obj and workflow.waits(obj) else versions.PLACED
            fields = (*fields, *(name for name in own if name != "language"))
        # A published article does not move to another edition: readers know its address.
        return (*fields, "language") if obj and obj.state == Article.State.PUBLISHED else fields

    def get_object(self, request, object_id, from_field=None):
        """For the form, the article as the version that waits beside it has it, where there is one."""
        article = super().get_object(request, object_id, from_field)
        if article and request.resolver_match.url_name == "articles_article_change":
            self._as_shown(request, article, autosaved="autosaved" in request.GET)
        return article

    def save_model(self, request, obj, form, change):
        if not change:
            obj.created_by = request.user
            super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        for name, field in form.fields.items():
            if twice := getattr(field, "twice", ""):
                self.message_user(request, f"{versions.label(name).capitalize()}: {twice}", messages.WARNING)
        byline = next((formset.words() for formset in formsets if formset.model is Byline), None)
        if not change:
            super().save_related(request, form, formsets, change)
            versions.write(form.instance, {"byline": byline or []}, ["byline"])
            versions.record(form.instance, by=request.user)
            return
        for formset in formsets:
            self.save_formset(request, form, formset, change)
        if form.cleaned_data.get("version_of"):
            Article.objects.filter(pk=form.instance.pk).update(version_group=form.instance.version_group)
        mine = form.words()
        if byline is not None:
            mine["byline"] = byline
        request.saved = workflow.change(
            form.instance,
            mine,
            by=request.user,
            started_from=form.cleaned_data.get("started_from"),
            at_once="_at_once" in request.POST,
            **two_at_once.choices(request),
        )
        versions.drop_autosave(form.instance, by=request.user)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """As ever, but a form sent twice makes one article, and what clashes is shown to be chosen from."""
        if request.method == "POST" and object_id is None and (made := self._made(request)):
            return self.response_add(request, made)
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except workflow.Clashing as clash:
            return two_at_once.ask(self, request, clash)
        except IntegrityError:
            if object_id is None and (made := self._made(request)):
                return self.response_add(request, made)
            raise

    def _made(self, request):
        """The article that this form has made already."""
        try:
            made_as = uuid.UUID(request.POST.get("made_as", ""))
        except ValueError:
            return None
        return Article.objects.filter(version_group=made_as, created_by=request.user).first()

    def response_change(self, request, obj):
        saved = getattr(request, "saved", None)
        Presence.objects.touch(obj, request.user)
        two_at_once.say_who_is_there(self, request, obj)
        if saved and saved.taken:
            names = ", ".join(versions.label(name) for name in saved.taken)
            self.message_user(request, _("Merged with what others have saved meanwhile: %(names)s.") % {"names": names})
        if saved and saved.is_waiting:
            text = _("The changes wait as version %(number)s beside the published text, which readers keep.")
            self.message_user(request, text % {"number": saved.revision.number})
        return super().response_change(request, obj)

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        verbs = workflow.may(obj, request.user) if obj else []
        context |= {"verbs": [(verb, VERB_LABELS[verb]) for verb in verbs], "time_zone": settings.TIME_ZONE}
        context |= {"may_schedule": workflow.AT & set(verbs), "shown_version": getattr(obj, "shown_version", None)}
        context["kept_version"] = getattr(obj, "kept_version", None)
        context["trash_ends_at"] = trash.ends_at(obj) if obj and obj.state == Article.State.TRASHED else None
        context["may_write"] = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        context["is_to_be_placed"] = "publish" in verbs and obj.is_placed
        context["may_publish_at_once"] = bool(
            obj and workflow.waits(obj) and workflow.may_publish_at_once(obj, request.user)
        )
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
            if request.POST.get("seen", "").isdecimal():
                workflow.refuse_unseen(article, int(request.POST["seen"][:9]), request.user)
            if verb in workflow.AT and request.POST.get("at"):
                options["at"], twice = clock.read_field(request.POST["at"])
                if twice:
                    self.message_user(request, twice, messages.WARNING)
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
class RatingAdmin(BoundedList):
    list_display = ("article", "stars", "is_held", "created_at")
    list_filter = ("is_held", "stars")
    list_select_related = ("article",)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
