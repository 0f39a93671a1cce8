"""What may have been meant by words that no story holds: the nearest words of the newest headlines, sections, tags."""

import difflib
import re

from articles import analyser
from articles.models import Article, Category, Tag

#: Headlines and tags whose words are known, and words of the question that are looked up.
HEADLINES, TAGS, MOST = 1_000, 500, 3
NEAR = 0.74
_WORD = re.compile(r"[^\s\"“”„«»-]{3,40}")


def nearest(text: str, known: dict[str, str]) -> str:
    """The text with its words that are not `known` (a vocabulary) replaced by such; "" where nothing is near."""
    stems = {word for folded in known for word in analyser.words(folded)}
    left = MOST

    def replaced(match: re.Match) -> str:
        nonlocal left
        folded = analyser.fold(match[0]).strip()
        if not folded or " " in folded or not left or set(analyser.words(folded)) <= stems:
            return match[0]
        left -= 1
        candidates = [word for word in known if abs(len(word) - len(folded)) <= 2]
        found = difflib.get_close_matches(folded, candidates, n=1, cutoff=NEAR)
        return known[found[0]] if found else match[0]

    meant = _WORD.sub(replaced, text)
    return meant if meant != text else ""


def vocabulary(language: str) -> dict[str, str]:
    """Words of an edition as they are compared, and as they are written. Reads some hundred rows."""
    texts = list(Article.objects.public().edition(language).newest().values_list("headline", flat=True)[:HEADLINES])
    texts += Category.objects.filter(language=language).values_list("name", flat=True)
    texts += Tag.objects.filter(listings__language=language).distinct().values_list("name", flat=True)[:TAGS]
    known: dict[str, str] = {}
    for text in texts:
        for word in _WORD.findall(text):
            word = word.strip(".,:;!?()[]{}…،؛؟'’‘")
            folded = analyser.fold(word).strip()
            if folded and " " not in folded:
                known.setdefault(folded, word.lower())
    return known
