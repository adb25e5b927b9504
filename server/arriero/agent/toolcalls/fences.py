"""Calls in fenced code blocks, told from code that is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass

from arriero.agent.toolcalls.cursor import Cursor, Steps
from arriero.agent.toolcalls.pythonic import LONGEST_NAME, NAME, python_calls
from arriero.agent.toolcalls.results import Item, Names
from arriero.agent.toolcalls.shapes import FIRST_KEYS, NAME_KEYS, json_calls
from arriero.agent.toolcalls.tags import OPENERS, tagged_calls
from arriero.agent.toolcalls.xml_forms import FUNCTION, INVOKE

_INFO = re.compile(r"[A-Za-z_]*")
_LONGEST_INFO = 16
_MOST_SPACES = 8
_MOST_BLANK = 16
_LONGEST_KEY = 18
_KEY = re.compile(r"[\"']?\w*")
_RUN = re.compile(r"`+|~+")
_BETWEEN = re.compile(r"[\"'\s:]*")
_CONSTANTS = {
    "type": ("function", "function_call", "tool_call", "tool_use"),
    "role": ("assistant",),
    "content": ("null", "None", ""),
}
_TAGS = (*OPENERS, *FUNCTION, *INVOKE)

_SURE = frozenset({"tool_code"})  # Gemma's: never used for anything else
_PYTHON = frozenset({"tool_code", "python", "py"})
_FITTING = frozenset({"", "json", "jsonc", "tool_call", "tool_calls", "tool", "function_call"})


@dataclass(frozen=True)
class Fenced:
    """The calls of a block; `sure` if they are calls wherever the block stands."""

    items: tuple[Item, ...]
    sure: bool


def fenced_calls(c: Cursor, fence: str, names: Names, *, alone: bool) -> Steps[Fenced | None]:
    """Read the block whose fence stands here; None if anything but calls is in it.

    `alone`: nothing stands before it in the answer, so that a block of any language may be a call.
    """
    start = c.pos
    c.pos += len(fence)
    info = yield from c.word(_INFO, _LONGEST_INFO)
    c.pos += len(info)
    found: Fenced | None = None
    if info in _SURE or info in _FITTING or alone:
        items = yield from _content(c, names, python=info in _PYTHON)
        if items:
            closed = yield from c.word(_RUN, len(fence) + 3)
            if closed.startswith(fence) or (c.final and c.pos == len(c.text)):
                c.pos += len(closed)
                found = Fenced(items, info in _SURE)
    if found is None:
        c.pos = start
    return found


def plausible_json(c: Cursor, names: Names) -> Steps[bool]:
    """Tell whether the `{` or `[` that stands here may begin a call; does not move."""
    start = c.pos
    plausible = yield from _plausible_start(c, names)
    c.pos = start
    return plausible


def _plausible_start(c: Cursor, names: Names) -> Steps[bool]:
    start = c.pos
    c.pos += 1
    yield from c.spaces(_MOST_SPACES)
    if c.text[start] == "[":
        if (yield from c.have(1)) != "{":
            return False
        c.pos += 1
        yield from c.spaces(_MOST_SPACES)
    said = yield from c.word(_KEY, _LONGEST_KEY)
    key = said.strip("\"'")
    if key not in FIRST_KEYS:
        return False
    c.pos += len(said)
    between = yield from c.word(_BETWEEN, _MOST_SPACES)
    c.pos += len(between)
    value = yield from c.word(NAME, LONGEST_NAME)
    if key in NAME_KEYS and value:
        return names.known(value) is not None
    return key not in _CONSTANTS or value in _CONSTANTS[key]


def plausible_list(c: Cursor, names: Names) -> Steps[bool]:
    """Tell whether the `[` that stands here begins a list of calls in Python; does not move."""
    start = c.pos
    c.pos += 1
    yield from c.spaces(_MOST_SPACES)
    name = yield from c.word(NAME, LONGEST_NAME)
    c.pos += len(name)
    bracket = yield from c.have(1)
    c.pos = start
    return bracket == "(" and names.known(name) is not None


def _content(c: Cursor, names: Names, *, python: bool) -> Steps[tuple[Item, ...]]:
    items: tuple[Item, ...] = ()
    while True:
        if (yield from c.spaces(_MOST_BLANK)) >= _MOST_BLANK:
            return ()
        head = yield from c.have(1)
        if head in ("", "`", "~"):
            return items
        if head in ",;" and items:
            c.pos += 1
            continue
        more = yield from _one(c, head, names, python)
        if not more:
            return ()
        items += more


def _one(c: Cursor, head: str, names: Names, python: bool) -> Steps[tuple[Item, ...]]:
    if head in "[<" and (yield from c.literal(_TAGS)):
        return (yield from tagged_calls(c, names))
    if head in "{[" and (yield from plausible_json(c, names)):
        return (yield from json_calls(c, names, bare=True))
    if head == "[":
        python = yield from plausible_list(c, names)
    if not python:
        return ()
    return (yield from python_calls(c, names))
