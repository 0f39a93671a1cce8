"""Words of comments, compared whatever their case, accents, letter forms and the invisible signs between them.

Plain text in, plain text out; what a found word means is said in comments/checks.py.
"""

import re
import unicodedata
from collections.abc import Iterable

#: Arabic, Persian and Urdu write one letter in several forms.
_LETTERS = str.maketrans("يىےكۀەة٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "ییی" + "کههه" + "0123456789" * 2)
_DROPPED = dict.fromkeys(
    [0x00AD, 0x0640, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)]
)
#: Scripts that are written without spaces give one token a letter.
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u0e00-\u0e7f]|[^\W_]+")


def folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.translate(_DROPPED).casefold())
    return "".join(sign for sign in decomposed if not unicodedata.category(sign).startswith("M")).translate(_LETTERS)


def tokens(text: str) -> list[str]:
    return _TOKEN.findall(folded(text))


class Terms:
    """A list of words and phrases, ready to be looked for; one look costs what the text is long, not the list."""

    def __init__(self, lines: Iterable[str]):
        #: First token → the whole terms that begin with it, as tuples of tokens.
        self._beginning: dict[str, set[tuple[str, ...]]] = {}
        for line in lines:
            if term := tuple(tokens(line)):
                self._beginning.setdefault(term[0], set()).add(term)
        self._lengths = {first: sorted({len(term) for term in terms}) for first, terms in self._beginning.items()}

    def __bool__(self) -> bool:
        return bool(self._beginning)

    def first_in(self, text: str) -> str:
        """The first term that stands in the text as whole words; "" where there is none."""
        found = tokens(text)
        for place, token in enumerate(found):
            for length in self._lengths.get(token, ()):
                candidate = tuple(found[place : place + length])
                if candidate in self._beginning[token]:
                    return " ".join(candidate)
        return ""


def shingles(text: str) -> frozenset[str]:
    """Three letters in a row, spaces left out: what `likeness` compares."""
    run = "".join(tokens(text))
    return frozenset(run[place : place + 3] for place in range(max(1, len(run) - 2))) if run else frozenset()


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """From 0 to 1: the part of their shingles that two texts share."""
    return len(one & other) / len(one | other) if one and other else 0.0
