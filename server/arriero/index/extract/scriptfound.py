"""What is defined in JavaScript by its places in a text, and the definitions that come of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from arriero.index.extract.scripttext import ScriptText
from arriero.index.extract.types import Definition

_LONGEST_NAME = 200  # characters


class Found(NamedTuple):
    """A definition by its places: where it begins and ends, and the rank of its kind."""

    start: int
    end: int
    rank: int
    kind: str
    name: str


def definitions(text: ScriptText, found: Sequence[Found]) -> list[Definition]:
    """Give each definition what it is in; of two for one place the more special one holds."""
    kept: dict[tuple[int, str], Definition] = {}
    stack: list[tuple[int, str, str]] = []  # end, kind and name of what is open
    for one in _distinct(found):
        while stack and stack[-1][0] <= one.start:
            stack.pop()
        outer = stack[-1] if stack else (0, "", "")
        kind = one.kind
        if kind == "function" and outer[1] == "class":
            kind = "method"
        elif kind == "variable" and one.name.isupper():
            kind = "constant"
        line = text.line(one.start)
        definition = Definition(
            one.name[:_LONGEST_NAME], kind, line, text.line(one.end - 1), outer[2]
        )
        kept.setdefault((line, definition.name), definition)
        stack.append((one.end, one.kind, definition.name))
    return list(kept.values())


def _distinct(found: Sequence[Found]) -> Iterator[Found]:
    place = (-1, -1)
    for one in sorted(found, key=lambda one: (one.start, -one.end, one.rank)):
        if (one.start, one.end) != place:
            place = one.start, one.end
            yield one
