"""What Django's own table does not tell of the languages that people publish in."""

from django.utils.translation import get_language_info

#: Right-to-left languages that Django has no entry for.
RIGHT_TO_LEFT = frozenset("ar ckb dv fa he ks ku prs ps sd syr ug ur yi".split())


def direction(language: str) -> str:
    """ "rtl" or "ltr", for any tag; of a script that the tag names, before all else."""
    base, *parts = language.lower().split("-")
    if "latn" in parts or "cyrl" in parts:
        return "ltr"
    if "arab" in parts or "hebr" in parts or base in RIGHT_TO_LEFT:
        return "rtl"
    try:
        return "rtl" if get_language_info(language)["bidi"] else "ltr"
    except KeyError:
        return "ltr"
