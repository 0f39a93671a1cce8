from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from articles import body


class WithBody(models.Model):
    """A row with a body in HTML and a `language`: kept as it was cleaned, and beside it as readers get it."""

    language: Any  # a field of each heir's own

    body = models.TextField(_("body"), blank=True)
    body_html = models.TextField(editable=False, blank=True)
    sanitizer_version = models.PositiveSmallIntegerField(editable=False, default=0)

    class Meta:
        abstract = True

    def clean_body(self) -> None:
        """For `save`: whatever way the body came in, what is stored has passed the sanitiser."""
        from articles.renditions import images_in  # the library, only where a body holds pictures

        self.body = body.sanitize(self.body)
        self.body_html = body.public_html(self.body, images=images_in(self.body), language=self.language)
        self.sanitizer_version = body.SANITIZER_VERSION
