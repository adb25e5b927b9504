"""What a declaration of JavaScript names, and the fields of a class."""

from __future__ import annotations

import re
from collections.abc import Iterator

from arriero.index.extract.brackets import Unclear
from arriero.index.extract.scriptends import end_of
from arriero.index.extract.scriptfound import Found
from arriero.index.extract.scripttext import ScriptText

NAME = r"[A-Za-z_$\u0080-\uffff][\w$]*"
_DECLARED = re.compile(rf"\s*(?:({NAME})(?=\s*[=,;\n)]|\s*$|\s+(?:of|in)\b)|[\[{{])")
_TARGET = re.compile(rf"\s*(?:\.\.\.\s*)?({NAME})\s*")
_IN_A_PATTERN = re.compile(r"[,:=(\[{]")
_IN_A_DEFAULT = re.compile(r"[,(\[{]")
# Of a class: the words before a member's name, and what it has for one.
_MEMBER = re.compile(
    r"[\s;]*(?:(?:static|async|get|set)\s+(?=[\w$#*\[{\u0080-\uffff]))*(?:\*\s*)?"
    rf"(?:(#?{NAME})|[\w.]+|(?=[\[{{]))\s*"
)


def variables(text: ScriptText, at: int) -> tuple[list[Found], int]:
    """Return the names of a declaration that is in nothing else, and where it ends.

    Raises `Unclear`.
    """
    bare = text.bare
    found: list[Found] = []
    while True:
        match = _DECLARED.match(bare, at)
        if match is None:
            raise Unclear
        start = match.start(1) if match[1] else match.end()
        behind = text.after(match.end(1) if match[1] else text.pairs[match.end() - 1] + 1)
        end = match.end()
        if bare[behind : behind + 1] == "=":
            end = end_of(text, text.after(behind + 1))
            behind = text.after(end)
        elif match[1] and "\n" in bare[match.end() : behind] and bare[behind : behind + 1] != ",":
            behind = len(bare)
        if match[1]:
            found.append(Found(start, end, 5, "variable", match[1]))
        else:
            found += _targets(text, start, text.pairs[start - 1])
        if bare[behind : behind + 1] != ",":
            return found, end
        at = behind + 1


def fields(text: ScriptText, at: int, end: int) -> Iterator[Found]:
    """Yield the fields among a class's members. Raises `Unclear`."""
    bare = text.bare
    while (match := _MEMBER.match(bare, at, end)) is not None:
        at = match.end()
        sign = bare[at]
        if sign == "[":  # a name that is computed
            at = text.after(text.pairs[at] + 1)
            sign = bare[at]
        if sign == "(":
            at = text.after(text.pairs[at] + 1)
            sign = bare[at]
            if sign != "{":
                raise Unclear
        if sign == "{":
            at = text.pairs[at] + 1
            continue
        stop = text.before(at)
        if sign == "=":
            at = stop = end_of(text, text.after(at + 1))
        elif at < end and sign != ";" and "\n" not in bare[stop:at]:
            raise Unclear
        if match[1]:
            yield Found(match.start(1), stop, 4, "field", match[1])
    if bare[at:end].strip("; \t\n"):
        raise Unclear


def _targets(text: ScriptText, at: int, end: int) -> Iterator[Found]:
    """Yield the names that a pattern gives parts of a value; not those of patterns in it."""
    bare = text.bare
    begin = at
    while at < end:
        place, sign = _next(_IN_A_PATTERN, bare, at, end)
        if sign == ":":
            at = begin = place + 1
            continue
        if sign not in ",=":
            at = text.pairs[place] + 1
            continue
        name = _TARGET.fullmatch(bare, begin, place)
        if name is not None:
            yield Found(*name.span(1), 5, "variable", name[1])
        while sign != ",":  # what it has by default
            place, sign = _next(_IN_A_DEFAULT, bare, place + 1, end)
            if sign != ",":
                place = text.pairs[place]
        at = begin = place + 1


def _next(signs: re.Pattern[str], bare: str, at: int, end: int) -> tuple[int, str]:
    """Return the next of some signs, and the end as if a comma were there."""
    match = signs.search(bare, at, end)
    return (end, ",") if match is None else (match.start(), match[0])
