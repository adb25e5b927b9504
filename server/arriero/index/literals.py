"""What words the texts must have that match a regular expression."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from arriero.index.terms import BOUNDARY, Part, parts

try:
    from re import _constants as op  # type: ignore[attr-defined,unused-ignore]
    from re import _parser as parser  # type: ignore[attr-defined,unused-ignore]
except ImportError:  # Python 3.10
    import sre_constants as op
    import sre_parse as parser

# Letters that a case-insensitive match also finds in letters beyond ASCII.
_FOLDED_WIDELY = frozenset("iskISK")
_EDGES = frozenset(
    (op.AT_BOUNDARY, op.AT_BEGINNING, op.AT_BEGINNING_STRING, op.AT_END, op.AT_END_STRING)
)


@dataclass(frozen=True)
class Every:
    """All of these are needed, in one line."""

    needs: tuple[Need, ...]


@dataclass(frozen=True)
class Either:
    """One of these is needed."""

    needs: tuple[Need, ...]


Need = Part | Every | Either
"""What a line must have to match."""


def needed(pattern: str, *, literal: bool = False, ignore_case: bool = False) -> Need | None:
    """Return what every matching line has; None if nothing is known.

    `pattern` is a regular expression of Python's, or with `literal` a text. Never raises: what is
    not understood rules nothing out.
    """
    if literal:
        return _of_run(pattern, ignore_case=ignore_case)
    try:
        parsed = parser.parse(pattern, re.IGNORECASE if ignore_case else 0)
        flags = parsed.state.flags
        if flags & (re.ASCII | re.MULTILINE):  # boundaries are elsewhere then
            return None
        return _of_sequence(parsed, ignore_case=bool(flags & re.IGNORECASE))
    except Exception:  # noqa: BLE001 - the parser is not public; without it nothing is ruled out
        return None


def _of_sequence(items: Any, *, ignore_case: bool) -> Need | None:
    found: list[Need | None] = []
    run: list[str] = []
    _collect(items, run, found, ignore_case)
    _flush(run, found, ignore_case)
    return _all(found)


def _collect(items: Any, run: list[str], found: list[Need | None], ignore_case: bool) -> None:
    """Add the literals of a sequence to the run that is open, and what is known to `found`."""
    for kind, value in items:
        if kind is op.LITERAL:
            run.append(chr(value))
        elif kind is op.SUBPATTERN and not value[1] and not value[2]:  # no flags of its own
            _collect(value[3], run, found, ignore_case)
        elif kind is op.AT and value in _EDGES:
            run.append(BOUNDARY)
        elif kind in (op.AT, op.ASSERT, op.ASSERT_NOT):
            continue  # of no width: what is before is beside what follows
        else:
            _flush(run, found, ignore_case)
            if kind is op.BRANCH:
                choices = [_of_sequence(choice, ignore_case=ignore_case) for choice in value[1]]
                found.append(_either(choices))
            elif kind in (op.MAX_REPEAT, op.MIN_REPEAT) and value[0] > 0:
                found.append(_of_sequence(value[2], ignore_case=ignore_case))


def _flush(run: list[str], found: list[Need | None], ignore_case: bool) -> None:
    found.append(_of_run(run, ignore_case=ignore_case))
    run.clear()


def _of_run(literal: Sequence[str], *, ignore_case: bool) -> Need | None:
    return _all(list(parts(literal, lambda one: _is_sure(one, ignore_case))))


def _is_sure(character: str, ignore_case: bool) -> bool:
    if ignore_case:
        return character.isascii() and character not in _FOLDED_WIDELY
    return not "\ud800" <= character <= "\udfff"


def _all(needs: Sequence[Need | None]) -> Need | None:
    known = tuple(dict.fromkeys(need for need in needs if need is not None))
    return Every(known) if len(known) > 1 else known[0] if known else None


def _either(needs: Sequence[Need | None]) -> Need | None:
    known = tuple(dict.fromkeys(need for need in needs if need is not None))
    if len(known) < len(set(needs)):  # a choice of which nothing is known
        return None
    return Either(known) if len(known) > 1 else known[0] if known else None
