"""gpt-oss's harmony: messages whose channel and recipient stand in a header of special tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from arriero.agent.toolcalls.cursor import Cursor, Steps
from arriero.agent.toolcalls.results import Item, Names
from arriero.agent.toolcalls.shapes import json_arguments

OPENERS = ("<|channel|>", "<|start|>assistant")
ENDS = ("<|end|>", "<|call|>", "<|return|>")
THOUGHT_ENDS = (*ENDS, *OPENERS)

_MESSAGE = "<|message|>"
_HEADER_END = re.compile(r"<\|message\|>|\n")
_LONGEST_HEADER = 200
_RECIPIENT = re.compile(r"\bto=([\w.:-]+)")


@dataclass(frozen=True)
class Header:
    """What kind of message follows; for a call, the calls that it holds."""

    kind: Literal["text", "thinking", "call"]
    items: tuple[Item, ...] = ()


def harmony(c: Cursor, names: Names) -> Steps[Header | None]:
    """Read the header that begins here, and the call if it is one. None if it is no header."""
    start = c.pos
    head = yield from _header(c)
    if head is None:
        c.pos = start
        return None
    recipient = _RECIPIENT.search(head)
    if recipient is None:
        return Header("thinking" if "analysis" in head else "text")
    name = names.known(recipient[1])
    items: tuple[Item, ...] = ()
    if name is not None:
        yield from c.spaces()
        if (yield from c.have(1)) == "{":
            items = yield from json_arguments(c, name, names)
    if not items:
        c.pos = start
        return None
    yield from c.spaces()
    c.pos += len((yield from c.literal(ENDS)))
    return Header("call", items)


def _header(c: Cursor) -> Steps[str | None]:
    while True:
        window = c.text[c.pos : c.pos + _LONGEST_HEADER]
        end = _HEADER_END.search(window)
        if end or c.final or len(window) == _LONGEST_HEADER:
            break
        yield
    if end is None or end[0] != _MESSAGE:
        return None
    c.pos += end.end()
    return window[: end.start()]
