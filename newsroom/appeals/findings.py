"""What the check of a donation link found, kept by name so that each reads it in their own language."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext_lazy as _

from newsroom.appeals.links import check_donation_link

WORDS = {
    "refused": _("Leads to %(url)s."),
    "elsewhere": _("Leads to %(url)s."),
    "nowhere": _("Leads to something that is no address."),
    "on": _("Leads on and on."),
    "front": _("Leads to the front page of %(host)s; the campaign may be over."),
    "private": _("%(host)s leads into a private network."),
    "unknown": _("The host %(host)s is no longer known."),
    "certificate": _("%(host)s shows no valid certificate; browsers warn of it."),
    "silent": _("%(host)s did not answer."),
    "gone": _("The page is gone (%(status)s)."),
    "error": _("%(host)s answers with an error (%(status)s)."),
}
#: Of an address or host that is named: the whole fits its column although JSON doubles quotation marks.
NAMED = 250


def finding(name: str, **details: Any) -> str:
    """To be stored; `in_words` makes it readable."""
    named = {key: "".join(filter(str.isprintable, str(value)[:NAMED])) for key, value in details.items()}
    return json.dumps([name, named], ensure_ascii=False)


def in_words(stored: str) -> str:
    """In the language of the moment. What was stored as plain words stays as it is."""
    try:
        name, details = json.loads(stored)
        words = str(WORDS[name]) % _apart(details)
    except (ValueError, TypeError, KeyError):
        return stored
    return f"{words} {_why(details['url'])}".strip() if name == "refused" else words


def _apart(details: dict[str, str]) -> dict[str, str]:
    """Addresses set apart, in languages that run the other way: else one that comes first turns the line around."""
    return {key: f"\u2068{value}\u2069" for key, value in details.items()} if get_language_bidi() else details


def _why(url: str) -> str:
    try:
        check_donation_link(url)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""
