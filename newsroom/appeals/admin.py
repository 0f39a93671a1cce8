from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from articles.admin.editor import BodyEditorMixin
from newsroom.appeals.models import Appeal, Channel, DonationClicks, DonationLink


@admin.register(Channel)
class ChannelAdmin(admin.ModelAdmin):
    list_display = ("name", "url")
    search_fields = ("name",)
    autocomplete_fields = ("picture",)


class DonationLinkInline(admin.TabularInline):
    model = DonationLink
    extra = 1
    fields = ("position", "provider", "label", "url")


@admin.register(Appeal)
class AppealAdmin(BodyEditorMixin, admin.ModelAdmin):
    list_display = ("title", "channel", "language", "is_published", "is_featured", "starts_at", "ends_at")
    list_filter = ("language", "is_published", "is_featured")
    list_select_related = ("channel",)
    search_fields = ("title", "excerpt")
    autocomplete_fields = ("channel", "picture", "categories")
    inlines = (DonationLinkInline,)

    def view_on_site(self, obj):
        return obj.get_absolute_url() if obj.is_published else None


@admin.register(DonationClicks)
class DonationClicksAdmin(admin.ModelAdmin):
    list_display = ("link", "appeal", "day", "clicks")
    list_select_related = ("link__appeal",)
    date_hierarchy = None

    @admin.display(description=_("appeal"))
    def appeal(self, row):
        return row.link.appeal

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
