"""What is defined in C by its places in a text, and the definitions that come of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from arriero.index.extract.ctext import CText
from arriero.index.extract.types import Definition

_LONGEST_NAME = 200  # characters
_NAMED_BEFORE = frozenset(("enum", "function", "macro", "struct", "union"))


class Found(NamedTuple):
    """A definition by its places: where it begins and ends, and where its name is."""

    start: int
    end: int
    kind: str
    name: str
    named_at: int


def definitions(text: CText, found: Sequence[Found]) -> list[Definition]:
    """Give each definition what it is in, in the order of their places."""
    outer = _outer(found)
    kept: dict[tuple[int, str], tuple[int, Definition]] = {}
    for one in sorted(found, key=lambda one: one.named_at):
        line = text.line(one.start)
        kind = one.kind
        if kind == "variable" and one.name.isupper():
            kind = "constant"
        definition = Definition(
            one.name[:_LONGEST_NAME], kind, line, text.line(one.end - 1), outer[one]
        )
        kept.setdefault((line, definition.name), (one.start, definition))
    return [definition for _, definition in sorted(kept.values(), key=lambda each: each[0])]


def _outer(found: Sequence[Found]) -> dict[Found, str]:
    """Return for each definition the name of what it is in, if that is named before it."""
    names: dict[Found, str] = {}
    stack: list[Found] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        while stack and stack[-1].end <= one.start:
            stack.pop()
        around = stack[-1] if stack else None
        if around is not None and (around.start, around.end) == (one.start, one.end):
            around = stack[-2] if len(stack) > 1 else None
        is_named = around is not None and around.kind in _NAMED_BEFORE
        names[one] = around.name if around is not None and is_named else ""
        stack.append(one)
    return names
