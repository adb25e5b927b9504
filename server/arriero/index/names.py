"""The names that files define, looked through for those that may fit what somebody typed."""

from __future__ import annotations

from collections.abc import Iterator

from arriero.index.likeness import FROM_START, IN_ORDER, PREFIX
from arriero.index.reader import Snapshot

_SHORT = 2  # characters: with so few, very many names have them in order
_MOST_NAMES = 1_000  # that are looked at in one step, the shortest
_FIRST = "ORDER BY length(name), name LIMIT ?"
_LIKE = "name LIKE ? ESCAPE '!'"
_BETWEEN = "name >= ? AND name < ?"
_IN_DEFS = "name >= ? COLLATE NOCASE AND name < ? COLLATE NOCASE"


def steps(snapshot: Snapshot, typed: str) -> Iterator[tuple[list[str], int]]:
    """Yield names that may fit, and how well they have to, as what fits less is in a later step.

    SQLite compares in C, without the interpreter's lock.
    """
    first = typed[0]
    known: dict[str, list[str]] = {}  # of a single letter, the patterns are the same
    if first.isascii():
        for pattern, worst in ((_escaped(typed) + "%", PREFIX), (in_order(typed), FROM_START)):
            for before in ("", "_", "__"):
                wanted = before + pattern
                if wanted not in known:
                    known[wanted] = _names(snapshot, wanted, before + first)
                yield known[wanted], worst
    if len(typed) > _SHORT or not first.isascii():
        yield _names(snapshot, "%" + in_order(typed)), IN_ORDER


def in_order(typed: str) -> str:
    """Return the pattern of texts that have these letters in their order from the start on."""
    return "%".join([_escaped(letter) for letter in typed]) + "%"


def _names(snapshot: Snapshot, pattern: str, head: str = "") -> list[str]:
    """Return names of a pattern, the shortest; `head` is ASCII that they begin with.

    Those of files that are not gathered yet (`schema`) are looked for where they are defined.
    """
    read = snapshot.db.execute
    gathered = int(snapshot.meta["gathered_to"])
    low, high = head.lower(), head.upper()
    between: str = ""
    ends: tuple[str, ...] = ()
    if not gathered:
        if head:
            between, ends = f"{_IN_DEFS} AND ", (low, _after(low))
        query = f"SELECT DISTINCT name FROM defs WHERE {between}{_LIKE} {_FIRST}"  # noqa: S608
        return [name for (name,) in read(query, (*ends, pattern, _MOST_NAMES))]
    if low != high:
        between = f"({_BETWEEN} OR {_BETWEEN}) AND "
        ends = (low, _after(low), high, _after(high))
    elif head:
        between, ends = f"{_BETWEEN} AND ", (low, _after(low))
    query = f"SELECT name FROM names WHERE {between}{_LIKE} {_FIRST}"  # noqa: S608 - from above
    rows = read(query, (*ends, pattern, _MOST_NAMES)).fetchall()
    query = f"SELECT DISTINCT name FROM defs WHERE file > ? AND {_LIKE} {_FIRST}"  # noqa: S608
    rows += read(query, (gathered, pattern, _MOST_NAMES))
    return [name for (name,) in rows]


def _after(head: str) -> str:
    """Return the first text that is after all that begin so."""
    return head[:-1] + chr(ord(head[-1]) + 1)


def _escaped(text: str) -> str:
    """Return a pattern of a text; SQLite knows no other case of letters beyond ASCII."""
    return "".join(
        "_" if not letter.isascii() else f"!{letter}" if letter in "%_!" else letter
        for letter in text
    )
