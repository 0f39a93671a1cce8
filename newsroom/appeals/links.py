"""Where donation links may lead: https, a known host, and nothing that two programs could read differently."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

#: Providers that many groups use; DONATION_HOSTS adds a publisher's own.
KNOWN_HOSTS = (
    "paypal.com",
    "paypal.me",
    "gofundme.com",
    "betterplace.org",
    "opencollective.com",
    "liberapay.com",
    "ko-fi.com",
    "patreon.com",
    "buymeacoffee.com",
    "justgiving.com",
    "globalgiving.org",
    "helloasso.com",
    "donorbox.org",
    "donate.stripe.com",
    "buy.stripe.com",
    "launchgood.com",
    "github.com",
)


def check_donation_link(url: str) -> None:
    """Raises ValidationError with the reason."""
    if re.search(r"[\x00-\x20\x7f-\xa0\\]", url):
        raise ValidationError(_("The address holds spaces or signs that no address has."))
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise ValidationError(_("This is not an address.")) from None
    if parts.scheme != "https":
        raise ValidationError(_("Donation links begin with https://."))
    if parts.username or parts.password or port not in {None, 443}:
        raise ValidationError(_("Leave user names, passwords and ports out of the address."))
    known = [*KNOWN_HOSTS, *(name.removeprefix("*.") for name in settings.DONATION_HOSTS)]
    if not any(host == name or host.endswith(f".{name}") for name in known):
        raise ValidationError(
            _("%(host)s is not a known donation host. The operator adds it to DONATION_HOSTS."), params={"host": host}
        )
