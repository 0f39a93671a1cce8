"""The words of a question marked in the plain text that is shown: pieces of text, never HTML."""

import functools
import re
from itertools import chain

from articles import analyser
from articles.search import Question

#: (text, whether it is marked), in order.
Parts = list[tuple[str, bool]]

#: What stands between spaces and the punctuation of most scripts. (\w leaves out vowel signs.)
_PIECE = re.compile(r"[^\s!-/:-@\[-`{-~\u00a1-\u00bf،؛؟…‘’“”„–—\u3000-\u3004\u3008-\u303d]+")
LENGTH, BEFORE = 240, 80
#: Characters of a text that are looked through.
LONGEST = 20_000


@functools.lru_cache(maxsize=20_000)
def _words(piece: str) -> tuple[str, ...]:
    return tuple(analyser.words(piece))


class _Asked(dict[str, bool]):
    """Whether a piece of text holds a word of the question, worked out when it is first met."""

    def __init__(self, question: Question):
        self.whole = {word for word, is_beginning in question.words if not is_beginning}
        begun = (analyser.begun(word) for word, is_beginning in question.words if is_beginning)
        self.beginnings = tuple(chain.from_iterable(begun))

    def __missing__(self, piece: str) -> bool:
        words = _words(piece[:200])
        self[piece] = found = any(word in self.whole or word.startswith(self.beginnings) for word in words)
        return found


#: The texts of one page say the same words again and again.
_asked = functools.lru_cache(maxsize=16)(_Asked)


def _places(text: str, question: Question, *, stop: int = 0) -> list[tuple[int, int]]:
    """Where words of the question stand; with `stop`, no further than so many characters after the first."""
    asked = _asked(question)
    found: list[tuple[int, int]] = []
    last = len(text)
    for match in _PIECE.finditer(text):
        start, end = match.span()
        if start > last:
            break
        piece = match[0]
        if not asked[piece]:
            continue
        if stop and not found:
            last = start + stop
        folded = analyser.fold(piece)
        if len(_words(piece[:200])) == 1 or len(folded) != len(piece):
            found.append((start, end))
            continue
        # A run without spaces: mark the letters, not the sentence.
        for place in range(len(folded)):
            for word, _is_beginning in question.words:
                if folded.startswith(word, place):
                    _add(found, start + place, start + place + len(word))
    return found


def _add(found: list[tuple[int, int]], start: int, end: int) -> None:
    if found and found[-1][1] >= start:
        found[-1] = (found[-1][0], max(end, found[-1][1]))
    else:
        found.append((start, end))


def mark(text: str, question: Question) -> Parts:
    """The whole text, with the words of the question marked."""
    return _cut(text, _places(text[:LONGEST], question))


def _cut(text: str, places: list[tuple[int, int]]) -> Parts:
    parts, last = [], 0
    for start, end in places:
        parts += [(text[last:start], False), (text[start:end], True)]
        last = end
    parts.append((text[last:], False))
    return [part for part in parts if part[0]]


def snippet(text: str, question: Question) -> Parts | None:
    """The words around the first match; None where there is none."""
    places = _places(text[:LONGEST], question, stop=LENGTH)
    if not places:
        return None
    first = places[0][0]
    begin = max(0, first - BEFORE)
    if begin:
        space = text.find(" ", begin, first)
        begin = space + 1 if space >= 0 else begin
    end = min(len(text), begin + LENGTH)
    if end < len(text):
        space = text.rfind(" ", max(places[0][1], end - 40), end)
        end = space if space >= 0 else max(end, places[0][1])
    shown = _cut(text[begin:end], [(max(s, begin) - begin, min(e, end) - begin) for s, e in places if s < end])
    if begin:
        shown.insert(0, ("… ", False))
    if end < len(text):
        shown.append((" …", False))
    return shown
