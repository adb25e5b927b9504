"""The names that are given something in a declaration of C."""

from __future__ import annotations

import re
from collections.abc import Iterator

from arriero.index.extract.cfound import Found
from arriero.index.extract.ctext import CText

_BETWEEN = re.compile(r"[,=({\[]")
_VALUE = re.compile(r"[,({\[]")
_VARIABLE = re.compile(r"(?<!\w)([A-Za-z_]\w*)\s*(\[[^\[\]]*\]\s*)?$")


def given_something(text: CText, begin: int, end: int) -> Iterator[Found]:
    """Yield what a declaration defines that is from one place to another. Raises `Unclear`."""
    bare = text.bare
    at = start = begin
    while (match := _BETWEEN.search(bare, at, end)) is not None:
        place, sign = match.start(), match[0]
        if sign == ",":
            at = start = place + 1
        elif sign != "=":
            at = text.closing(place) + 1
            if sign == "{" and start == begin:
                start = at  # behind a structure's body
        else:
            named = _named(bare, start, place, is_first=start == begin)
            if named is not None:
                yield Found(begin, end, "variable", named[1], start + named.start(1))
            at = start = _behind_value(text, place + 1, end)


def _named(bare: str, start: int, place: int, *, is_first: bool) -> re.Match[str] | None:
    """Return the name between two places: of a variable, a pointer or a list of one dimension."""
    left = bare[start:place]
    name = _VARIABLE.search(left)
    if name is None or left.count("*") > 1 or "(" in left:
        return None
    before = left[: name.start()].rstrip()
    return None if before.endswith("]") or (is_first and not before) else name


def _behind_value(text: CText, at: int, end: int) -> int:
    while (match := _VALUE.search(text.bare, at, end)) is not None:
        if match[0] == ",":
            return match.end()
        at = text.closing(match.start()) + 1
    return end
