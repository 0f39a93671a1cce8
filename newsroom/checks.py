"""Settings that would fail later, or worse, not fail at all, are said at the start."""

from django.conf import settings
from django.core.checks import Error, Warning, register


@register()
def default_language_has_no_prefix(app_configs, **kwargs):
    if settings.LANGUAGES[0][0] != settings.LANGUAGE_CODE:
        yield_error = Error("LANGUAGE_CODE must be the first of LANGUAGES.", id="newsroom.E001")
        return [yield_error]
    return []


@register()
def site_url_is_allowed(app_configs, **kwargs):
    from urllib.parse import urlsplit

    from django.http.request import validate_host

    host = urlsplit(settings.SITE_URL).hostname
    if not validate_host(host or "", settings.ALLOWED_HOSTS):
        return [Error(f"ALLOWED_HOSTS does not hold {host}, the host of SITE_URL.", id="newsroom.E002")]
    return []


@register(deploy=True)
def demo_accounts_are_off(app_configs, **kwargs):
    if settings.DEMO_ACCOUNTS and settings.HTTPS:
        return [Warning("DEMO_ACCOUNTS lets everybody sign in who has read the README.", id="newsroom.W001")]
    return []
