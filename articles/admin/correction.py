from django import forms
from django.conf import settings
from django.contrib import admin
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from articles import workflow
from articles.admin.at_once import AtOnceInline, AtOnceMixin
from articles.admin.lists import BoundedList
from articles.models import Article, Correction


def with_zone(db_field, field):
    """The form's field, saying of a moment in which zone it is typed."""
    if field and db_field.name == "published_at":
        field.help_text = _("Time zone: %s. A time to come keeps it from readers until then.") % settings.TIME_ZONE
    return field


class CorrectionForm(forms.ModelForm):
    class Meta:
        model = Correction
        fields = ("kind", "text", "published_at")

    def has_changed(self):
        """A row that stands ready says a time already; it is one once it says anything else."""
        if self.instance.pk:
            return super().has_changed()
        return bool({"kind", "text"} & set(self.changed_data))


class CorrectionInline(AtOnceInline, admin.StackedInline):
    """The corrections of a story on its own form."""

    model = Correction
    form = CorrectionForm

    def get_extra(self, request, obj=None, **kwargs):
        """A row stands ready on what readers know, so that no script is needed to write one."""
        return 1 if obj and obj.state == Article.State.PUBLISHED else 0

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        return with_zone(db_field, super().formfield_for_dbfield(db_field, request, **kwargs))


@admin.register(Correction)
class CorrectionAdmin(AtOnceMixin, BoundedList):
    """What readers are told of a mistake: dated and typed, shown on the article and on the page of corrections."""

    list_display = ("excerpt", "kind", "article", "published_at")
    list_filter = ("kind", "published_at")
    list_select_related = ("article",)
    search_fields = ("text", "article__headline")
    autocomplete_fields = ("article",)
    fields = ("article", "kind", "text", "published_at")
    stands_with = "article"

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        return with_zone(db_field, super().formfield_for_dbfield(db_field, request, **kwargs))

    def get_readonly_fields(self, request, obj=None):
        # It is of that story for good: readers and feeds know its address there.
        return (*super().get_readonly_fields(request, obj), *(("article",) if obj else ()))

    @admin.display(description=_("text"))
    def excerpt(self, correction):
        return Truncator(" ".join(correction.text.split())).chars(100)

    def get_queryset(self, request):
        return super().get_queryset(request).filter(article__in=self._articles(request))

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "article":
            kwargs["queryset"] = self._articles(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_change_permission(self, request, obj=None):
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or workflow.may_change(obj.article, request.user))

    def has_delete_permission(self, request, obj=None):
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or workflow.may_change(obj.article, request.user))

    def view_on_site(self, obj):
        return obj.get_absolute_url() if obj.article.is_public else None

    def _articles(self, request):
        """Those that this person may open at the desk."""
        return self.admin_site.get_model_admin(Article).get_queryset(request)
