"""The keys of a text in YAML by its lines, where it does not parse."""

from __future__ import annotations

import re
from collections.abc import Sequence

from arriero.index.extract.types import Definition

_LONGEST_LINE = 400  # characters
_MOST_KEYS = 1_000  # as where it parses: more are data
_KEY = re.compile(
    r"( *)(\"[^\"]+\"|'[^']+'|(?![-?] )[^\s#\[\]{}&*!|>'\"%@`,][^#]*?)[ ]*:(?=\s|$)([^#]*)"
)
_BLOCK = re.compile(r"\s*(?:[&!]\S+\s+)*[|>][-+\d]*\s*")


def keys(lines: Sequence[str]) -> list[Definition]:
    """Return the keys of the outermost mapping and those right in them."""
    found: list[Definition] = []
    open_: list[tuple[int, Definition]] = []  # with their indentation
    within = -1  # indentation of the key whose text goes on over lines
    inner = last = 0
    is_list = False
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        indentation = len(line) - len(line.lstrip(" "))
        while open_ and indentation <= open_[-1][0] and not stripped.startswith(("- ", "-\t")):
            _close(found, open_.pop()[1], last)
        last = number
        if 0 <= within < indentation:
            continue
        within = -1
        is_list = is_list or (not inner and stripped.startswith("- "))
        match = _KEY.match(line) if len(line) <= _LONGEST_LINE else None
        if match is None or len(found) >= _MOST_KEYS:
            continue
        if _BLOCK.fullmatch(match[3]):
            within = indentation
        if not indentation:
            inner, is_list = 0, False
        elif is_list or len(open_) != 1 or (inner and indentation > inner):
            continue
        else:
            inner = indentation
        name = match[2].strip("\"'") or match[2]
        container = open_[-1][1].name if open_ else ""
        definition = Definition(name, "key", number, number, container)
        open_.append((indentation, definition))
        found.append(definition)
    for _, definition in open_:
        _close(found, definition, last)
    return found


def _close(found: list[Definition], definition: Definition, end_line: int) -> None:
    # It is one of the last two: nothing but keys within it came after it was opened.
    place = len(found) - 1
    while found[place] is not definition:
        place -= 1
    found[place] = definition._replace(end_line=max(end_line, definition.line))
