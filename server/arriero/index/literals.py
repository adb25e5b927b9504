"""What texts every match of a regular expression must have, as a query over trigrams."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from arriero.index.grams import required

try:
    from re import _constants as op  # type: ignore[attr-defined,unused-ignore]
    from re import _parser as parser  # type: ignore[attr-defined,unused-ignore]
except ImportError:  # Python 3.10
    import sre_constants as op
    import sre_parse as parser

_MOST_TRIGRAMS = 24
# Letters that a case-insensitive match also finds in letters beyond ASCII, as linematch has them.
_FOLDED_WIDELY = frozenset("iskISK")


def trigram_query(pattern: str, *, literal: bool = False, ignore_case: bool = False) -> str:
    """Return an FTS5 query that every text with a matching line matches; "" if nothing is known.

    `pattern` is a regular expression of Python's, or with `literal` a text. Never raises: what is
    not understood rules nothing out.
    """
    if literal:
        return _of_run(pattern, ignore_case=ignore_case)
    try:
        parsed = parser.parse(pattern, re.IGNORECASE if ignore_case else 0)
        return _of_sequence(parsed, ignore_case=bool(parsed.state.flags & re.IGNORECASE))
    except Exception:  # noqa: BLE001 - the parser is not public; without it nothing is ruled out
        return ""


def _of_sequence(items: Any, *, ignore_case: bool) -> str:
    parts: list[str] = []
    run: list[str] = []
    _collect(items, run, parts, ignore_case)
    _flush(run, parts, ignore_case)
    return _joined(parts, "AND")


def _collect(items: Any, run: list[str], parts: list[str], ignore_case: bool) -> None:
    """Add the literals of a sequence to the run that is open, and what is known to the parts."""
    for kind, value in items:
        if kind is op.LITERAL:
            run.append(chr(value))
        elif kind is op.SUBPATTERN and not value[1] and not value[2]:  # no flags of its own
            _collect(value[3], run, parts, ignore_case)
        elif kind in (op.AT, op.ASSERT, op.ASSERT_NOT):
            continue  # of no width: what is before is beside what follows
        else:
            _flush(run, parts, ignore_case)
            if kind is op.BRANCH:
                choices = [_of_sequence(choice, ignore_case=ignore_case) for choice in value[1]]
                parts.append(_joined(choices, "OR") if all(choices) else "")
            elif kind in (op.MAX_REPEAT, op.MIN_REPEAT) and value[0] > 0:
                parts.append(_of_sequence(value[2], ignore_case=ignore_case))


def _flush(run: list[str], parts: list[str], ignore_case: bool) -> None:
    parts.append(_of_run("".join(run), ignore_case=ignore_case))
    run.clear()


def _of_run(text: str, *, ignore_case: bool) -> str:
    kept = list(dict.fromkeys(required(text, lambda one: _is_sure(one, ignore_case))))
    if len(kept) > _MOST_TRIGRAMS:
        step = len(kept) / _MOST_TRIGRAMS
        kept = [kept[int(at * step)] for at in range(_MOST_TRIGRAMS)]
    return _joined([_quoted(gram) for gram in kept], "AND")


def _is_sure(character: str, ignore_case: bool) -> bool:
    if ignore_case:
        return character.isascii() and character not in _FOLDED_WIDELY
    return not "\ud800" <= character <= "\udfff"


def _joined(parts: Sequence[str], word: str) -> str:
    known = list(dict.fromkeys(part for part in parts if part))
    return f"({f' {word} '.join(known)})" if len(known) > 1 else "".join(known)


def _quoted(gram: str) -> str:
    return '"' + gram.replace('"', '""') + '"'
