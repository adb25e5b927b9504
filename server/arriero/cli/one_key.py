"""The answer to a question of which each answer is one key."""

from __future__ import annotations

from collections.abc import Mapping


def one_key(line: str, words: Mapping[str, str]) -> str:
    """Return the key that a typed line is, or whose word it is; `words` are by their keys.

    Empty for anything else: at a terminal that takes whole lines somebody may be typing a prompt,
    which allows nothing because it begins with an “a”.
    """
    said = line.strip().lower()
    return next((key for key, word in words.items() if said in (key, word)), "")
