"""From a regular expression of Python's to one of ripgrep's that matches the same lines, or more.

The two differ in what letters beyond ASCII are, in what they look back or ahead to, and in what a
line is. Where they may differ, the wider expression takes anything. It also holds for texts that
are not UTF-8: but for a plain text it is over bytes. Syntax: docs.rs/regex, "Opt out of Unicode
support".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Any

from arriero.index.needles import FOLDED_WIDELY

try:
    from re import _constants as op  # type: ignore[attr-defined,unused-ignore]
    from re import _parser as parser  # type: ignore[attr-defined,unused-ignore]
except ImportError:  # Python 3.10
    import sre_constants as op
    import sre_parse as parser

_ASCII = frozenset(map(chr, range(128)))
_BEYOND = r"[\x80-\xFF]{1,4}"  # a character beyond ASCII, in UTF-8 or in an old encoding
_CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_NOT_WORD: r"\W",
}
_REPEATS = [
    getattr(op, name) for name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
    if hasattr(op, name)
]  # fmt: skip
_STARTS = (op.AT_BEGINNING, op.AT_BEGINNING_STRING)
_EDGES = (*_STARTS, op.AT_END, op.AT_END_STRING)
_MOST_CASED = 0x20000  # no script with cases is beyond
_MOST_TIMES = 100  # that something is repeated: more make a large automaton


def wider(pattern: str, *, ignore_case: bool) -> str:
    """Return ripgrep's expression, "" where none is known or where it would rule out little.

    Never raises: what is not understood has none.
    """
    try:
        parsed = parser.parse(pattern, re.IGNORECASE if ignore_case else 0)
        flags = parsed.state.flags
        if flags & (re.LOCALE | re.DEBUG):
            return ""
        fold = bool(flags & re.IGNORECASE)
        if all(kind is op.LITERAL for kind, _ in parsed):
            return _text([chr(value) for _, value in parsed], fold)
        made = _sequence(parsed, fold)
    except Exception:  # noqa: BLE001 - the parser is not public; without it nothing is ruled out
        return ""
    return f"(?-u){made}" if made else ""


def _sequence(items: Any, fold: bool) -> str:
    edges = [value in _STARTS for kind, value in items if kind is op.AT and value in _EDGES]
    if edges != sorted(edges, reverse=True):
        raise ValueError("what ends before it begins is a line of nothing, or of its end alone")
    return "".join(_one(kind, value, fold) for kind, value in items)


def _one(kind: Any, value: Any, fold: bool) -> str:
    if kind is op.LITERAL:
        return _character(chr(value), fold)
    if kind is op.NOT_LITERAL:
        return _class(_ASCII - {chr(value)}, fold, beyond=True)
    if kind is op.ANY:
        return rf"(?:[^\n\x80-\xFF]|{_BEYOND})"
    if kind is op.IN:
        return _in(value, fold)
    if kind is op.BRANCH:
        return f"(?:{'|'.join(_sequence(choice, fold) for choice in value[1])})"
    if kind is op.SUBPATTERN:
        _, added, removed, inner = value
        fold = (fold or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE
        return f"(?:{_sequence(inner, fold)})"
    if kind in _REPEATS:
        least, most, inner = value
        return f"(?:{_sequence(inner, fold)}){_times(int(least), int(most))}"
    if kind is op.AT:
        return _place(value)
    if kind in (op.ASSERT, op.ASSERT_NOT):
        return ""
    if kind is op.GROUPREF:
        return r"[^\n]*"
    if str(kind) == "ATOMIC_GROUP":
        return f"(?:{_sequence(value, fold)})"
    raise ValueError(f"not known: {kind}")


def _text(characters: Sequence[str], fold: bool) -> str:
    """Return what takes a text, once for UTF-8 and once for the old encoding that is read.

    As a whole: ripgrep looks for whole texts in half of the time that characters with a choice of
    bytes take.
    """
    ways = [_same(one) if fold else (one,) for one in characters]
    shown = "".join(map(_one_of, ways))
    old = [[one for one in way if one <= "\xff"] for way in ways]
    if all(map(str.isascii, characters)) or not all(old):
        return shown
    return f"{shown}|(?-u:{''.join(map(_one_of, old))})"


def _one_of(characters: Sequence[str]) -> str:
    shown = "".join(map(_shown, characters))
    return shown if len(characters) == 1 else f"[{shown}]"


def _shown(character: str) -> str:
    if character.isascii() and character.isalnum():
        return character
    code = ord(character)
    return rf"\x{code:02X}" if code < 0x100 else rf"\x{{{code:X}}}"  # only the first may be a byte


def _character(character: str, fold: bool) -> str:
    """Return what takes one character, with `fold` in any case."""
    same = _same(character) if fold else (character,)
    if all(map(str.isascii, same)):
        return _class(frozenset(same), fold=False)
    return f"(?:{'|'.join([_bytes(one) for one in same])})"


def _same(character: str) -> tuple[str, ...]:
    """Return what Python takes for a character where case does not count."""
    found = re.findall(re.escape(character), _cased(), re.IGNORECASE)
    return tuple(dict.fromkeys((character, *found)))


def _bytes(character: str) -> str:
    """Return what takes a character in UTF-8, or in the one old encoding that is read."""
    ways = [character.encode("utf-8", "surrogatepass")]
    if "\x7f" < character <= "\xff":
        ways.append(character.encode("latin-1"))
    return "|".join(["".join([rf"\x{byte:02X}" for byte in way]) for way in ways])


@functools.cache
def _cased() -> str:
    """Return all characters that are another one in another case."""
    every = map(chr, range(_MOST_CASED))
    return "".join([one for one in every if not one.lower() == one == one.upper()])


def _place(where: Any) -> str:
    """A line also begins and ends at a carriage return; where words end differs beyond ASCII."""
    if where not in _EDGES:
        return ""
    return r"(?:^|\r)" if where in _STARTS else r"(?:$|\r)"


def _times(least: int, most: int) -> str:
    least = min(least, _MOST_TIMES)
    return f"{{{least},}}" if most > _MOST_TIMES else f"{{{least},{most}}}"


def _in(items: Any, fold: bool) -> str:
    taken: set[str] = set()
    beyond = negated = False
    for kind, value in items:
        if kind is op.NEGATE:
            negated = True
        elif kind is op.LITERAL:
            taken.add(chr(value))
        elif kind is op.RANGE:
            taken.update(map(chr, range(value[0], min(value[1], 127) + 1)))
            beyond = beyond or value[1] > 127
        else:
            one = re.compile(_CATEGORIES[value])
            taken.update(filter(one.match, _ASCII))
            beyond = True
    if negated:
        return _class(_ASCII - (_folded(taken) if fold else taken) | _both(fold), fold, beyond=True)
    return _class(frozenset(taken), fold, beyond=beyond)


def _both(fold: bool) -> frozenset[str]:
    """What a negated class may take in addition where case does not count."""
    return FOLDED_WIDELY if fold else frozenset()


def _class(taken: frozenset[str], fold: bool, *, beyond: bool = False) -> str:
    """Return what takes one of some characters, or with `beyond` any that is not ASCII."""
    beyond = beyond or not all(map(str.isascii, taken))
    if fold:
        taken = frozenset(_folded(taken))
        beyond = beyond or bool(taken & FOLDED_WIDELY)
        taken |= FOLDED_WIDELY if beyond else frozenset()
    known = sorted(taken & _ASCII)
    shown = "".join(rf"\x{ord(one):02X}" for one in known)
    if len(known) == 1:
        shown = known[0] if known[0].isalnum() else shown
    elif known:
        shown = f"[{shown}]"
    if not beyond:
        return shown
    return f"(?:{shown}|{_BEYOND})" if shown else f"(?:{_BEYOND})"


def _folded(taken: Any) -> set[str]:
    return {way for one in taken for way in (one, one.lower(), one.upper()) if len(way) == 1}
