"""What a simulated model makes of a request, in whatever form it is given its tools."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from arriero.models.rehearsal.script import Asked, ToolResult

# Tools in the request; in the system message; with a schema for the answer; none at all.
Form = Literal["native", "prompted", "constrained", "none"]

_TOOLS = ("edit_file", "list_directory", "read_file", "run_command", "write_file")
_OBJECT = re.compile(r"^(?:<tool_call>)?(?=\{)", re.MULTILINE)
_RESULT = re.compile(
    r"<tool_response(?: name=\"(?P<name>[^\"]*)\")?[^>]*>\n?(?P<text>.*?)\n?</tool_response>",
    re.DOTALL,
)
_ROOT = re.compile(r"^Workspace: (/.*)$", re.MULTILINE)
_WARNING = re.compile(r"^You (made|are making) th", re.MULTILINE)
_DONE_BEFORE = re.compile(r"made already|this text already")
_ERROR = re.compile(r"\s*error\b", re.IGNORECASE)


@dataclass(frozen=True)
class AnswerKeys:
    """How a schema wants a call and an answer written; `answer` empty: only a call will do."""

    tool: str = "tool"
    arguments: str = "arguments"
    answer: str = "answer"


@dataclass(frozen=True)
class Seen:
    """A request as a model understands it.

    `is_warned`: it was told that it goes wrong, by a result or by the user.
    `root` is the workspace's folder as the system message names it, empty where it does not.
    `results` are all that came of its calls, those of earlier questions included; `newest` are
    those since its last words. `is_shortened`: older messages were left out of the request.
    """

    form: Form
    tools: tuple[str, ...]
    root: str
    users: tuple[str, ...]
    results: tuple[ToolResult, ...]
    newest: tuple[ToolResult, ...]
    keys: AnswerKeys = AnswerKeys()
    is_shortened: bool = False
    is_warned: bool = False

    @property
    def shown(self) -> str:
        """All that tools have shown so far, and what the model knows that it has written."""
        parts = []
        for result in self.results:
            parts.append(result.content)
            if not is_error(result) or _DONE_BEFORE.search(result.content):
                parts += [str(result.arguments.get(key, "")) for key in ("new_string", "content")]
        return "\n".join(parts)


def is_error(result: ToolResult) -> bool:
    """Tell whether a result says that the call was not done."""
    return _ERROR.match(result.content) is not None


def read(asked: Asked) -> Seen:
    """Read a request to `/api/chat`."""
    messages = asked.messages
    system = _text(messages[0]) if messages and messages[0].get("role") == "system" else ""
    schema = asked.body.get("format")
    form: Form
    if asked.tools:
        form, tools = "native", asked.tools
    elif isinstance(schema, Mapping):
        form, tools = "constrained", _named(json.dumps(schema))
    else:
        tools = _named(system) if "tool_call" in system else ()
        form = "prompted" if tools else "none"
    rounds = list(_rounds(messages))
    return Seen(
        form,
        tools,
        found[1] if (found := _ROOT.search(system)) else "",
        tuple(_text(message) for message in messages if message.get("role") == "user"),
        tuple(result for one in rounds for result in one),
        rounds[-1] if rounds else (),
        _keys(schema) if isinstance(schema, Mapping) else AnswerKeys(),
        any("left out" in _text(m) for m in messages if m.get("role") == "assistant"),
        _is_warned(messages, rounds[-1] if rounds else ()),
    )


def _is_warned(messages: Sequence[Mapping[str, Any]], newest: Sequence[ToolResult]) -> bool:
    if any(is_error(one) or _WARNING.search(one.content) for one in newest):
        return True
    last = messages[-1] if messages else {}
    answered = any(message.get("role") == "assistant" for message in messages)
    return answered and last.get("role") == "user" and "<tool_response" not in _text(last)


def _rounds(messages: Sequence[Mapping[str, Any]]) -> Iterator[tuple[ToolResult, ...]]:
    """Yield the results that follow each answer of the model, an empty tuple where none do."""
    waiting: list[tuple[str, Mapping[str, Any]]] = []
    found: list[ToolResult] | None = None
    for message in messages:
        if message.get("role") == "assistant":
            if found is not None:
                yield tuple(found)
            waiting, found = list(_calls(message)), []
            continue
        for name, text in _result_texts(message):
            match = next((one for one in waiting if name in ("", one[0])), (name, {}))
            if match in waiting:
                waiting.remove(match)
            found = [] if found is None else found
            found.append(ToolResult(match[0], match[1], text))
    if found is not None:
        yield tuple(found)


def _calls(message: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for call in message.get("tool_calls") or ():
        yield call["function"]["name"], call["function"].get("arguments") or {}
    for value in _objects(_text(message)):
        name = value.get("name") or value.get("tool")
        if isinstance(name, str):
            yield name, _mapping(value.get("arguments"))


def _objects(text: str) -> Iterator[Mapping[str, Any]]:
    """Yield the JSON objects that begin on a line of their own."""
    decoder, end = json.JSONDecoder(), 0
    for start in (match.end() for match in _OBJECT.finditer(text)):
        if start < end:
            continue  # within the last one
        try:
            value, end = decoder.raw_decode(text, start)
        except ValueError:
            continue
        yield value


def _result_texts(message: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if message.get("role") == "tool":
        yield message.get("tool_name") or "", _text(message)
    elif message.get("role") == "user":
        for match in _RESULT.finditer(_text(message)):
            yield match["name"] or "", match["text"]


def _keys(schema: Mapping[str, Any]) -> AnswerKeys:
    """Find in a schema the keys of a call's name, of its arguments, and of a plain answer."""
    found = {"tool": "", "arguments": "", "answer": ""}
    for branch in _branches(schema):
        properties = _mapping(branch.get("properties"))
        fixed = [key for key, value in properties.items() if _constants(value)]
        for key, value in properties.items():
            kind = _mapping(value)
            if key in fixed and any(one in _TOOLS for one in _constants(value)):
                found["tool"] = key
            elif kind.get("type") == "object" or "anyOf" in kind:
                found["arguments"] = key
            elif kind.get("type") == "string" and key not in fixed:
                found["answer"] = key
    return AnswerKeys(found["tool"] or "tool", found["arguments"] or "arguments", found["answer"])


def _branches(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    options = schema.get("anyOf") or schema.get("oneOf")
    if isinstance(options, list):
        for option in options:
            yield from _branches(_mapping(option))
    else:
        yield schema


def _constants(value: object) -> list[Any]:
    kind = _mapping(value)
    if "const" in kind:
        return [kind["const"]]
    listed = kind.get("enum")
    return listed if isinstance(listed, list) else []


def _named(text: str) -> tuple[str, ...]:
    return tuple(name for name in _TOOLS if re.search(rf"\b{name}\b", text))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(message: Mapping[str, Any]) -> str:
    return str(message.get("content") or "")
