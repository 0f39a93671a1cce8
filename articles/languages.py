"""What Django's own tables do not tell of the languages that people publish in, and which edition an address is of."""

from functools import lru_cache

from django.conf import settings
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.translation import get_language_info, override

#: Right-to-left languages that Django has no entry for.
RIGHT_TO_LEFT = frozenset("ar ckb dv fa he ks ku prs ps sd syr ug ur yi".split())


def direction(language: str) -> str:
    """ "rtl" or "ltr", for any tag; of a script that the tag names, before all else."""
    base, *parts = language.lower().split("-")
    if "latn" in parts or "cyrl" in parts:
        return "ltr"
    if "arab" in parts or "hebr" in parts or base in RIGHT_TO_LEFT:
        return "rtl"
    if base == "az":  # Django takes it for that of Iran
        return "ltr"
    try:
        return "rtl" if get_language_info(language)["bidi"] else "ltr"
    except KeyError:
        return "ltr"


def named_in(path: str) -> str:
    """The language that an address begins with, or nothing. Django's own reading of a path passes over the languages
    that it has no words in, and takes what is near one of the site's for it."""
    first = path[1:].partition("/")[0]
    return first if first in dict(settings.LANGUAGES) else ""


def edition_of(path: str) -> str:
    """The language of the edition that an address belongs to."""
    return named_in(path) or settings.LANGUAGE_CODE


def address_in(language: str | None, name: str, **arguments: int | str) -> str:
    """The address of a page in an edition: what `reverse` answers there, which costs too much to ask for every link."""
    return _address(
        language, name, tuple(arguments.items()), settings.LANGUAGE_CODE, get_urlconf(), get_script_prefix()
    )


@lru_cache(maxsize=10_000)
def _address(language: str | None, name: str, arguments: tuple[tuple[str, int | str], ...], *site: str | None) -> str:
    with override(language):
        return reverse(name, kwargs=dict(arguments))
