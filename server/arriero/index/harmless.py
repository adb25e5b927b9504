"""Regular expressions that are matched in a known time, so that no process is needed for them.

A backtracking matcher tries, at each place of a line, each length of each repeated part: of a line
of n characters and an expression with k such parts, n to the power of k + 1 steps at most, times
the ways through its alternatives. That holds where what is repeated is one character each time; a
repeated group may take exponential time and is never harmless.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

try:
    from re import _constants as op  # type: ignore[attr-defined,unused-ignore]
    from re import _parser as parser  # type: ignore[attr-defined,unused-ignore]
except ImportError:  # Python 3.10
    import sre_constants as op
    import sre_parse as parser

_STEPS = 500_000  # of which each takes 5 to 10 nanoseconds
_COMPARED = 8  # characters that are compared in one
_LEAST_LINE = 40  # characters that take as long as it does to begin with a line
_MOST_PARTS = 4
_SINGLE = frozenset((op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN))


class _Harmful(Exception):
    """Nothing is known of how long this may take."""


class Bound(NamedTuple):
    """How many characters a line may have that is matched within a few milliseconds, -1 for none.

    A line takes its length to the power of `power` at most.
    """

    characters: int
    power: int = 1

    def at_once(self, longest: int) -> int:
        """Return how many lines of such a length are matched within that time, 0 for none."""
        if longest > self.characters:
            return 0
        return max(int((self.characters / max(longest, _LEAST_LINE)) ** self.power), 1)


def harmless(pattern: str, *, ignore_case: bool) -> Bound:
    """Return how long lines may be.

    Never raises: what is not understood is not harmless.
    """
    try:
        parsed = list(parser.parse(pattern, re.IGNORECASE if ignore_case else 0))
        while parsed and _is_repeated(*parsed[-1]):  # nothing follows that could fail
            kind, (least, _, inner) = parsed.pop()
            if least:  # so often it must be there, after which it cannot fail any more
                parsed.append((kind, (least, least, inner)))
                break
        parts, ways, items = _of_sequence(parsed)
    except Exception:  # noqa: BLE001 - the parser is not public; without it there is the process
        return Bound(-1)
    if parts > _MOST_PARTS:
        return Bound(-1)
    most = (_STEPS / (ways * (1 + items // _COMPARED))) ** (1 / (parts + 1))
    return Bound(int(most), parts + 1)


def _of_sequence(sequence: Any) -> tuple[int, int, int]:
    """Return the parts of any length, the ways through alternatives, and all other items."""
    parts, ways, items = 0, 1, 0
    for kind, value in sequence:
        if kind in _SINGLE or kind is op.AT:
            items += 1
        elif _is_repeated(kind, value):
            parts += value[1] > value[0]
            items += value[0] if value[1] == value[0] else 0
        elif kind is op.SUBPATTERN:
            more, inner, within = _of_sequence(value[3])
            parts, ways, items = parts + more, ways * inner, items + within
        elif kind is op.BRANCH:
            choices = [_of_sequence(choice) for choice in value[1]]
            parts += max(more for more, _, _ in choices)
            ways *= sum(inner for _, inner, _ in choices)
            items += max(within for _, _, within in choices)
        else:  # a group that is repeated, or looked for again or around
            raise _Harmful
    return parts, ways, items


def _is_repeated(kind: Any, value: Any) -> bool:
    """Tell whether an item is a single character, any number of times."""
    return (
        kind in (op.MAX_REPEAT, op.MIN_REPEAT) and len(value[2]) == 1 and value[2][0][0] in _SINGLE
    )
