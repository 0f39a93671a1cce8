"""Changelists that cost the same at any number of rows, and choices among many rows that need no script."""

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import SELECT2_TRANSLATIONS, AutocompleteSelect, AutocompleteSelectMultiple
from django.core.paginator import Paginator
from django.forms.utils import flatatt
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext as in_djangos_words

from articles.admin.direction import DirectedFields

SELECT2_TRANSLATIONS.setdefault("ur", "ur")  # static/admin/js/vendor/select2/i18n/ur.js


class BoundedPaginator(Paginator):
    """Counts up to MOST rows and no further; who looks for older ones filters or searches."""

    MOST = 10_000

    @cached_property
    def count(self):
        return self.object_list.order_by().values("pk")[: self.MOST].count()


BY_NUMBER = '{}<noscript> <label>{} <input name="{}" value="{}" inputmode="numeric" size="12"></label></noscript>'


class _Numbered:
    def optgroups(self, name, value, attr=None):
        """What no row can be numbered by is not asked for: a refused form is shown again with it."""
        return super().optgroups(name, [one for one in value if not one or is_number(str(one))], attr)


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


class Chosen:
    """What the rows of an inline have chosen in one of their fields, read for all of them together."""

    def __init__(self, rows):
        self.rows = rows

    @cached_property
    def by_number(self):
        return {str(row.pk): row for row in self.rows}


class NumberedSelect(_Numbered, AutocompleteSelect):
    """A search box that needs a script; without one, the row's number is typed beside it, and counts."""

    #: Shared by the widgets of all rows, where there are some.
    chosen = None

    def optgroups(self, name, value, attr=None):
        row = self.chosen.by_number.get(value[0]) if self.chosen and len(value) == 1 and value[0] else None
        if row is None:
            return super().optgroups(name, value, attr)
        options = [] if self.is_required else [self.create_option(name, "", "", False, 0)]
        label = self.choices.field.label_from_instance(row)
        return [(None, [*options, self.create_option(name, row.pk, label, {value[0]}, len(options))], 0)]

    def render(self, name, value, attrs=None, renderer=None):
        box = super().render(name, value, attrs, renderer)
        return format_html(BY_NUMBER, box, _("by its number"), name, "" if value is None else value)


class NumberedSelectMultiple(_Numbered, AutocompleteSelectMultiple):
    """The same for several rows: further numbers are typed, with commas between."""

    def render(self, name, value, attrs=None, renderer=None):
        box = super().render(name, value, attrs, renderer)
        return format_html(BY_NUMBER, box, _("further ones by their numbers"), name, "")

    def value_from_datadict(self, data, files, name):
        sent = super().value_from_datadict(data, files, name) or []
        parts = [part.strip() for value in sent for part in str(getattr(value, "pk", value)).split(",")]
        return [part if is_number(part) or not part.isdigit() else "0" for part in parts if part]


class WithoutScripts:
    """For ModelAdmins and inlines with `autocomplete_fields`."""

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if "widget" not in kwargs and db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = NumberedSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if "widget" not in kwargs and db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = NumberedSelectMultiple(db_field, self.admin_site)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_formset(self, request, obj=None, **kwargs):
        """Of an inline: each row would ask for what it has chosen."""
        formset = super().get_formset(request, obj, **kwargs)
        for name in self.get_autocomplete_fields(request) if obj else ():
            if field := formset.form.base_fields.get(name):
                numbers = self.model._default_manager.filter(**{formset.fk.name: obj}).values(name)
                field.widget.widget.chosen = Chosen(field.queryset.filter(pk__in=numbers))
        return formset


class PlainInput:
    """For input widgets of which a list has hundreds: the same HTML as Django's, without a template for each."""

    def _render(self, template_name, context, renderer=None):
        widget = context["widget"]
        value = format_html(' value="{}"', widget["value"]) if widget["value"] is not None else ""
        attrs = flatatt({name: said for name, said in widget["attrs"].items() if said is not False})
        return format_html('<input type="{}" name="{}"{}{}>', widget["type"], widget["name"], value, attrs)


class BoundedList(WithoutScripts, DirectedFields, admin.ModelAdmin):
    """The ModelAdmin of a table that grows."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50

    def action_checkbox(self, obj):
        """Django's, without a template for each row."""
        name = format_html(in_djangos_words("Select this object for an action - {}"), str(obj))
        box = '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">'
        return format_html(box, ACTION_CHECKBOX_NAME, obj.pk, name)
