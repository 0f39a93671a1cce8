from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AppealsConfig(AppConfig):
    name = "newsroom.appeals"
    verbose_name = _("Appeals")

    def ready(self):
        from articles import stale
        from newsroom.appeals import numbers  # noqa: F401  (counts what is shown beside what is read)
        from newsroom.appeals.models import Appeal, Channel, DonationLink

        # They stand beside every page of their edition.
        stale.watch(Appeal, lambda row, is_new: [stale.edition(row.language)])
        stale.watch(DonationLink, lambda row, is_new: [stale.edition(row.appeal.language)])
        stale.watch(Channel, lambda row, is_new: [] if is_new else [stale.EVERYTHING])
