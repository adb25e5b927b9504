# ruff: noqa: RUF001 - the models' own tags have these characters
"""Calls as tags: Qwen3-Coder's `<function=…>`, Anthropic's and MiniMax's `<invoke …>`, GLM's keys.

Values are raw text between tags, so a value may hold such tags itself (an edit of a file about
them). A closing tag therefore ends a value only where what follows it belongs to the form.
"""

from __future__ import annotations

import re

from arriero.agent.toolcalls.cursor import Cursor, Steps
from arriero.agent.toolcalls.results import BrokenCall, FoundCall, Item, Names
from arriero.agent.toolcalls.shapes import UNTERMINATED, json_arguments

FUNCTION = ("<function=", "<function name=", "<function = ")
INVOKE = ("<invoke name=", "<｜DSML｜invoke name=")
_PARAMETER = ("<parameter=", "<parameter name=", "<parameter = ", "<｜DSML｜parameter name=")
_ENDS = (
    "</function>", "</invoke>", "</｜DSML｜invoke>", "</tool_call>", "</function_calls>",
    "</minimax:tool_call>", "</tool_calls>", "</seed:tool_call>",
)  # fmt: skip
_VALUE_END = re.compile(r"</(?:｜DSML｜)?parameter>")
_VALUE_END_LENGTH = len("</｜DSML｜parameter>")
_KEY_END = re.compile(r"</arg_key>")
_GLM_END = re.compile(r"</arg_value>")
_ATTRIBUTE = re.compile(r"[^>\n<]*")
_QUOTED_NAME = re.compile(r"\s*([\"']?)([^\"'\s]+)\1")
_LONGEST_HEAD = 120
# Read backwards from the end, so that no blank or bracket within the value is begun from.
_LEFTOVERS = re.compile(r"(?:\s*>?[\w:｜]*/?<)*\s*")


def tag_calls(c: Cursor, opener: str, names: Names) -> Steps[tuple[Item, ...]]:
    """Read one call; `opener` (of FUNCTION or INVOKE) stands here. () if it is of none offered."""
    start = c.pos
    c.pos += len(opener)
    name = yield from _head(c)
    known = names.known(name) if name else None
    if known is None:
        return ()
    yield from c.spaces()
    if (yield from c.have(1)) == "{":
        items = yield from json_arguments(c, known, names)
        yield from _end(c)
        return items
    arguments: dict[str, str] = {}
    while True:
        yield from c.spaces()
        parameter = yield from c.literal(_PARAMETER)
        if not parameter:
            break
        c.pos += len(parameter)
        key = yield from _head(c)
        if not key:
            return (BrokenCall(known, c.text[start : c.pos], "A parameter has no name."),)
        value = yield from _value(c, known, names)
        if value is None:
            return (BrokenCall(known, c.text[start:], UNTERMINATED),)
        arguments[key] = value
    yield from _end(c)
    return (FoundCall(known, arguments),)


def glm_call(c: Cursor, name: str) -> Steps[tuple[Item, ...]]:
    """Read the keys and values of a call of the offered tool `name`; the first key stands here."""
    start = c.pos
    arguments: dict[str, str] = {}
    while (yield from c.literal(("<arg_key>",))):
        key = yield from c.find(_KEY_END, len("</arg_key>"), c.pos)
        if key is None:
            break
        said = c.text[c.pos + len("<arg_key>") : key.start()].strip()
        c.pos = key.end()
        yield from c.spaces()
        if not (yield from c.literal(("<arg_value>",))):
            return (BrokenCall(name, c.text[start : c.pos], f"'{said}' has no value."),)
        c.pos += len("<arg_value>")
        end = yield from _value_end(c, _GLM_END, len("</arg_value>"), ("<arg_key>",))
        if end is None:
            text = c.text[start:]
            c.pos = len(c.text)
            return (BrokenCall(name, text, UNTERMINATED),)
        arguments[said] = c.text[c.pos : end.start()]
        c.pos = end.end()
        yield from c.spaces()
    return (FoundCall(name, arguments),)


def _head(c: Cursor) -> Steps[str | None]:
    """Read the rest of a tag whose name stands here, behind its `>`; None if it is no such tag."""
    said = yield from c.word(_ATTRIBUTE, _LONGEST_HEAD)
    match = _QUOTED_NAME.match(said)
    if match is None or c.text[c.pos + len(said) : c.pos + len(said) + 1] != ">":
        return None
    c.pos += len(said) + 1
    return match[2]


def _value(c: Cursor, name: str, names: Names) -> Steps[str | None]:
    """Read a parameter's value; None if it has no end and may not be guessed."""
    end = yield from _value_end(c, _VALUE_END, _VALUE_END_LENGTH, _PARAMETER)
    if end is not None:
        value = c.text[c.pos : end.start()]
        c.pos = end.end()
        return _unwrapped(value)
    value = c.text[c.pos :]
    c.pos = len(c.text)
    left = _LEFTOVERS.match(value[::-1])
    plain = value[: len(value) - (left.end() if left else 0)]
    closable = name in names.reads and plain.strip() and "\n" not in plain.strip("\n")
    return _unwrapped(plain) if closable and "<" not in plain else None


def _value_end(
    c: Cursor, pattern: re.Pattern[str], longest: int, next_tags: tuple[str, ...]
) -> Steps[re.Match[str] | None]:
    """Find the closing tag that is followed by the form's next tag or by the end of the text."""
    start = here = c.pos
    end: re.Match[str] | None = None
    while True:
        match = yield from c.find(pattern, longest, here)
        if match is None:
            break
        c.pos = here = match.end()
        yield from c.spaces()
        follows = yield from c.literal((*next_tags, *_ENDS))
        if follows or c.pos == len(c.text):
            end = match
            break
    c.pos = start
    return end


def _end(c: Cursor) -> Steps[None]:
    """Move behind the call's closing tag, if there is one."""
    before = c.pos
    yield from c.spaces()
    tag = yield from c.literal(_ENDS[:3])
    c.pos = c.pos + len(tag) if tag else before


def _unwrapped(value: str) -> str:
    """Drop the line ends that the form puts around a value, but not the last one of a file."""
    if value.startswith("\n"):
        return value[1:].removesuffix("\n")
    return value.removesuffix("\n") if value.count("\n") == 1 else value
