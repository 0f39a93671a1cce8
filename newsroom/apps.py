from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _
from django_tasks_db.apps import TasksAppConfig


class NewsroomConfig(AppConfig):
    name = "newsroom"
    verbose_name = _("Newsroom")

    def ready(self):
        from articles import sitemaps
        from newsroom import checks, desk_words, purge  # noqa: F401  (register checks and a receiver; words)
        from newsroom.appeals.models import Appeal
        from newsroom.pages.models import Page

        sitemaps.SECTIONS["pages"] = sitemaps.Section(
            lambda language: Page.objects.public().filter(language=language), lambda page: page.modified_at
        )
        sitemaps.SECTIONS["appeals"] = sitemaps.Section(lambda language: Appeal.objects.published().edition(language))
        sitemaps.STANDING.append("appeals:appeals")


class DeskConfig(AdminConfig):
    default_site = "newsroom.desk.Desk"


class TasksConfig(TasksAppConfig):
    verbose_name = _("Tasks")  # type: ignore[assignment]
