"""The second step of signing in: an authenticator app, passkeys and recovery codes, by allauth and under our rules."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext

from articles.visitors import client_address

#: What opens the second step; recovery codes alone do not, they only stand in for one of these.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_factor(user: Any) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists()


def is_missing(user: Any) -> bool:
    """Whether the person must set up a second factor before the desk opens."""
    return settings.SECOND_FACTOR_REQUIRED and not has_factor(user)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return str(client_address(request) or "unknown")  # by TRUSTED_PROXIES, as everywhere

    def is_safe_url(self, url: str) -> bool:
        hosts = {urlsplit(settings.SITE_URL).netloc}
        return url_has_allowed_host_and_scheme(url, hosts, require_https=settings.HTTPS)

    def add_message(self, request, level, message_template=None, *args, **kwargs) -> None:
        if message_template == "account/messages/logged_in.txt":
            return  # whoever sees the desk knows
        super().add_message(request, level, message_template, *args, **kwargs)


class FactorAdapter(DefaultMFAAdapter):
    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Where a second factor is required, the last one stays until there is another."""
        if not settings.SECOND_FACTOR_REQUIRED:
            return True
        others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=FACTORS)
        return others.exclude(pk=authenticator.pk).exists()

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        """What a new passkey is called until its owner says better."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey %(number)d") % {"number": number}

    def _get_site_name(self) -> str:
        return settings.SITE_NAME
