"""Proof of work: a browser with scripts counts for a moment, which costs one writer nothing and a machine its rate.

The challenge is the form's own signed token, so that it is single-use and needs no store. It only ever helps: a comment
without the work is held for a moderator, never refused.
"""

import hashlib


def is_done(token: str, answer: str, bits: int) -> bool:
    """Whether SHA-256 of the token and the answer begins with `bits` zero bits."""
    if not answer.isascii() or not answer.isdigit() or len(answer) > 12:
        return False
    digest = hashlib.sha256(f"{token}:{answer}".encode("utf-8", "replace")).digest()
    return int.from_bytes(digest, "big") >> (256 - bits) == 0
