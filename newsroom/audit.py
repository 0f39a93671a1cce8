"""Who did what and when, over all objects: Django's log at the desk, read and exported there and changed by nobody.

Everything that changes something at the desk writes to it: forms, the workflow's verbs and the moderators' decisions.
"""

from datetime import timedelta

from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from articles.admin.lists import BoundedList
from articles.archive import start_of
from articles.spreadsheets import csv_answer

#: Rows of one export; who needs older ones narrows it by date.
MOST = 50_000
ACTIONS = {
    ADDITION: gettext_lazy("added"),
    CHANGE: gettext_lazy("changed"),
    DELETION: gettext_lazy("deleted"),
}


class PersonFilter(admin.SimpleListFilter):
    title = gettext_lazy("person")
    parameter_name = "person"

    def lookups(self, request, model_admin):
        names = User.objects.filter(is_staff=True).order_by("username").values_list("pk", "username")
        return [(str(pk), name) for pk, name in names[:200]]

    def queryset(self, request, queryset):
        value = self.value()
        if not value:
            return queryset
        return queryset.filter(user_id=value) if value.isdecimal() and len(value) < 10 else queryset.none()


class KindFilter(admin.SimpleListFilter):
    """The kinds of things that the desk knows."""

    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request, model_admin):
        kinds = {model._meta.label_lower: str(model._meta.verbose_name) for model in model_admin.admin_site._registry}
        kinds.pop("admin.logentry")
        return sorted(kinds.items(), key=lambda row: row[1])

    def queryset(self, request, queryset):
        if not (value := self.value()):
            return queryset
        app, _dot, model = value.partition(".")
        return queryset.filter(content_type__app_label=app, content_type__model=model)


class DateFilter(admin.SimpleListFilter):
    title = gettext_lazy("date")
    parameter_name = "since"

    def lookups(self, request, model_admin):
        today = timezone.localdate()
        days = {0: _("Today"), 6: _("Seven days"), 29: _("Thirty days"), 364: _("One year")}
        return [((today - timedelta(days=back)).isoformat(), words) for back, words in days.items()]

    def queryset(self, request, queryset):
        if not (value := self.value()):
            return queryset
        try:
            day = parse_date(value)
            return queryset.filter(action_time__gte=start_of(day)) if day else queryset.none()
        except (ValueError, OverflowError):
            return queryset.none()


class UntilFilter(admin.SimpleListFilter):
    """Takes a day from the address, such as until=2026-06-14; in the list it shows only while it is set."""

    title = gettext_lazy("until")
    parameter_name = "until"

    def lookups(self, request, model_admin):
        value = request.GET.get(self.parameter_name)
        return [(value, value)] if value else []

    def queryset(self, request, queryset):
        if not (value := self.value()):
            return queryset
        try:
            day = parse_date(value)
            return queryset.filter(action_time__lt=start_of(day + timedelta(days=1))) if day else queryset.none()
        except (ValueError, OverflowError):
            return queryset.none()


@admin.register(LogEntry)
class AuditAdmin(BoundedList):
    list_display = ("action_time", "user", "action", "kind", "thing", "message")
    list_display_links = None
    list_filter = (PersonFilter, KindFilter, "action_flag", DateFilter, UntilFilter)
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "change_message", "=object_id")
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-pk",)  # by time as well, and without an index of its own
    sortable_by = ()
    actions = None
    change_list_template = "admin/admin/logentry/change_list.html"

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=gettext_lazy("action"))
    def action(self, entry):
        return ACTIONS.get(entry.action_flag, "–")

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, entry):
        return entry.content_type.name if entry.content_type else "–"

    @admin.display(description=gettext_lazy("object"))
    def thing(self, entry):
        """What it was called then, leading to all that was done with it."""
        if not entry.content_type or not entry.object_id:
            return format_html("<bdi>{}</bdi>", entry.object_repr)
        filters = {"q": entry.object_id, "kind": f"{entry.content_type.app_label}.{entry.content_type.model}"}
        address = f"{reverse('admin:admin_logentry_changelist')}?{urlencode(filters)}"
        return format_html('<a href="{}"><bdi>{}</bdi></a>', address, entry.object_repr)

    @admin.display(description=gettext_lazy("what"))
    def message(self, entry):
        return format_html('<span dir="auto">{}</span>', entry.get_change_message() or "–")

    def get_urls(self):
        export = self.admin_site.admin_view(require_safe(self.export))
        return [path("export/", export, name="admin_logentry_export"), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        export = reverse("admin:admin_logentry_export") + query
        return super().changelist_view(request, {"export": export} | (extra_context or {}))

    def export(self, request):
        """What the list shows with the same filters, all pages of it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            entries = self.get_changelist_instance(request).get_queryset(request)[:MOST]
        except IncorrectLookupParameters as error:
            raise BadRequest("No such filter.") from error
        heading = [_("When"), _("Person"), _("Action"), _("Kind"), _("Number"), _("Object"), _("What")]
        return csv_answer("log", heading, (self._row(entry) for entry in entries.iterator(chunk_size=2000)))

    def _row(self, entry):
        when = timezone.localtime(entry.action_time).isoformat(timespec="seconds")
        what = (self.action(entry), self.kind(entry), entry.object_id, entry.object_repr, entry.get_change_message())
        return (when, entry.user.get_username(), *what)
