"""Trigrams of texts: what a file has for certain, so that a search can rule files out.

A text is cut at its white space. There are the trigrams of each piece with marks at both of its
ends: of `a idx` these are "·a·", "·id", "idx" and "dx·", and some with two marks that nobody asks
for. Each is kept once for a text, as code says the same again and again. Letters are folded, each
by itself, so that a part of a text is folded as it is in the whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

TOKENIZER = "ascii tokenchars '!\"\"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~'"
"""How a table takes each trigram for a word, within double quotes."""
_EDGE = "\u00b7"  # one of Latin-1, as Python has these characters at hand; a letter to the table
_PIECE = re.compile(r"\S+")
_NO_LETTERS = frozenset(map(chr, (*range(32), 127)))  # to the table, which would cut there
_UNSURE = "\0"


def grams(text: str) -> str:
    """Return the distinct trigrams of a text in any order, with a space between."""
    joined = (_EDGE + _EDGE).join(["", *set(_folded(text).split()), ""])
    return " ".join(set(map("".join, zip(joined, joined[1:], joined[2:]))))  # noqa: B905


def required(text: str, is_sure: Callable[[str], bool]) -> Iterator[str]:
    """Yield what `grams` has of every text with this one in it; some may come more than once.

    Nothing is said of characters that are not sure: another one may stand for them.
    """
    for piece in _PIECE.finditer(text):
        sure = "".join(
            _folded(one) if is_sure(one) and one not in _NO_LETTERS else _UNSURE for one in piece[0]
        )
        spelled = _EDGE * (piece.start() > 0) + sure + _EDGE * (piece.end() < len(text))
        for at in range(len(spelled) - 2):
            gram = spelled[at : at + 3]
            if _UNSURE not in gram:
                yield gram


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else text.casefold()
