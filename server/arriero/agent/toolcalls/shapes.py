"""Calls as JSON: from a printed value, in any of the shapes in use, to a tool and its arguments."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from arriero.agent.toolcalls.cursor import Cursor, Steps
from arriero.agent.toolcalls.extent import Extent, extent
from arriero.agent.toolcalls.repair import Unreadable, loads
from arriero.agent.toolcalls.results import BrokenCall, FoundCall, Item, Names

NAME_KEYS = ("name", "tool", "tool_name", "function", "function_name", "action", "recipient_name")
_ARGUMENT_KEYS = (
    "arguments", "parameters", "args", "params", "input", "kwargs", "tool_input", "action_input",
    "tool_args", "tool_parameters",
)  # fmt: skip
_MANY_KEYS = ("tool_calls", "function_calls", "tool_uses")
_ONE_KEYS = ("function_call", "tool_call", "function")
_OTHER_KEYS = ("id", "type", "index", "role", "content", "tool_call_id", "call_id", "thought")
FIRST_KEYS = frozenset((*NAME_KEYS, *_ARGUMENT_KEYS, *_MANY_KEYS, *_ONE_KEYS, *_OTHER_KEYS))

_QUOTED = re.compile(
    r"[\"']?\b(?:" + "|".join(NAME_KEYS) + r")\b[\"']?\s*:\s*[\"']([\w.:-]{1,64})[\"']"
)
_HEAD = re.compile(r"\{\s*" + _QUOTED.pattern)
_HEAD_CHARACTERS = 120
UNTERMINATED = "The text ends within a string. Send the whole call again, in smaller parts if long."


def json_calls(c: Cursor, names: Names, *, bare: bool) -> Steps[tuple[Item, ...]]:
    """Read the calls of the JSON value that begins here; () if it holds none of an offered tool.

    `bare`: nothing but its shape says that it is a call, so it must name its arguments.
    """
    head = yield from c.have(_HEAD_CHARACTERS)
    match = _HEAD.match(head)
    if match and names.known(match[1]) is None:
        return ()
    value = yield from extent(c)
    if value.cut:
        return _cut(value, names)
    try:
        return calls_of(loads(value.text, value.missing), names, bare=bare)
    except Unreadable as error:
        return broken(value.text, names, f"The call is {error}. Send it again as valid JSON.")


def json_arguments(c: Cursor, name: str, names: Names) -> Steps[tuple[Item, ...]]:
    """Read the JSON object that begins here as arguments of the offered tool `name`."""
    value = yield from extent(c)
    if value.cut and not _closable(value, name, names):
        return (BrokenCall(name, value.text, UNTERMINATED),)
    try:
        text = value.text + _quote(value) if value.cut else value.text
        return (_call(name, loads(text, value.missing), names, value.text),)
    except Unreadable as error:
        reason = f"The arguments are {error}. Send the call again with valid JSON."
        return (BrokenCall(name, value.text, reason),)


def broken(text: str, names: Names, reason: str) -> tuple[Item, ...]:
    """Return the broken call that `text` is if it names an offered tool, else ()."""
    match = _QUOTED.search(text)
    name = names.known(match[1]) if match else None
    return (BrokenCall(name, text, reason),) if name else ()


def calls_of(value: Any, names: Names, *, bare: bool) -> tuple[Item, ...]:
    """Return the calls of a JSON value; () if none is of an offered tool."""
    found = _walk(value, names, bare)
    return (
        tuple(found)
        if any(isinstance(item, FoundCall) for item in found)
        else tuple(item for item in found if item.name in names.offered)
    )


def _walk(value: Any, names: Names, bare: bool) -> list[Item]:
    if isinstance(value, list):
        return [item for entry in value for item in _walk(entry, names, bare)]
    if not isinstance(value, Mapping):
        return []
    for key in _MANY_KEYS:
        if isinstance(value.get(key), list):
            return _walk(value[key], names, bare)
    for key in _ONE_KEYS:
        if isinstance(value.get(key), Mapping):
            return _walk(value[key], names, bare)
    name_key = next((k for k in NAME_KEYS if isinstance(value.get(k), str)), None)
    if name_key is None:
        return []
    said = value[name_key]
    name = names.known(said)
    text = json.dumps(value, ensure_ascii=False)
    if name is None:
        tools = ", ".join(sorted(names.offered))
        return [BrokenCall(said, text, f"There is no tool '{said}' here. The tools are: {tools}.")]
    given = next((k for k in _ARGUMENT_KEYS if k in value), None)
    if given is not None:
        return [_call(name, value[given], names, text)]
    rest = {k: v for k, v in value.items() if k != name_key and k in names.offered[name]}
    if bare and not rest:
        return []
    return [FoundCall(name, rest)]


def _call(name: str, arguments: Any, names: Names, text: str) -> Item:
    if isinstance(arguments, str):
        arguments = _unpacked(arguments, name, names)
    if arguments is None:
        arguments = {}
    if isinstance(arguments, Mapping):
        return FoundCall(name, arguments)
    return BrokenCall(name, text, "The arguments must be one JSON object with named values.")


def _unpacked(text: str, name: str, names: Names) -> Any:
    """Read arguments that were sent as a string with JSON in it."""
    try:
        return loads(text or "{}")
    except Unreadable:
        only = names.positional(name, 1)
        if only is None or text.lstrip().startswith("{") or len(names.offered[name]) != 1:
            return text
        return {only[0]: text}


def _cut(value: Extent, names: Names) -> tuple[Item, ...]:
    found = broken(value.text, names, UNTERMINATED)
    if not found or not _closable(value, found[0].name, names):
        return found
    try:
        return calls_of(loads(value.text + _quote(value), value.missing), names, bare=False)
    except Unreadable:
        return found


def _closable(value: Extent, name: str, names: Names) -> bool:
    """Tell whether the end of a cut string is plain: one line, no brackets or tags in it."""
    if name not in names.reads:
        return False
    tail = value.text[value.text.rfind(_quote(value)) + 1 :]
    return bool(tail) and not re.search(r"[\n<>{}\[\]\\]", tail)


def _quote(value: Extent) -> str:
    return max("\"'", key=value.text.rfind)
