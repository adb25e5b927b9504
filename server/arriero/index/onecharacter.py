r"""Regular expressions that match the lines with one of some characters, like `\w+` and `.`.

What matches most lines is often of this kind. Of lines of ASCII it is told by taking all other
characters out of a text: lines of which something is left are those that match.
"""

from __future__ import annotations

import re
from typing import Any

try:
    from re import _constants as op  # type: ignore[attr-defined,unused-ignore]
    from re import _parser as parser  # type: ignore[attr-defined,unused-ignore]
except ImportError:  # Python 3.10
    import sre_constants as op
    import sre_parse as parser

_SINGLE = frozenset((op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN))
_REPEATS = frozenset((op.MAX_REPEAT, op.MIN_REPEAT))
_EDGES = frozenset((op.AT_BEGINNING, op.AT_BEGINNING_STRING, op.AT_END, op.AT_END_STRING))
_IN_LINES = frozenset(range(128)) - {10}


class OneCharacter:
    """Marks the lines of ASCII that have one of some characters.

    Of no characters it marks all lines, and `is_any_line` says so: these may be of any text.
    """

    def __init__(self, characters: bytes) -> None:
        """Take the characters, which are ASCII."""
        self.is_any_line = not characters
        self._others = bytes(_IN_LINES.difference(characters))

    def mark(self, text: str) -> bytes:
        """Mark lines as `marked.Mark` does."""
        if self.is_any_line:
            return bytes((1,)) * (text.count("\n") + 1)
        if not self._others:
            return bytes(map(bool, text.split("\n")))
        return bytes(map(bool, text.encode().translate(None, self._others).split(b"\n")))


def one_character(pattern: str, *, ignore_case: bool) -> OneCharacter | None:
    """Return what finds the lines of ASCII that match; None where it is not as simple.

    Never raises: what is not understood is not simple.
    """
    flags = re.IGNORECASE if ignore_case else 0
    try:
        parsed = list(parser.parse(pattern, flags))
        inner = [item for item in parsed if item[0] is not op.AT or item[1] not in _EDGES]
        needed, edges = _needed(inner), len(parsed) - len(inner)
        search = re.compile(pattern, flags).search
    except Exception:  # noqa: BLE001 - the parser is not public; then the expression is matched
        return None
    if needed + edges > 1:
        return None
    having = bytes(one for one in _IN_LINES if search(chr(one))) if needed else b""
    return OneCharacter(having) if having or not needed else None


def _needed(items: Any) -> int:
    """Return how many characters a match has at least, 2 for more or where something else counts.

    What may be left out says nothing of whether a line matches.
    """
    count = 0
    for kind, value in items:
        if kind in _SINGLE:
            count += 1
        elif kind is op.SUBPATTERN:
            count += _needed(value[3])
        elif kind in _REPEATS:
            count += value[0] and value[0] * _needed(value[2])
        else:
            return 2
    return min(count, 2)
