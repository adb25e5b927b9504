"""Writing which words the index has, so that parts of words can be looked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

_MOST_REMEMBERED = 200_000  # words that are known to be there: 20 MB


class Lexicon:
    """Adds words to a generation's table, within the transactions of its owner.

    Which words are there is remembered, and not looked up: a word may be there twice, where the
    writer began anew or the words are very many. The next generation then has it once.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        """`db` is the writer's connection."""
        self._db = db
        self._remembered: dict[int, set[str]] = {}

    def forget(self) -> None:
        """Take note that what was added may not be there."""
        self._remembered.clear()

    def add(self, generation: int, texts: Iterable[str]) -> None:
        """Add the words of some texts, which white space parts. Raises sqlite3.Error."""
        words: set[str] = set()
        for text in texts:
            words.update(text.split())
        remembered = self._remembered.setdefault(generation, set())
        words -= remembered
        if not words:
            return
        self._db.execute(
            f"INSERT INTO lexicon_{generation}(words) VALUES (?)",  # noqa: S608 - a number
            ("\n".join(["", *sorted(words), ""]),),
        )
        remembered |= words
        if sum(map(len, self._remembered.values())) > _MOST_REMEMBERED:
            self._remembered.clear()
