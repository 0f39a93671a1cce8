"""The desk: Django's admin under the newsroom's name."""

from functools import partial, wraps

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import TO_FIELD_VAR
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

#: Days of the plots on the start page.
DAYS = 28


class KnownChoices(forms.ModelMultipleChoiceField):
    def clean(self, value):
        pk = self.queryset.model._meta.pk  # type: ignore[union-attr]
        for number in value or ():
            try:
                pk.clean(number, None)
            except ValidationError as error:
                message = self.error_messages["invalid_pk_value"]
                raise ValidationError(message, code="invalid_pk_value", params={"pk": number}) from error
        return super().clean(value)


class KnownRows(admin.ModelAdmin):
    """Over every ModelAdmin, Django's own as well: numbers that no list offers are not asked of the database."""

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        return super().formfield_for_manytomany(db_field, request, **{"form_class": KnownChoices, **kwargs})

    def response_action(self, request, queryset, *args, **kwargs):
        try:
            for number in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.clean(number, None)
        except ValidationError as error:
            raise BadRequest("No number of a row.") from error
        return super().response_action(request, queryset, *args, **kwargs)

    def get_deleted_objects(self, objs, request):
        """Without the rows that only join two others: they go with either, and have no names but in English."""
        found, counts, *others = super().get_deleted_objects(objs, request)
        joins = [model._meta for model in apps.get_models(include_auto_created=True) if model._meta.auto_created]
        beginnings = tuple(f"{capfirst(join.verbose_name)}: " for join in joins)

        def named(rows):
            rows = [named(row) if isinstance(row, list) else row for row in rows]
            return [row for row in rows if row and not str(row).startswith(beginnings)]

        for join in joins:
            counts.pop(str(join.verbose_name_plural), None)
        return named(found), counts, *others


class Desk(admin.AdminSite):
    site_header = _("Newsroom desk")
    site_title = _("Desk")
    index_title = _("Desk")
    enable_nav_sidebar = True

    def register(self, model_or_iterable, admin_class=None, **options):
        admin_class = admin_class or admin.ModelAdmin
        known = type(admin_class.__name__, (KnownRows, admin_class), {"__module__": admin_class.__module__})
        super().register(model_or_iterable, known, **options)

    def admin_view(self, view, cacheable=False):
        """Where a second factor is required, nothing of the desk opens without; signing out does."""
        from newsroom import second_factor

        @wraps(view)
        def guarded(request, *args, **kwargs):
            if self.has_permission(request) and second_factor.is_missing(request.user):
                messages.warning(request, _("Set up a second factor first: the desk opens with one."))
                return HttpResponseRedirect(reverse("mfa_index"))
            if "" in (request.GET.get(TO_FIELD_VAR), request.POST.get(TO_FIELD_VAR)):
                raise BadRequest("A field without a name.")
            return view(request, *args, **kwargs)

        return super().admin_view(guarded, cacheable)

    def index(self, request, extra_context=None):
        """What waits for this person, the numbers of the last weeks, the upkeep; then Django's list of models."""
        from newsroom import numbers, waiting  # models are not ready when this site is made

        user, days = request.user, numbers.last_days(DAYS)
        plots = []
        if user.has_perm("articles.change_article"):
            plots = numbers.plots(days, numbers.articles_for(user))
        elif user.has_perm("comments.moderate_comment"):
            plots = [numbers.comments(days)]
        context = {
            "tiles": waiting.tiles(user),
            "plots": plots,
            "plot_rows": numbers.columns(plots) if plots else [],
            "days": DAYS,
            "runs": waiting.last_runs() if user.has_perm("articles.change_edition") else None,
        }
        return super().index(request, context | (extra_context or {}))

    def get_urls(self):
        from newsroom import numbers_pages

        def page(view):
            return self.admin_view(partial(view, site=self))

        own = [
            path("numbers/", page(numbers_pages.overview), name="numbers"),
            path("numbers/<int:pk>/", page(numbers_pages.of_article), name="numbers-article"),
        ]
        return own + super().get_urls()

    def login(self, request, extra_context=None):
        """There is one sign-in, with its limits: that of the accounts."""
        index = reverse("admin:index")
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(index)
        return redirect_to_login(request.GET.get("next") or index, reverse("accounts:login"))
