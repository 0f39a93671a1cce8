from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class NewsroomConfig(AppConfig):
    name = "newsroom"
    verbose_name = _("Newsroom")

    def ready(self):
        from newsroom import checks, purge  # noqa: F401  (register the system checks and a receiver)


class DeskConfig(AdminConfig):
    default_site = "newsroom.desk.Desk"
