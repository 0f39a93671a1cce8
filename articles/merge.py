"""Two texts side by side, and two changes of one text made into one. Plain Python: knows bodies, not the database.

A body is a row of blocks, the elements at its top level. Blocks are paired by what they say, so a change inside a
paragraph stays a change of that paragraph whatever was put in before it.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from articles import body, markup

#: More than this on either side of what differs is not compared piece by piece: it would take too long.
MOST_BLOCKS = 1_000
MOST_WORDS = 4_000
#: Blocks of which so much is the same are one block that was changed.
ALIKE = 0.35
WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"  # scripts without spaces: sign by sign
    r"|(?:[^\W\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u200c\u200d])+"
    r"|\s+|."
)

Pair = tuple[int | None, int | None]


def blocks(html: str) -> list[str]:
    """The body's blocks as HTML; what is no body is one block."""
    return [node.html() for node in _tree(html)]


def _tree(html: str) -> list[markup.Node]:
    clean = body.sanitize(html)
    try:
        children = markup.read(clean, body.allowed_value).children
    except markup.TooMuch:
        return [markup.Node("", {}, [clean])]
    return [
        child if isinstance(child, markup.Node) else markup.Node("", {}, [child])
        for child in children
        if isinstance(child, markup.Node) or child.strip()
    ]


# Pairing


def aligned(left: list[str], right: list[str]) -> list[Pair]:
    """Which of the one stands beside which of the other, in order; None where there is nothing beside it."""
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    end = 0
    while end < min(len(left), len(right)) - start and left[-1 - end] == right[-1 - end]:
        end += 1
    pairs: list[Pair] = [(place, place) for place in range(start)]
    middle = left[start : len(left) - end], right[start : len(right) - end]
    pairs += [
        (None if one is None else one + start, None if other is None else other + start)
        for one, other in _align_middle(*middle)
    ]
    pairs += [(len(left) - place, len(right) - place) for place in range(end, 0, -1)]
    return pairs


def _align_middle(left: list[str], right: list[str]) -> list[Pair]:
    if max(len(left), len(right)) > MOST_BLOCKS:
        return _in_order(range(len(left)), range(len(right)))
    pairs: list[Pair] = []
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "equal":
            pairs += zip(range(a, b), range(c, d), strict=True)
        elif kind == "replace" and b - a != d - c and (b - a) * (d - c) <= MOST_BLOCKS:
            pairs += [
                (None if one is None else one + a, None if other is None else other + c)
                for one, other in _by_likeness(left[a:b], right[c:d])
            ]
        else:
            pairs += _in_order(range(a, b), range(c, d))
    return pairs


def _in_order(left: range, right: range) -> list[Pair]:
    both = min(len(left), len(right))
    pairs: list[Pair] = list(zip(left[:both], right[:both], strict=True))
    pairs += [(place, None) for place in left[both:]]
    pairs += [(None, place) for place in right[both:]]
    return pairs


def _by_likeness(left: list[str], right: list[str]) -> list[Pair]:
    """The pairing in order with the most in common, of few blocks on either side."""
    bags = [Counter(WORD.findall(text)) for text in left], [Counter(WORD.findall(text)) for text in right]
    best = [[0.0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for a in range(len(left) - 1, -1, -1):
        for b in range(len(right) - 1, -1, -1):
            together = best[a + 1][b + 1] + _likeness(bags[0][a], bags[1][b])
            best[a][b] = max(best[a + 1][b], best[a][b + 1], together)
    pairs: list[Pair] = []
    a = b = 0
    while a < len(left) and b < len(right):
        likeness = _likeness(bags[0][a], bags[1][b])
        if likeness and best[a][b] == best[a + 1][b + 1] + likeness:
            pairs.append((a, b))
            a, b = a + 1, b + 1
        elif best[a][b] == best[a + 1][b]:
            pairs.append((a, None))
            a += 1
        else:
            pairs.append((None, b))
            b += 1
    pairs += [(place, None) for place in range(a, len(left))]
    pairs += [(None, place) for place in range(b, len(right))]
    return pairs


def _likeness(one: Counter, other: Counter) -> float:
    total = one.total() + other.total()
    share = 2 * (one & other).total() / total if total else 0.0
    return share if share >= ALIKE else 0.0


# Side by side


@dataclass(frozen=True)
class Row:
    """Two texts beside each other, each as parts of (words, whether they differ); None where there is no such text."""

    left: list[tuple[str, bool]] | None
    right: list[tuple[str, bool]] | None
    #: The words are the same, and what they are marked up with is not.
    is_form_only: bool = False

    @property
    def differs(self) -> bool:
        return self.is_form_only or self.left != self.right


def words(left: str, right: str) -> Row:
    """Two texts marked by word."""
    if left == right:
        return Row([(left, False)], [(right, False)])
    one, other = WORD.findall(left), WORD.findall(right)
    if max(len(one), len(other)) > MOST_WORDS:
        return Row([(left, True)], [(right, True)])
    marked: tuple[list[tuple[str, bool]], list[tuple[str, bool]]] = ([], [])
    for kind, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        for side, part in zip(marked, ("".join(one[a:b]), "".join(other[c:d])), strict=True):
            if part:
                side.append((part, kind != "equal"))
    return Row(*marked)


def side_by_side(left: str, right: str) -> list[Row]:
    """Two bodies, block beside block."""
    trees = _tree(left), _tree(right)
    html = [node.html() for node in trees[0]], [node.html() for node in trees[1]]
    rows = []
    for one, other in aligned(*html):
        if one is not None and other is not None:
            row = words(said(trees[0][one]), said(trees[1][other]))
            same_words = row.left == row.right
            rows.append(Row(row.left, row.right, is_form_only=same_words and html[0][one] != html[1][other]))
        elif one is not None:
            rows.append(Row([(said(trees[0][one]), True)], None))
        elif other is not None:
            rows.append(Row(None, [(said(trees[1][other]), True)]))
    return rows


def in_words(html: str) -> str:
    """The body as the comparison shows it, block below block."""
    return "\n\n".join(said(node) for node in _tree(html))


def said(node: markup.Node) -> str:
    """A block's words; of pictures and addresses too, since a change of these is one."""
    parts: list[str] = []

    def walk(node: markup.Node) -> None:
        for child in node.children:
            if isinstance(child, str):
                parts.append(child)
                continue
            if child.tag == "br" or (parts and child.tag in markup.BLOCKS):
                parts.append("\n")
            if child.tag == "img":
                parts.append(
                    f"[{child.attributes.get('src', '')} {child.attributes.get('alt', '')}]".replace(" ]", "]")
                )
            walk(child)
            if child.tag == "a" and child.attributes.get("href", "") != child.text():
                parts.append(f" [{child.attributes.get('href', '')}]")

    walk(node)
    if node.tag == "img":
        parts.append(f"[{node.attributes.get('src', '')}]")
    return "".join(parts).strip() or ("—" if node.tag == "hr" else "")


# Three ways


@dataclass(frozen=True)
class Clash:
    """One piece that both have changed, each in another way."""

    name: str
    theirs: Any
    mine: Any
    #: Of a body: which of its clashing blocks.
    place: int | None = None

    @property
    def key(self) -> str:
        return self.name if self.place is None else f"{self.name}-{self.place}"


THEIRS, MINE, BOTH = "theirs", "mine", "both"


@dataclass
class Merged:
    """What has become of two changes: the pieces taken over from the other side, and what only a person can settle."""

    content: dict[str, Any]
    taken: list[str] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)


def three_way(
    base: dict[str, Any], theirs: dict[str, Any], mine: dict[str, Any], choices: dict[str, str] | None = None
) -> Merged:
    """Mine, with what only they have changed since `base`; `choices` says by a clash's key which text to take.

    Tags and other sets are merged by member and never clash.
    """
    choices = choices or {}
    merged = Merged({})
    for name in {**mine, **theirs}:
        was, yours, own = base.get(name), theirs.get(name), mine.get(name)
        if name not in theirs or own == yours or yours == was:
            merged.content[name] = own if name in mine else yours
        elif name not in mine or own == was:
            merged.content[name] = yours
            merged.taken.append(name)
        elif name == "body":
            merged.content[name] = _merge_body(was or "", yours or "", own or "", choices, merged)
        elif name in {"tags", "categories", "related"}:
            merged.content[name] = _merge_set(was or [], yours or [], own or [])
            merged.taken.append(name)
        else:
            choice = choices.get(name)
            if choice not in {THEIRS, MINE}:
                merged.clashes.append(Clash(name, yours, own))
            merged.content[name] = yours if choice == THEIRS else own
    return merged


def _merge_set(was: list, theirs: list, mine: list) -> list:
    gone = (set(was) - set(theirs)) | (set(was) - set(mine))
    return sorted((set(theirs) | set(mine)) - gone)


@dataclass
class _Change:
    """What one side has made of the base's blocks: what stands in the place of each, and before each."""

    instead: list[str | None]
    before: list[list[str]]


def _change(base: list[str], side: list[str]) -> _Change:
    change = _Change([None] * len(base), [[] for _ in range(len(base) + 1)])
    slot = 0
    for one, other in aligned(base, side):
        if one is None:
            change.before[slot] += [side[other]] if other is not None else []
        else:
            slot = one + 1
            change.instead[one] = None if other is None else side[other]
    return change


def _merge_body(was: str, theirs: str, mine: str, choices: dict[str, str], merged: Merged) -> str:
    base = blocks(was)
    their, own = _change(base, blocks(theirs)), _change(base, blocks(mine))
    found: list[str] = []
    place = 0

    def settle(before: list[str], left: list[str], right: list[str]) -> None:
        nonlocal place
        if left in (right, before):
            found.extend(right)
        elif right == before:
            found.extend(left)
            if "body" not in merged.taken:
                merged.taken.append("body")
        else:
            clash = Clash("body", "\n".join(left), "\n".join(right), place)
            place += 1
            choice = choices.get(clash.key)
            if choice not in {THEIRS, MINE, BOTH}:
                merged.clashes.append(clash)
            found.extend([*left, *right] if choice == BOTH else left if choice == THEIRS else right)

    for number in range(len(base) + 1):
        settle([], their.before[number], own.before[number])
        if number < len(base):
            left, right = their.instead[number], own.instead[number]
            settle([base[number]], [left] if left is not None else [], [right] if right is not None else [])
    return body.sanitize("\n".join(found))
