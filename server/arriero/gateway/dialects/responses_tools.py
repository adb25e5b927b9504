"""The tools of a request for OpenAI's responses.

Models know functions with a flat list of names. A tool in a *namespace* gets its namespace before
its name, and a *custom* tool, whose input is free text, becomes a function with one text. Calls of
both are returned in the client's own form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from arriero.gateway.dialects import client_tools
from arriero.gateway.dialects.fields import Fields
from arriero.models.types import ToolSpec

CUSTOM_INPUT = "input"
_CUSTOM_PARAMETERS: Mapping[str, Any] = {
    "type": "object",
    "properties": {CUSTOM_INPUT: {"type": "string", "description": "The whole input, as text."}},
    "required": [CUSTOM_INPUT],
}


@dataclass(frozen=True)
class NamespaceTool(ToolSpec):
    """A function that the client knows as `own_name` in its `namespace`."""

    namespace: str = ""
    own_name: str = ""


@dataclass(frozen=True)
class CustomTool(ToolSpec):
    """A tool whose input is free text."""


def flat_name(namespace: str, name: str) -> str:
    """Return the name by which a model knows a tool of a namespace."""
    return f"{namespace}{name}" if namespace.endswith("_") else f"{namespace}__{name}"


def read_tools(fields: Fields) -> tuple[tuple[ToolSpec, ...], str]:
    """Return the tools and the choice among them; raises `Refused`.

    Tools that OpenAI's servers execute, such as a search of the web, are left out.
    """
    tools: list[ToolSpec] = []
    left_out: list[str] = []
    for one in fields.each("tools"):
        tools.extend(_tools(one, left_out))
    if left_out and not tools:
        raise client_tools.none_left(left_out)
    choice, allowed = _choice(fields)
    if allowed is not None:
        tools = client_tools.among(tools, allowed)
    return client_tools.checked(tools, choice), choice


def _tools(one: Fields, left_out: list[str]) -> Iterator[ToolSpec]:
    kind = one.needed("type")
    if kind == "function":
        yield client_tools.tool(one, "parameters")
    elif kind == "namespace":
        namespace = one.needed("name")
        for inner in one.each("tools"):
            if inner.text("type", "function") == "function":
                tool = client_tools.tool(inner, "parameters")
                name = flat_name(namespace, tool.name)
                yield NamespaceTool(
                    name, tool.description, tool.parameters, namespace, own_name=tool.name
                )
            else:
                left_out.append(inner.text("type"))
    elif kind == "custom":
        yield CustomTool(one.needed("name"), _custom_description(one), _CUSTOM_PARAMETERS)
    else:
        left_out.append(kind)


def _custom_description(one: Fields) -> str:
    """Return what a custom tool is for, with the grammar of its input, which nothing enforces."""
    form = one.one("format")
    grammar = form.text("definition") if form is not None else ""
    return "\n\n".join(part for part in (one.text("description"), grammar) if part)


def _choice(fields: Fields) -> tuple[str, frozenset[str] | None]:
    """Return the choice, and the names that are left where a request allows only some."""
    if isinstance(value := fields.values.get("tool_choice"), str):
        if value not in ("auto", "none", "required"):
            raise fields.refused("tool_choice", "auto, none, required or an object")
        return value, None
    given = fields.one("tool_choice")
    if given is None:
        return "auto", None
    kind = given.needed("type")
    if kind in ("function", "custom"):
        return given.needed("name"), None
    if kind == "allowed_tools":
        names = frozenset(one.text("name") for one in given.each("tools"))
        return given.text("mode", "auto"), names
    raise given.refused("type", "function, custom or allowed_tools")
