"""Words at the desk that Django and the packages have in English only, in the language of who reads them.

Strings that only lack a translation have one in newsroom/package_locale/; what no catalogue reaches is here.
What is stored keeps its name: groups are looked up by it.
"""

from django.contrib.admin.templatetags import admin_list
from django.contrib.auth.models import Group, Permission
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.translation import gettext as in_its_own_words
from django.utils.translation import gettext_lazy, gettext_noop, pgettext_lazy
from django_tasks_db.models import DBTaskResult

from newsroom.accounts import DEMO_GROUP
from newsroom.roles import TITLES

GROUPS = {**TITLES, DEMO_GROUP: pgettext_lazy("role", "Demo accounts")}
#: Django makes these four permissions of each model.
VERBS = {
    "add": gettext_lazy("may add"),
    "change": gettext_lazy("may change"),
    "delete": gettext_lazy("may delete"),
    "view": gettext_lazy("may view"),
}
#: Tables that have no page of their own and are called after their models; among the permissions they are named.
TABLES = (
    gettext_noop("author listing"),
    gettext_noop("category listing"),
    gettext_noop("tag listing"),
    gettext_noop("presence"),
    gettext_noop("ranking"),
    gettext_noop("rate limit"),
    gettext_noop("reading total"),
    gettext_noop("search entry"),
    gettext_noop("stale tag"),
    gettext_noop("claim"),
    gettext_noop("desk digest"),
    gettext_noop("follow"),
    gettext_noop("letter"),
    gettext_noop("watched article"),
    gettext_noop("authenticator"),
)
#: The icons of a list, and what they say to those who do not see them.
ICONS = {True: ("yes", "Yes"), False: ("no", "No"), None: ("unknown", "Unknown")}


def name_of_group(group: Group) -> str:
    return str(GROUPS.get(group.name, group.name))


def name_of_permission(permission: Permission) -> str:
    kind = permission.content_type
    model = kind.model_class()
    if not model:
        return f"{kind} | {permission.name}"
    verb, _, thing = permission.codename.partition("_")
    right = VERBS[verb] if verb in VERBS and thing == kind.model else in_its_own_words(permission.name)
    return f"{model._meta.app_config.verbose_name} | {in_its_own_words(str(model._meta.verbose_name))} | {right}"


def name_of_task(result: DBTaskResult) -> str:
    return result.task_path


def icon(value: bool | None) -> str:
    name, word = ICONS[value]
    return format_html('<img src="{}" alt="{}">', static(f"admin/img/icon-{name}.svg"), in_its_own_words(word))


Group.add_to_class("__str__", name_of_group)
Permission.add_to_class("__str__", name_of_permission)
DBTaskResult.add_to_class("__str__", name_of_task)
admin_list._boolean_icon = icon  # type: ignore[attr-defined]
