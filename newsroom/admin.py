"""Accounts at the desk: people, their groups and the categories they are limited to; nobody raises themselves."""

from allauth.account import admin as stock_addresses
from allauth.mfa import admin as stock_factors
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, SetUnusablePasswordMixin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django_tasks_db import admin as stock_tasks
from django_tasks_db.models import DBTaskResult
from taggit import admin as stock_tags

from articles.admin.at_once import AtOnceInline, AtOnceMixin
from articles.admin.lists import WithoutScripts
from articles.models import CategoryScope
from newsroom import audit  # noqa: F401  (registers the log)

# All are registered by the imports above; the newsroom has its own.
admin.site.unregister([stock_tags.Tag, User, Group, stock_addresses.EmailAddress, stock_factors.Authenticator])
admin.site.unregister(DBTaskResult)


def groups_within(user: User) -> QuerySet[Group]:
    """The groups that hold no permission which this person lacks: those that may be given to others."""
    if user.is_superuser:
        return Group.objects.all()
    own = Permission.objects.filter(group__user=user) | Permission.objects.filter(user=user)
    beyond = Group.permissions.through.objects.filter(group=OuterRef("pk")).exclude(permission__in=own.values("pk"))
    return Group.objects.filter(~Exists(beyond))


class CategoryScopeInline(WithoutScripts, AtOnceInline, admin.TabularInline):
    model = CategoryScope
    extra = 0
    autocomplete_fields = ("category",)
    verbose_name_plural = _("limited to categories (none: to all of them)")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("category")


class AuthenticatorInline(AtOnceInline, admin.TabularInline):
    """Which second factors an account has, never their secrets; taken away for somebody who has lost the phone."""

    model = Authenticator
    fields = readonly_fields = ("kind", "created", "last_used")
    extra = 0
    verbose_name = _("second factor")
    verbose_name_plural = _("second factors (taking all away leaves the password alone)")

    @admin.display(description=_("kind"))
    def kind(self, factor):
        return factor.get_type_display()

    @admin.display(description=_("created"))
    def created(self, factor):
        return factor.created_at

    @admin.display(description=_("last used"))
    def last_used(self, factor):
        return factor.last_used_at

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("auth.change_user")

    def has_delete_permission(self, request, obj=None):
        return request.user.has_perm("auth.change_user")

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class PasswordForm(AdminPasswordChangeForm):
    #: Django's own is put together once, in English.
    usable_password_help_text = format_lazy(
        '{}<ul id="id_unusable_warning" class="messagelist"><li class="warning">{}</li></ul>',
        SetUnusablePasswordMixin.usable_password_help_text,
        _("If disabled, the current password for this user will be lost."),
    )


@admin.register(User)
class AccountAdmin(AtOnceMixin, UserAdmin):
    """Accounts for those who may give them. Rights beyond one's own can be neither given nor taken over."""

    change_password_form = PasswordForm
    list_display = ("username", "first_name", "last_name", "email", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    inlines = (CategoryScopeInline, AuthenticatorInline)
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("What they may do"), {"fields": ("is_active", "is_staff", "groups")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj and request.user.is_superuser:
            fieldsets = (*fieldsets, (_("Beyond the groups"), {"fields": ("is_superuser", "user_permissions")}))
        return fieldsets

    def get_inlines(self, request, obj):
        return super().get_inlines(request, obj) if obj else ()

    def formfield_for_manytomany(self, db_field, request=None, **kwargs):
        if db_field.name == "groups":
            kwargs["queryset"] = groups_within(request.user)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_change_permission(self, request, obj=None):
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or self._within(request.user, obj))

    def has_delete_permission(self, request, obj=None):
        """Who has done anything here is made inactive instead: what they did stays in the log with their name."""
        allowed = super().has_delete_permission(request, obj)
        if not allowed or obj is None:
            return allowed
        is_other = obj != request.user and self._within(request.user, obj)
        return is_other and not LogEntry.objects.filter(user=obj).exists()

    def _within(self, user, obj) -> bool:
        """Whether the account may do no more than this person may give; asked once a request."""
        if user.is_superuser:
            return True
        if obj.is_superuser:
            return False
        known = user.__dict__.setdefault("_accounts_within", {})
        if obj.pk not in known:
            beyond = obj.groups.exclude(pk__in=groups_within(user).values("pk"))
            known[obj.pk] = not obj.user_permissions.exists() and not beyond.exists()
        return known[obj.pk]

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # one by one, where the log is looked at
        return actions


@admin.register(Group)
class RoleAdmin(AtOnceMixin, GroupAdmin):
    """The groups; who may only look at one sees what the desk calls it instead of the name that is stored."""

    @admin.display(description=_("role"))
    def title(self, group):
        return str(group)

    def get_fields(self, request, obj=None):
        if self.has_change_permission(request, obj):
            return super().get_fields(request, obj)
        return ("title", "permissions")

    def get_readonly_fields(self, request, obj=None):
        return () if self.has_change_permission(request, obj) else ("title",)

    # The log keeps the name that is stored, whatever the language of who acts.

    def log_addition(self, request, obj, message):
        with override(None):
            return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        with override(None):
            return super().log_change(request, obj, message)

    def log_deletions(self, request, queryset):
        with override(None):
            return super().log_deletions(request, queryset)


_words = {field.name: field.verbose_name for field in DBTaskResult._meta.fields}


@admin.register(DBTaskResult)
class TaskAdmin(stock_tasks.DBTaskResultAdmin):
    """The package's, whose own columns have names in English only."""

    list_display = ("task_path", *stock_tasks.DBTaskResultAdmin.list_display[2:])

    def get_readonly_fields(self, request, obj=None):
        return [name for name in super().get_readonly_fields(request, obj) if name != "id"]

    @admin.display(description=_words["traceback"])
    def formatted_traceback(self, obj):
        return super().formatted_traceback(obj)

    @admin.display(description=_words["run_after"])
    def display_run_after(self, obj):
        return super().display_run_after(obj)
