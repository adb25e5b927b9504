"""The variables that a declaration of C names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from arriero.index.extract.cfound import Found
from arriero.index.extract.ctext import CText
from arriero.index.extract.cuses import KEYWORDS

_BETWEEN = re.compile(r"[,=({\[;]")
_VALUE = re.compile(r"[,({\[]")
_VARIABLE = re.compile(r"(?<!\w)([A-Za-z_]\w*)\s*(\[[^\[\]]*\]\s*)?$")
_ATTRIBUTES = re.compile(r"(?<=[\w\]])(?:\s+__\w+){1,4}\s*$")
_NO_TYPE = re.compile(
    r"\s*(?:(?:static|const|volatile|register|inline|auto)\b\s*)*(?:(?:struct|union|enum)\s*)?"
)
_EXTERN = re.compile(r"(?:\w+\s+){0,3}?extern\b")


def variables(text: CText, begin: int, end: int) -> Iterator[Found]:
    """Yield what a declaration defines that is from one place to another. Raises `Unclear`.

    Of what is only said to be elsewhere, there are those that are given something.
    """
    bare = text.bare
    at = start = begin
    is_elsewhere = _EXTERN.match(bare, begin, end) is not None
    while (match := _BETWEEN.search(bare, at, end)) is not None:
        place, sign = match.start(), match[0]
        if sign not in ",=;":
            at = text.closing(place) + 1
            if sign == "{" and start == begin:
                start = at  # behind a structure's body
            continue
        if sign == "=" or not is_elsewhere:
            is_first = start == begin
            named = _named(bare, start, place, is_first=is_first)
            if named is not None and (
                sign == "=" or _is_variable(bare, start, named, is_first=is_first)
            ):
                yield Found(begin, end, "variable", named[1], start + named.start(1))
        at = start = _behind_value(text, place + 1, end) if sign == "=" else place + 1


def _named(bare: str, start: int, place: int, *, is_first: bool) -> re.Match[str] | None:
    """Return the name between two places: of a variable, a pointer or a list of one dimension."""
    left = bare[start:place]
    if "__" in left and is_first:
        shorter = _ATTRIBUTES.sub("", left)
        name = _VARIABLE.search(shorter)
        if name is not None and _is_variable(shorter, 0, name, is_first=True):
            left = shorter
    name = _VARIABLE.search(left)
    if name is None or left.count("*") > 1 or "(" in left:
        return None
    before = left[: name.start()].rstrip()
    return None if before.endswith("]") or (is_first and not before) else name


def _is_variable(bare: str, start: int, named: re.Match[str], *, is_first: bool) -> bool:
    """Tell whether a name that is given nothing is one, and no type or attribute."""
    name = named[1]
    if name in KEYWORDS or (name.startswith("__") and not is_first):
        return False
    return not is_first or _NO_TYPE.fullmatch(bare, start, start + named.start()) is None


def _behind_value(text: CText, at: int, end: int) -> int:
    while (match := _VALUE.search(text.bare, at, end)) is not None:
        if match[0] == ",":
            return match.end()
        at = text.closing(match.start()) + 1
    return end
