from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_safe

from articles.admin.at_once import AtOnceInline, AtOnceMixin
from articles.admin.direction import DirectedFields
from articles.admin.editor import BodyEditorMixin
from articles.admin.lists import WithoutScripts
from articles.templatetags.articles import moment
from newsroom.appeals.models import Appeal, Channel, DonationClicks, DonationLink
from newsroom.appeals.numbers_page import numbers_page
from newsroom.appeals.views import render_appeal


@admin.register(Channel)
class ChannelAdmin(WithoutScripts, AtOnceMixin, DirectedFields, admin.ModelAdmin):
    list_display = ("name", "url")
    search_fields = ("name",)
    autocomplete_fields = ("picture",)


class DonationLinkForm(forms.ModelForm):
    def save(self, commit=True):
        if "url" in self.changed_data:  # another address, of which nothing is known yet
            self.instance.state, self.instance.finding = "", ""
            self.instance.misses, self.instance.checked_at = 0, None
        return super().save(commit)


class DonationLinkInline(AtOnceInline, DirectedFields, admin.TabularInline):
    model = DonationLink
    form = DonationLinkForm
    extra = 1
    fields = ("position", "provider", "label", "url", "found")
    readonly_fields = ("found",)

    @admin.display(description=gettext_lazy("last check"))
    def found(self, link):
        if not link.checked_at:
            return "–"
        return format_html('{} · <bdi dir="auto">{}</bdi>', moment(link.checked_at), link.finding_words)


class AppealForm(forms.ModelForm):
    def clean(self):
        data = super().clean()
        language = data.get("language") or self.instance.language
        wrong = [category.name for category in data.get("categories") or [] if category.language != language]
        if wrong:
            self.add_error("categories", _("Of another edition: %s.") % ", ".join(wrong))
        return data


class CareFilter(admin.SimpleListFilter):
    """What the desk's start page counts."""

    title = gettext_lazy("needs care")
    parameter_name = "care"

    def lookups(self, request, model_admin):
        return [
            ("links", _("Donation links in trouble")),
            ("sums", _("Old sums of appeals")),
            ("ended", _("Ended appeals")),
        ]

    def queryset(self, request, queryset):
        rows = {"links": Appeal.objects.troubled, "sums": Appeal.objects.outdated, "ended": Appeal.objects.undone}
        found = rows.get(self.value() or "")
        return queryset.filter(pk__in=found().values("pk")) if found else queryset


@admin.register(Appeal)
class AppealAdmin(WithoutScripts, AtOnceMixin, BodyEditorMixin, DirectedFields, admin.ModelAdmin):
    form = AppealForm
    list_display = ("title", "channel", "language", "is_published", "is_featured", "starts_at", "ends_at")
    list_filter = (CareFilter, "language", "is_published", "is_featured")
    list_select_related = ("channel",)
    search_fields = ("title", "excerpt")
    autocomplete_fields = ("channel", "picture", "categories")
    inlines = (DonationLinkInline,)
    fields = (
        *("language", "channel", "title", "slug", "excerpt", "body", "picture"),
        *("is_published", "starts_at", "ends_at", "thank_you", "is_featured", "position", "categories"),
        *("goal", "raised", "currency", "as_of", "supporters"),
    )
    change_form_template = "admin/appeals/appeal/change_form.html"
    change_list_template = "admin/appeals/appeal/change_list.html"

    def view_on_site(self, obj):
        return obj.get_absolute_url() if obj.is_published else None

    def get_urls(self):
        preview = self.admin_site.admin_view(require_safe(self.preview))
        shown = self.admin_site.admin_view(require_safe(self.numbers))
        own = [
            path("<int:pk>/preview/", preview, name="appeals_preview"),
            path("numbers/", shown, name="appeals_numbers"),
            path("<int:pk>/numbers/", shown, name="appeals_numbers_of"),
        ]
        return [*own, *super().get_urls()]

    def numbers(self, request, pk=None):
        """How often appeals, or one of them, were shown and followed."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        appeal = get_object_or_404(self.get_queryset(request), pk=pk) if pk else None
        return numbers_page(request, appeal, self.admin_site)

    def preview(self, request, pk):
        """What is saved, as readers will see it."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        appeal = get_object_or_404(self.get_queryset(request).cards().defer(None), pk=pk)
        with override(appeal.language):
            return render_appeal(request, appeal, is_preview=True)


@admin.register(DonationClicks)
class DonationClicksAdmin(admin.ModelAdmin):
    list_display = ("donation_link", "appeal", "day", "clicks")
    fields = ("donation_link", "day", "clicks")
    list_select_related = ("link__appeal",)
    date_hierarchy = None

    @admin.display(description=gettext_lazy("appeal"))
    def appeal(self, row):
        return row.link.appeal

    @admin.display(description=gettext_lazy("donation link"), ordering="link")
    def donation_link(self, row):
        return row.link

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
