from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ArticlesConfig(AppConfig):
    name = "articles"
    verbose_name = _("Articles")

    def ready(self):
        from articles import search, stale, upkeep

        search.connect()
        stale.connect()
        post_migrate.connect(upkeep.analyze_migrated, sender=self)
