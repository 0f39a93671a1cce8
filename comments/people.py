"""Who a commenter is, as far as an e-mail address tells: one mailbox under its several spellings."""

from typing import Any

from django.utils.translation import gettext as _

#: Hosts that deliver one mailbox under several names, and to which dots before the @ are nothing.
_SAME_HOST = {"googlemail.com": "gmail.com", "pm.me": "proton.me", "protonmail.com": "proton.me", "ya.ru": "yandex.ru"}
_DOTLESS = {"gmail.com"}


def normalized(email: str) -> str:
    """The mailbox behind an address: lower case, without what follows a plus, dots dropped where they mean nothing."""
    local, _at, host = email.strip().lower().rpartition("@")
    if not local:
        return ""
    host = host.rstrip(".")
    host = _SAME_HOST.get(host, host)
    plain = local.partition("+")[0] or local
    if host in _DOTLESS:
        plain = plain.replace(".", "") or plain
    return f"{plain}@{host}"


def host_of(email: str) -> str:
    return email.rpartition("@")[2].lower().rstrip(".")


def account_name(account: Any) -> str:
    """How a member of staff signs: as in bylines, else with the full name; never with the name of the account."""
    author = getattr(account, "author", None)
    return author.name[:80] if author else account.get_full_name()[:80] or _("The newsroom")
