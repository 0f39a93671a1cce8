from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PagesConfig(AppConfig):
    name = "newsroom.pages"
    verbose_name = _("Pages")

    def ready(self):
        from articles import stale
        from newsroom.pages.models import Page

        stale.watch(Page, lambda row, is_new: [stale.edition(row.language)])  # it may stand in the footer
