from django.contrib import admin

from articles.admin.at_once import AtOnceMixin
from articles.admin.direction import DirectedFields
from articles.admin.editor import BodyEditorMixin
from newsroom.pages.models import Page


@admin.register(Page)
class PageAdmin(AtOnceMixin, BodyEditorMixin, DirectedFields, admin.ModelAdmin):
    list_display = ("title", "language", "is_published", "in_menu", "position")
    list_filter = ("language", "is_published")
    search_fields = ("title",)
    fields = ("language", "title", "slug", "body", "is_published", "in_menu", "position")

    def view_on_site(self, obj):
        return obj.get_absolute_url() if obj.is_published else None
