"""ReAct: a line `Action: name`, then `Action Input:` with JSON or plain text."""

from __future__ import annotations

import re

from arriero.agent.toolcalls.cursor import Cursor, Steps
from arriero.agent.toolcalls.pythonic import python_calls
from arriero.agent.toolcalls.results import BrokenCall, FoundCall, Item, Names
from arriero.agent.toolcalls.shapes import json_arguments

OPENER = "Action:"
_INPUT = "Action Input:"
_LINE = re.compile(r"[^\n]*")
_SAID = re.compile(r"[^\n({]*")
_LONGEST_NAME = 64
_LONGEST_LINE = 1 << 20


def react_call(c: Cursor, names: Names) -> Steps[tuple[Item, ...]]:
    """Read the call whose `Action:` stands here; () if it is of no offered tool."""
    start = c.pos
    c.pos += len(OPENER)
    said = yield from c.word(_SAID, _LONGEST_NAME)
    name = names.known(said)
    if name is None:
        return ()
    before = c.pos + len(said) - len(said.lstrip())
    c.pos += len(said)
    if (yield from c.have(1)) == "(":
        c.pos = before
        return (yield from python_calls(c, names))
    yield from c.spaces()
    if not (yield from c.literal((_INPUT,))):
        return ()
    c.pos += len(_INPUT)
    yield from c.spaces()
    fence = yield from c.literal(("```json", "```"))
    c.pos += len(fence)
    yield from c.spaces()
    if (yield from c.have(1)) == "{":
        items = yield from json_arguments(c, name, names)
        if fence:
            yield from c.spaces()
            c.pos += len((yield from c.literal(("```",))))
        return items
    line = yield from c.word(_LINE, _LONGEST_LINE)
    c.pos += len(line)
    only = names.positional(name, 1)
    if only is not None and len(names.offered[name]) == 1:
        return (FoundCall(name, {only[0]: line.strip().strip("\"'`")}),)
    reason = "Action Input must be one JSON object with named values."
    return (BrokenCall(name, c.text[start : c.pos], reason),)
