from django.contrib import admin

from articles import listing
from articles.models import Author, AuthorName, Category, Edition, Tag


@admin.register(Edition)
class EditionAdmin(admin.ModelAdmin):
    list_display = ("name", "language", "tagline")


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ("name", "parent", "language", "position", "on_front")
    list_filter = ("language", "on_front")
    list_select_related = ("parent",)
    search_fields = ("name", "slug")
    autocomplete_fields = ("parent",)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change and "parent" in form.changed_data:
            listing.refresh_category(obj)


class AuthorNameInline(admin.StackedInline):
    model = AuthorName
    extra = 0


@admin.register(Author)
class AuthorAdmin(admin.ModelAdmin):
    list_display = ("name", "role", "is_guest")
    list_filter = ("is_guest",)
    search_fields = ("name", "slug")
    raw_id_fields = ("user",)
    inlines = (AuthorNameInline,)


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):
    list_display = ("name", "slug")
    search_fields = ("name", "slug")
