"""The word that stands at the end of a part of a text, such as before a bracket.

It is looked for from the end: a search forwards begins at each word of the part.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"\s*(\w+)")


def last_word(part: str) -> str:
    """Return the word that a text ends with but for white space, "" where it is none."""
    match = _WORD.match(part[::-1])
    return "" if match is None else match[1][::-1]


def last_name(text: str, begin: int, end: int) -> tuple[str, int] | None:
    """Return the name of C that a part of a text ends with, and its place."""
    match = _WORD.match(text[begin:end][::-1])
    if match is None:
        return None
    place = end - match.end()
    name = text[place : end - match.start(1)]
    if not name[0].isascii() or name[0].isdigit():
        return None
    if place == begin and begin and (text[begin - 1].isalnum() or text[begin - 1] == "_"):
        return None  # it begins before the part
    return name, place
