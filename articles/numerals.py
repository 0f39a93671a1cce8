"""Numbers as an edition writes them: in its digits, grouped by its own marks."""

from typing import Any

from django.utils.formats import number_format
from django.utils.translation import get_language

_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_EXTENDED = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
DIGITS = {"ar": _ARABIC, "ckb": _ARABIC, "fa": _EXTENDED, "ur": _EXTENDED, "ps": _EXTENDED}


def numerals(value: Any, decimals: int | None = None) -> str:
    """A number grouped and in the edition's digits, with `decimals` places; of a text only the digits change.

    The thousands separator is asked for here, and not by a setting: that one would also cut the numbers in attributes.
    """
    digits = DIGITS.get((get_language() or "").split("-")[0])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).translate(digits or {})
    if decimals is not None:
        value = round(value, decimals)  # number_format would cut
    if not digits:
        return str(number_format(value, decimal_pos=decimals, force_grouping=True))
    plain = f"{value:,}" if decimals is None else f"{value:,.{decimals}f}"
    return plain.replace(",", "٬").replace(".", "٫").translate(digits)
