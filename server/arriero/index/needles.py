"""Texts of which every line that a regular expression matches has one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

try:
    from re import _constants as op  # type: ignore[attr-defined,unused-ignore]
    from re import _parser as parser  # type: ignore[attr-defined,unused-ignore]
except ImportError:  # Python 3.10
    import sre_constants as op
    import sre_parse as parser

FOLDED_WIDELY = frozenset("iskISK")
"""Letters that a match without case also finds in letters beyond ASCII."""
_MOST = 8  # a text is looked through for each of them

_Needles = tuple[str, ...]


def needles(pattern: str, *, ignore_case: bool) -> _Needles:
    """Return texts of which each matching line has one; () if none are known.

    Without case they are in lower case, ASCII, and to be looked for in any case. Never raises: what
    is not understood has none.
    """
    try:
        parsed = parser.parse(pattern, re.IGNORECASE if ignore_case else 0)
        if parsed.state.flags & re.IGNORECASE and not ignore_case:
            return ()  # the pattern says so itself
        return _of_sequence(parsed, ignore_case)
    except Exception:  # noqa: BLE001 - the parser is not public; without it nothing is left out
        return ()


def alternatives(pattern: str, *, ignore_case: bool) -> _Needles:
    """Return texts of which exactly the matching lines have one; () if it is not as simple.

    Without case they are in lower case, and that holds for lines of ASCII. Never raises.
    """
    try:
        parsed = parser.parse(pattern, re.IGNORECASE if ignore_case else 0)
        if parsed.state.flags & re.IGNORECASE and not ignore_case:
            return ()
        texts = _all_of(parsed)
    except Exception:  # noqa: BLE001 - as above; then the expression is matched
        return ()
    if not all(texts) or any("\n" in text or "\r" in text for text in texts):
        return ()
    if ignore_case and not all(text.isascii() and text.isprintable() for text in texts):
        return ()
    return tuple(dict.fromkeys(map(str.lower, texts) if ignore_case else texts))


class _NotSimple(Exception):
    """There are too many texts, or texts do not tell."""


def _all_of(items: Any) -> list[str]:
    """Return all texts that a sequence may be."""
    found = [""]
    for kind, value in items:
        if kind is op.LITERAL:
            here = [chr(value)]
        elif kind is op.SUBPATTERN and not value[1] and not value[2]:
            here = _all_of(value[3])
        elif kind is op.BRANCH:
            here = [text for choice in value[1] for text in _all_of(choice)]
        elif kind is op.IN and all(one is op.LITERAL for one, _ in value):
            here = [chr(character) for _, character in value]
        else:
            raise _NotSimple
        if len(found) * len(here) > _MOST:
            raise _NotSimple
        found = [text + end for text in found for end in here]
    return found


def _of_sequence(items: Any, ignore_case: bool) -> _Needles:
    """Return the best of the parts that must all be there: the longest."""
    parts: list[_Needles] = []
    run: list[str] = []
    _collect(items, run, parts, ignore_case)
    _end(run, parts)
    return max(parts, key=_shortest, default=())


def _collect(items: Any, run: list[str], parts: list[_Needles], ignore_case: bool) -> None:
    """Add the literals of a sequence to the run that is open, and what is known to the parts."""
    for kind, value in items:
        if kind is op.LITERAL and _is_sure(chr(value), ignore_case):
            run.append(chr(value).lower() if ignore_case else chr(value))
        elif kind is op.SUBPATTERN and not value[1] and not value[2]:  # no flags of its own
            _collect(value[3], run, parts, ignore_case)
        elif kind in (op.AT, op.ASSERT, op.ASSERT_NOT):
            continue  # of no width: what is before is beside what follows
        else:
            _end(run, parts)
            if kind is op.BRANCH:
                choices = [_of_sequence(choice, ignore_case) for choice in value[1]]
                every = tuple(dict.fromkeys(text for choice in choices for text in choice))
                parts.append(every if all(choices) and len(every) <= _MOST else ())
            elif kind in (op.MAX_REPEAT, op.MIN_REPEAT) and value[0] > 0:
                parts.append(_of_sequence(value[2], ignore_case))


def _end(run: list[str], parts: list[_Needles]) -> None:
    if run:
        parts.append(("".join(run),))
        run.clear()


def _shortest(texts: Sequence[str]) -> int:
    return min(map(len, texts), default=0)


def _is_sure(character: str, ignore_case: bool) -> bool:
    if ignore_case:
        return character.isascii() and character.isprintable() and character not in FOLDED_WIDELY
    return character not in "\n\r"
