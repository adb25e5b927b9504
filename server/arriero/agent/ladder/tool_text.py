"""The tools as a part of the system message, for models that are not given them by the server."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from arriero.agent.ladder.printed import constrained_call, printed_call
from arriero.models.types import ToolSpec

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_LONGEST = 150  # characters of a tool's description, if its first sentence is shorter
_EXAMPLES: Mapping[str, Any] = {
    "path": "README.md", "pattern": "*.md", "command": "ls", "code": "print(1)", "query": "main",
}  # fmt: skip
_BY_TYPE: Mapping[str, Any] = {
    "string": "text", "integer": 1, "number": 1, "boolean": True, "array": [], "object": {},
}  # fmt: skip

_PROMPTED = """\
To use a tool, write its name and its arguments as JSON in this form:
{call}
Give every argument that has no question mark, and write a new line in a string as \\n. You may \
write several calls, one behind the other. Write nothing after a call: the next message begins \
with <tool_response name="{name}"> and tells what came of it. Never write a <tool_response> \
yourself. When you need no tool, answer in plain words."""

_CONSTRAINED = """\
Write one JSON object and nothing else: a call of a tool, or your answer. A call looks like this:
{call}
The next message then begins with <tool_response name="{name}"> and tells what came of it. Go on \
with calls until the work is done. Your answer, in Markdown, ends the work and looks like this:
{{"answer": "What I did and how I checked it."}}"""

_CALL_ONLY = """\
Write one JSON object and nothing else: a call of a tool. It looks like this:
{call}
The next message then begins with <tool_response name="{name}"> and tells what came of it."""


def prompted_tools(tools: Sequence[ToolSpec]) -> str:
    """Return the section on tools for a model that prints its calls in tags."""
    name, arguments = _example(tools)
    return f"{_listed(tools)}\n\n{_PROMPTED.format(call=printed_call(name, arguments), name=name)}"


def constrained_tools(tools: Sequence[ToolSpec], *, answers: bool) -> str:
    """Return the section for a model that answers with an object; `answers`: also in words.

    It is needed beside the schema: servers do not show that to the model.
    """
    name, arguments = _example(tools)
    text = _CONSTRAINED if answers else _CALL_ONLY
    return f"{_listed(tools)}\n\n{text.format(call=constrained_call(name, arguments), name=name)}"


def signature(tool: ToolSpec) -> str:
    """Return `name(parameter: type, optional?: type = default)`."""
    required = tool.parameters.get("required") or ()
    properties = tool.parameters.get("properties")
    parts = [
        f"{name}{'' if name in required else '?'}: {_type(schema)}{_default(schema)}"
        for name, schema in (properties if isinstance(properties, Mapping) else {}).items()
    ]
    return f"{tool.name}({', '.join(parts)})"


def _listed(tools: Sequence[ToolSpec]) -> str:
    lines = [f"- {signature(tool)}: {_brief(tool.description)}" for tool in tools]
    return "\n".join(["Tools", *lines])


def _brief(description: str) -> str:
    """Return the first sentence, and those after it that are short enough together with it."""
    sentences = _SENTENCE.split(" ".join(description.split()))
    text = sentences[0]
    for sentence in sentences[1:]:
        if len(text) + 1 + len(sentence) > _LONGEST:
            break
        text += f" {sentence}"
    return text


def _type(schema: Any) -> str:
    if not isinstance(schema, Mapping):
        return "any"
    if isinstance(schema.get("enum"), list):
        return "|".join(json.dumps(one, ensure_ascii=False) for one in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    for key in ("anyOf", "oneOf"):
        if isinstance(schema.get(key), list):
            return "|".join(_type(one) for one in schema[key])
    kind = schema.get("type")
    if isinstance(kind, list):
        return "|".join(str(one) for one in kind)
    if kind == "array":
        return f"{_type(schema.get('items'))}[]"
    return str(kind) if kind else "any"


def _default(schema: Any) -> str:
    value = schema.get("default") if isinstance(schema, Mapping) else None
    return "" if value is None else f" = {json.dumps(value, ensure_ascii=False)}"


def _example(tools: Sequence[ToolSpec]) -> tuple[str, dict[str, Any]]:
    """Return a call of the tool that is shown best: with few required arguments, but not none."""
    tool = min(tools, key=lambda one: (len(_required(one)) or 99, "path" not in _required(one)))
    properties = tool.parameters.get("properties") or {}
    return tool.name, {name: _value(name, properties.get(name)) for name in _required(tool)}


def _required(tool: ToolSpec) -> Sequence[str]:
    return [str(name) for name in tool.parameters.get("required") or ()]


def _value(name: str, schema: Any) -> Any:
    if not isinstance(schema, Mapping):
        return "text"
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return schema["enum"][0]
    kind = schema.get("type", "string")
    if kind == "string":
        return _EXAMPLES.get(name, "text")
    return _BY_TYPE.get(kind, "text") if isinstance(kind, str) else "text"
