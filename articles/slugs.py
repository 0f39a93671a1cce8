"""Addresses from headlines and names: never empty, any script, within the column."""

import re

from django.db.models import QuerySet
from django.utils.text import slugify

MAX_LENGTH = 120
#: Words that `articles/urls.py` keeps for itself below an article's number.
RESERVED = frozenset({"rating", "read", "comments", "feed"})


def slug_for(text: str, fallback: str = "item") -> str:
    """Make a slug of at most MAX_LENGTH characters; `fallback` where the text has no letter or digit."""
    # Joiners carry meaning in Persian spelling, where they stand between the parts of one word.
    text = re.sub(r"[\u200c\u200d]+", "-", text)
    text = text.encode("utf-8", "ignore").decode("utf-8")  # lone surrogates cannot be stored
    slug = slugify(text, allow_unicode=True)
    if len(slug) > MAX_LENGTH:
        head, _, _tail = slug[:MAX_LENGTH].rpartition("-")
        slug = head if len(head) > MAX_LENGTH // 2 else slug[:MAX_LENGTH]
    slug = slug.strip("-_") or fallback
    return f"{slug}-{fallback}" if slug in RESERVED else slug


def unique_slug(rows: QuerySet, text: str, fallback: str = "item") -> str:
    """Like `slug_for`, numbered until no row of `rows` has it."""
    base = slug = slug_for(text, fallback)
    number = 1
    while rows.filter(slug=slug).exists():
        number += 1
        slug = f"{base}-{number}"
    return slug
