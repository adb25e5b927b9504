"""What stands where in a TOML text, also in a broken one; pure.

Python reads TOML itself only from 3.11 on, and not at all what somebody is just typing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

KeyPath = tuple[str, ...]

_DEEPEST = 20  # brackets in brackets
_MOST_PARTS = 8  # of a path: a longer one would be copied for each of its values
_PIECE = re.compile(
    r"#[^\n]*"
    r'|"""[\s\S]*?(?:"""|\Z)'
    r"|'''[\s\S]*?(?:'''|\Z)"
    r'|"[^"\\\n]*(?:\\.[^"\\\n]*)*"?'
    r"|'[^'\n]*'?"
    r"|[\[\]{}=,\n]"
    r"|[^\s\[\]{}=,\"'#]+"
)


def toml_values(text: str) -> Iterator[tuple[KeyPath, str]]:
    """Yield each value with its path; those of a list have the list's. A table has a value ''."""
    reader = _Reader()
    for match in _PIECE.finditer(text):
        piece = match.group()
        if piece.startswith("#"):
            continue
        yield from reader.take(piece)
        if reader.is_lost:
            return


class _Reader:
    """Knows where in a text it is, from piece to piece."""

    def __init__(self) -> None:
        self._table: KeyPath = ()
        self._in_header = False
        self._parts: list[str] = []  # of a key that is not complete
        self._path: KeyPath | None = None  # of the value that is read; None where a key is
        self._open: list[tuple[str, KeyPath]] = []  # brackets of a value, and their path

    @property
    def is_lost(self) -> bool:
        """Tell whether no more is worth reading."""
        return len(self._open) > _DEEPEST

    def take(self, piece: str) -> Iterator[tuple[KeyPath, str]]:
        """Read the next piece; yields what it completes."""
        if self._in_header:
            yield from self._head(piece)
        elif piece == "\n":
            if not self._open:
                self._path = None
                self._parts.clear()
        elif self._path is None:
            self._key(piece)
        elif piece in ("[", "{"):
            self._open.append((piece, self._path))
            if piece == "{":
                self._path = None
        elif piece in ("]", "}"):
            self._close()
        elif piece == ",":
            if self._open and self._open[-1][0] == "{":
                self._path = None
        elif piece != "=":
            yield self._path, _bare(piece)
        elif self._open and self._open[-1][0] == "[":  # never closed: the next key is here
            self._open.clear()
            self._path = None

    def _head(self, piece: str) -> Iterator[tuple[KeyPath, str]]:
        if piece in ("]", "\n"):
            self._table = tuple(self._parts[:_MOST_PARTS])
            self._in_header = False
            self._parts.clear()
            yield self._table, ""
        elif piece not in ("[", "{", "}", "=", ","):
            self._add(piece)

    def _key(self, piece: str) -> None:
        if piece == "=":
            before = self._open[-1][1] if self._open else self._table
            self._path = (*before, *self._parts)[:_MOST_PARTS]
            self._parts.clear()
        elif piece in ("]", "}"):
            self._close()
        elif piece == "[" and not self._open:
            self._in_header = True
            self._parts.clear()
        elif piece in ("[", "{", ","):
            self._parts.clear()
        else:
            self._add(piece)

    def _add(self, piece: str) -> None:
        if piece[0] in "\"'":
            self._parts.append(_bare(piece))
        else:
            self._parts += [part for part in piece.split(".") if part]

    def _close(self) -> None:
        self._parts.clear()
        if self._open:
            self._path = self._open.pop()[1]


def _bare(piece: str) -> str:
    return piece.strip("\"'") if piece[0] in "\"'" else piece
