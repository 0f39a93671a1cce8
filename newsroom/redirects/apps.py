from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RedirectsConfig(AppConfig):
    name = "newsroom.redirects"
    verbose_name = _("Redirects")

    def ready(self):
        from newsroom.redirects import signals

        signals.connect()
