"""The JSON schema of one answer: a call of one of the tools, or words.

Servers turn it into a grammar, and each knows another part of JSON Schema. Used here is what all
have: `anyOf`, `enum`, `type`, `properties`, `required`, `additionalProperties: false`, `items`. The
names stand first in their objects, because llama.cpp writes required properties in the schema's
order, and with the name the model has decided what follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from arriero.models.types import ToolSpec

_DEEPEST = 8  # levels; below, any value is allowed
_TYPES = frozenset({"string", "integer", "number", "boolean", "array", "object", "null"})


def answer_schema(tools: Sequence[ToolSpec], *, answers: bool) -> dict[str, Any]:
    """Return the schema of a call of one of the tools, or with `answers` also of an answer."""
    branches = [_call(tool) for tool in tools]
    if answers:
        branches.append(_object({"answer": {"type": "string"}}, ["answer"]))
    return branches[0] if len(branches) == 1 else {"type": "object", "anyOf": branches}


def _call(tool: ToolSpec) -> dict[str, Any]:
    arguments = _plain({"type": "object", **tool.parameters}, _definitions(tool.parameters), 0)
    name = {"type": "string", "enum": [tool.name]}
    return _object({"tool": name, "arguments": arguments}, ["tool", "arguments"])


def _object(properties: Mapping[str, Any], required: Sequence[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def _definitions(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for key in ("definitions", "$defs"):
        part = schema.get(key)
        if isinstance(part, Mapping):
            found |= {f"#/{key}/{name}": value for name, value in part.items()}
    return found


def _plain(schema: Any, definitions: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """Return the part of a schema that is understood everywhere; {} allows any value."""
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return {}
    if isinstance(schema.get("$ref"), str):
        return _plain(definitions.get(schema["$ref"]), definitions, depth + 1)
    if "const" in schema:
        return {"enum": [schema["const"]]}
    if isinstance(schema.get("enum"), list):
        kept = {"type": schema["type"]} if schema.get("type") in _TYPES else {}
        return {**kept, "enum": list(schema["enum"])}
    for key in ("anyOf", "oneOf"):
        if isinstance(schema.get(key), list):
            return _either(schema[key], definitions, depth)
    kind = schema.get("type")
    if isinstance(kind, list):
        return _either([{**schema, "type": one} for one in kind], definitions, depth)
    if kind == "array":
        items = _plain(schema.get("items"), definitions, depth + 1)
        return {"type": "array", "items": items} if items else {"type": "array"}
    properties = schema.get("properties")
    if isinstance(properties, Mapping) and (properties or depth == 0):
        parts = {name: _plain(one, definitions, depth + 1) for name, one in properties.items()}
        required = [name for name in schema.get("required") or () if name in parts]
        return _object(parts, required)
    return {"type": kind} if isinstance(kind, str) and kind in _TYPES else {}


def _either(options: Sequence[Any], definitions: Mapping[str, Any], depth: int) -> dict[str, Any]:
    plain = [_plain(one, definitions, depth + 1) for one in options]
    if not plain or {} in plain:
        return {}
    return plain[0] if len(plain) == 1 else {"anyOf": plain}
