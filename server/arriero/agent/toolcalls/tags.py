# ruff: noqa: RUF001 - the models' own tags have these characters
"""The tags that say "calls follow", of every family of models, and what may stand between them."""

from __future__ import annotations

import re

from arriero.agent.toolcalls.cursor import Cursor, Steps
from arriero.agent.toolcalls.pythonic import python_calls
from arriero.agent.toolcalls.results import FoundCall, Item, Names
from arriero.agent.toolcalls.shapes import json_arguments, json_calls
from arriero.agent.toolcalls.xml_forms import FUNCTION, INVOKE, glm_call, tag_calls

_DEEPSEEK = tuple(
    f"<{bar}tool{gap}{word}{gap}begin{bar}>"
    for bar, gap in (("｜", "▁"), ("|", "▁"), ("|", "_"), ("｜", "_"), ("｜", " "))
    for word in ("calls", "call")
)
OPENERS = (
    "<tool_call>", "<tool_calls>", "<tools>", "<function_call>", "<function_calls>",
    "<functioncall>", "<TOOLCALL>", "<toolcall>", "<minimax:tool_call>", "<seed:tool_call>",
    "<｜DSML｜function_calls>", "<|python_tag|>", "<|tool_call|>", "<|tool_call_start|>",
    "<|START_ACTION|>", "<|tool_calls_section_begin|>", "[TOOL_CALLS]", "functools[",
    *_DEEPSEEK,
)  # fmt: skip
_SEPARATORS = (
    "<｜tool▁sep｜>", "<|tool▁sep|>", "<|tool_sep|>", "<｜tool_sep｜>", "<｜tool sep｜>", "[ARGS]",
    "<|tool_call_argument_begin|>", "```json", "```",
)  # fmt: skip
CLOSERS = (
    "</tool_call>", "</tool_calls>", "</tools>", "</function_call>", "</function_calls>",
    "</functioncall>", "</TOOLCALL>", "</toolcall>", "</minimax:tool_call>", "</seed:tool_call>",
    "</｜DSML｜function_calls>", "</function>", "<|/tool_call|>", "<|tool_call_end|>",
    "<|END_ACTION|>", "<|tool_calls_section_end|>", "[/TOOL_CALLS]",
    *(tag.replace("begin", "end") for tag in _DEEPSEEK),
)  # fmt: skip
TURN_ENDS = (
    "<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end|>", "<|call|>", "<|return|>", "</s>",
    "<|endoftext|>", "<end_of_turn>", "<|END_OF_TURN_TOKEN|>", "<｜end▁of▁sentence｜>",
    "<|end_of_text|>",
)  # fmt: skip
LONGEST_TAG = max(map(len, (*OPENERS, *CLOSERS, *FUNCTION, *INVOKE)))

_INSIDE = (*OPENERS, *CLOSERS, *FUNCTION, *INVOKE)
_NAME = re.compile(r"[A-Za-z_][\w.:-]*")
_LONGEST_NAME = 64
_MOST_TAGS = 8
_CALL_ID = "[CALL_ID]"


def tagged_calls(c: Cursor, names: Names) -> Steps[tuple[Item, ...]]:
    """Read the calls from the opening tag that stands here to behind the last closing tag.

    () if the first call is of no offered tool. What follows the last call is left unread.
    """
    items: tuple[Item, ...] = ()
    end = c.pos
    inside = False
    idle = 0  # tags since the last call
    while idle < _MOST_TAGS:
        yield from c.spaces()
        tag = yield from c.literal(_INSIDE)
        idle += 1
        if tag in FUNCTION or tag in INVOKE:
            more = yield from tag_calls(c, tag, names)
        elif tag in CLOSERS:
            c.pos += len(tag)
            inside = False
            end = c.pos if items else end
            continue
        elif tag:
            c.pos += len(tag) - (tag == "functools[")
            inside = True
            continue
        else:
            more = (yield from _value(c, names)) if inside else ()
        if not more:
            break
        items += more
        end = c.pos
        idle = 0
    c.pos = end
    return items


def _value(c: Cursor, names: Names) -> Steps[tuple[Item, ...]]:
    """Read what stands within tags: JSON, Python, or a name with its arguments."""
    head = yield from c.have(1)
    if head in (",", ";"):
        c.pos += 1
        yield from c.spaces()
        head = yield from c.have(1)
    if head == "{":
        items = yield from json_calls(c, names, bare=False)
        yield from _surplus(c)
        return items
    if head == "[":
        python = yield from python_calls(c, names)
        return python or (yield from json_calls(c, names, bare=False))
    return (yield from _named(c, names))


def _named(c: Cursor, names: Names) -> Steps[tuple[Item, ...]]:
    start = c.pos
    said = yield from c.word(_NAME, _LONGEST_NAME)
    c.pos += len(said)
    separated = yield from _separators(c)
    if said == "function" and separated:  # DeepSeek V3 names the kind of tool before the tool
        said = yield from c.word(_NAME, _LONGEST_NAME)
        c.pos += len(said)
        yield from _separators(c)
    name = names.known(said) if said else None
    if name is None:
        return ()
    head = yield from c.have(1)
    if head == "{":
        items = yield from json_arguments(c, name, names)
        yield from _fence_end(c, c.text[start : c.pos])
        return items
    if head == "(":
        c.pos = start
        return (yield from python_calls(c, names))
    if (yield from c.literal(("<arg_key>",))):
        return (yield from glm_call(c, name))
    if separated or (yield from c.literal(CLOSERS)):
        return (FoundCall(name, {}),)
    return ()


def _separators(c: Cursor) -> Steps[bool]:
    """Move behind what may stand between a name and its arguments; tell if anything did."""
    found = False
    while True:
        yield from c.spaces()
        if (yield from c.literal((_CALL_ID,))):
            c.pos += len(_CALL_ID)
            c.pos += len((yield from c.word(_NAME_OR_NUMBER, _LONGEST_NAME)))
            continue
        tag = yield from c.literal(_SEPARATORS)
        if not tag:
            return found
        c.pos += len(tag)
        found = True


_NAME_OR_NUMBER = re.compile(r"[\w-]+")


def _fence_end(c: Cursor, read: str) -> Steps[None]:
    """Move behind the fence's end if the arguments of the call `read` stood in one."""
    if "```" not in read.partition("{")[0]:
        return
    before = c.pos
    yield from c.spaces()
    c.pos = c.pos + 3 if (yield from c.literal(("```",))) else before


def _surplus(c: Cursor) -> Steps[None]:
    """Skip brackets that a model closed too often."""
    while (yield from c.have(1)) and c.text[c.pos] in "}]":
        c.pos += 1
