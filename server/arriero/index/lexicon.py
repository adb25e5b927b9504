"""Which words the index has, to find those that have something in them; and queries made of them.

`lexicon_N` has every word of `text_N` and `rest_N`, in pieces of any size: a piece begins with a
line break, and so ends each word. Of a tree of 40 MB that is one megabyte or two and a half.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from arriero.index.literals import Either, Every, Need
from arriero.index.terms import Part

MOST_WORDS = 300  # that have one part in them; a part of more tells little and costs much
_MOST_LOOKED_UP = 12  # parts of one query: each is a look at all words
_MOST_OF_ONE = 3  # parts of one literal that are looked up: the longest
_MOST_EXACT = 8
_WORDS_OF_A_GROUP = 24


def query_of(
    db: sqlite3.Connection, generation: int, need: Need | None, most_words: int = MOST_WORDS
) -> str:
    """Return an FTS5 query for every text with a matching line, "" where too little is known.

    A part that more than `most_words` words have is taken for one that tells nothing.
    """
    return "" if need is None else _Lexicon(db, generation, most_words).query(need) or ""


class _Lexicon:
    """The words of a generation, read piece by piece for each part: together they are megabytes."""

    def __init__(self, db: sqlite3.Connection, generation: int, most_words: int) -> None:
        self._db = db
        self._most_words = most_words
        self._generation = generation
        self._looked_up = 0

    def query(self, need: Need) -> str | None:
        """Return the query for what is needed, None if nothing is known."""
        if isinstance(need, Part):
            return self._of_part(need)
        if isinstance(need, Either):
            choices = [self.query(one) for one in need.needs]
            known = [choice for choice in choices if choice is not None]
            return _joined(known, "OR") if len(known) == len(choices) else None
        queries = [self.query(one) for one in _telling(need)]
        return _joined([query for query in queries if query is not None], "AND") or None

    def _of_part(self, part: Part) -> str | None:
        if part.starts and part.ends:
            return _quoted(part.text)
        if self._looked_up >= _MOST_LOOKED_UP:
            return None
        self._looked_up += 1
        words = self._having(part)
        if words is None:
            return None
        return _joined([_quoted(word) for word in words or [part.text]], "OR")

    def _having(self, part: Part) -> list[str] | None:
        """Return the words that have a part, None if they are too many."""
        # Bytes, as letters that are no ASCII make what is read as text two or four times as long.
        query = f"SELECT CAST(words AS BLOB) FROM lexicon_{self._generation}"  # noqa: S608
        needle = b"\n" * part.starts + part.text.encode() + b"\n" * part.ends
        found: dict[bytes, None] = {}
        for (piece,) in self._db.execute(query):
            if not (piece or b"").endswith(b"\n"):
                raise ValueError("a piece of the lexicon is damaged")
            at = piece.find(needle)
            while at >= 0:
                start = piece.rfind(b"\n", 0, at + part.starts) + 1
                end = piece.find(b"\n", start)
                found[piece[start:end]] = None
                if len(found) > self._most_words:
                    return None
                at = piece.find(needle, end)
        return [word.decode() for word in found]


def in_groups(query: str) -> list[str]:
    """Return queries that together find what one finds that asks for any of many words.

    For each row that it finds, FTS5 looks at every word of a query: of a thousand words, groups
    take half of the time.
    """
    inner = query[1:-1]
    if not query.startswith("(") or "(" in inner or " AND " in inner:
        return [query]
    words = inner.split(" OR ")
    return [
        " OR ".join(words[start : start + _WORDS_OF_A_GROUP])
        for start in range(0, len(words), _WORDS_OF_A_GROUP)
    ]


def _telling(need: Every) -> Iterator[Need]:
    """Yield those of several needs that tell most: not all of them have to be looked up."""
    single = [one for one in need.needs if isinstance(one, Part)]
    exact = [one for one in single if one.starts and one.ends]
    open_ = [one for one in single if not (one.starts and one.ends)]
    yield from sorted(exact, key=lambda one: -len(one.text))[:_MOST_EXACT]
    yield from sorted(open_, key=lambda one: -len(one.text))[:_MOST_OF_ONE]
    yield from (one for one in need.needs if not isinstance(one, Part))


def _joined(queries: Sequence[str], operator: str) -> str:
    known = list(dict.fromkeys(queries))
    return f"({f' {operator} '.join(known)})" if len(known) > 1 else "".join(known)


def _quoted(word: str) -> str:
    return f'"{word}"'
