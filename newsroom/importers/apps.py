from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportersConfig(AppConfig):
    name = "newsroom.importers"
    verbose_name = _("Imports")

    def ready(self):
        from articles import subjects
        from newsroom.importers import follow

        subjects.replaced.connect(follow.follow, dispatch_uid="importers-replaced")
