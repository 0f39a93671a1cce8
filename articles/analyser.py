"""Text into the words that search compares: one reading for every script and for both databases.

What comes out holds letters, marks and digits only, so it needs no quoting in any query language. A word is the same
word in either case, with or without accents and vowel signs, in any of the letter forms that Arabic, Persian and Urdu
keyboards write, and without the commonest endings. Scripts that put no spaces between words become pairs of letters.
"""

import re
import unicodedata
from collections.abc import Iterator

#: Part of what is stored with each indexed text: another number makes `rebuild_search` read all texts anew.
VERSION = 1
#: Characters of a word that are compared.
LONGEST_WORD = 60
#: Words whose stems are remembered.
MOST_STEMS = 50_000

_SAME = {
    **dict.fromkeys("یىېےۍ", "ي"),
    **dict.fromkeys("کڪ", "ك"),
    **dict.fromkeys("ةہھۃەۀ", "ه"),
    "ٱ": "ا",
    "ں": "ن",
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ı": "i",
    "æ": "ae",
    "œ": "oe",
    "ـ": "",  # the stroke that stretches a word
}


class _Folds(dict):
    """What becomes of each character, worked out when it is first met. At most as many entries as Unicode has."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if character in _SAME:
            fold = _SAME[character]
        elif category in {"Cf", "Cs"} or unicodedata.combining(character) >= 10:
            # Invisible ones, halves of pairs, accents and vowel signs; marks that are letters of their own (those of
            # Indian scripts, the voicing of kana) stand lower and stay.
            fold = ""
        elif category[0] in "LM":
            fold = character
        elif category == "Nd":
            fold = str(unicodedata.digit(character))
        elif category[0] == "N":
            fold = character
        else:
            fold = " "
        self[code] = fold
        return fold


_FOLDS = _Folds()
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b", re.IGNORECASE)
#: Scripts that are written without spaces: Chinese, kana, Thai, Lao, Burmese, Khmer, with the marks of kana.
_PAIRED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUNS = re.compile(rf"[{_PAIRED}]+|[^\s{_PAIRED}]+")
_IS_PAIRED = re.compile(rf"[{_PAIRED}]")


def fold(text: str) -> str:
    """The text with everything taken away that search makes nothing of; other than words, spaces."""
    if "'" in text or "’" in text:
        text = _POSSESSIVE.sub("", text)
    if text.isascii():
        return text.lower().translate(_FOLDS)  # as below: none of these has another form
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", text.translate(_FOLDS))


def words(text: str) -> Iterator[str]:
    """The words of a text in order, as they are indexed."""
    folded = fold(text)
    if folded.isascii() or not _IS_PAIRED.search(folded):
        return map(_STEMS.__getitem__, folded.split())
    return _words_and_pairs(folded)


def _words_and_pairs(folded: str) -> Iterator[str]:
    for run in _RUNS.findall(folded):
        if _IS_PAIRED.match(run):
            yield from (run[place : place + 2] for place in range(len(run)))  # the last letter stands alone
        else:
            yield _STEMS[run]


def asked(text: str) -> Iterator[tuple[list[str], bool]]:
    """The words of one piece of a question: those that stand side by side in the index, and whether the last of these
    is but a beginning (of a pair of letters, where one letter is asked for)."""
    side_by_side: list[str] = []
    for run in _RUNS.findall(fold(text)):
        if not _IS_PAIRED.match(run):
            side_by_side.append(_STEMS[run])
            continue
        if side_by_side:
            yield side_by_side, False
            side_by_side = []
        pairs = [run[place : place + 2] for place in range(len(run) - 1)]
        yield pairs or [run], not pairs
    if side_by_side:
        yield side_by_side, False


_LATIN = re.compile(r"[a-z]{4,}")
_ARABIC = re.compile(r"[\u0620-\u06ff]{4,}")
_ARTICLES = ("وال", "بال", "كال", "فال", "ال", "لل")
_PLURALS = ("هايي", "هاي", "ها")


def stem(word: str) -> str:
    """A folded word without its commonest ending: the plurals of English, French and Spanish, the article of Arabic,
    the plural of Persian. The same for all languages, as a question says nothing of its own."""
    if _LATIN.fullmatch(word):
        return _latin_stem(word)
    if _ARABIC.fullmatch(word):
        for article in _ARTICLES:
            if word.startswith(article) and len(word) - len(article) >= 3:
                word = word[len(article) :]
                break
        for plural in _PLURALS:
            if word.endswith(plural) and len(word) - len(plural) >= 3:
                return word[: -len(plural)]
    return word


def begun(word: str) -> list[str]:
    """The beginnings for which a word that is still being typed may stand: while the Arabic article has but two letters
    after it, `stem` leaves it on, and the words that are meant are indexed without."""
    for article in _ARTICLES:
        if word.startswith(article) and len(word) == len(article) + 2 and word != "الله":
            return [word, word[len(article) :]]
    return [word]


class _Stems(dict):
    """The stem of each word, cut to what is compared. Texts say the same words again and again."""

    def __missing__(self, word: str) -> str:
        if len(word) > LONGEST_WORD:
            return self[word[:LONGEST_WORD]]
        if len(self) >= MOST_STEMS:
            self.clear()
        self[word] = found = stem(word)
        return found


_STEMS = _Stems()


def _latin_stem(word: str) -> str:
    if word.endswith("eaux"):
        return word[:-1]
    if word.endswith("aux") and len(word) > 5:
        return f"{word[:-3]}al"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if word.endswith("e") and len(word) > 3:
        word = word[:-1]
    if word.endswith("y") and len(word) > 3:
        return f"{word[:-1]}i"
    return word
