"""The tools that a client sends with its request, and which of them it wants called."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from arriero.gateway.dialect import Refused
from arriero.gateway.dialects.fields import Fields
from arriero.models.types import ToolSpec
from arriero.tools import references

_NO_PARAMETERS: Mapping[str, Any] = {"type": "object", "properties": {}}


def tool(fields: Fields, schema: str) -> ToolSpec:
    """Read a tool whose JSON schema stands in the field `schema`; raises `Refused`."""
    parameters = _NO_PARAMETERS
    if (given := fields.one(schema)) is not None and given.values:
        given = Fields(schema_of(given, elsewhere=True), given.path)
        parameters = given.values
    kind = parameters.get("type", "object")
    if kind != "object" and not (isinstance(kind, list) and "object" in kind):
        raise fields.refused(schema, "a JSON schema of type object")
    if given is not None:
        given.one("properties")  # refused if it is anything else
        if not all(isinstance(name, str) for name in given.items("required")):
            raise given.refused("required", "a list of names")
    return ToolSpec(fields.needed("name"), fields.text("description"), parameters)


def schema_of(given: Fields, *, elsewhere: bool = False) -> Mapping[str, Any]:
    """Return a client's JSON schema without references (`references`); raises `Refused`."""
    try:
        return references.written_out(given.values, elsewhere=elsewhere)
    except references.PointsNowhere as error:
        told = f"{given.path} has a $ref to {error}, which is nothing in this schema."
        raise Refused("invalid", told, parameter=given.path) from error


def checked(tools: Sequence[ToolSpec], choice: str) -> tuple[ToolSpec, ...]:
    """Return the tools, of which `choice` may name one; raises `Refused`.

    A name that is there twice is refused: nobody could tell whose a call of it is.
    """
    names = [tool.name for tool in tools]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Refused("invalid", f"There are two tools named {twice}.", parameter="tools")
    if choice == "required" and not tools:
        raise Refused("invalid", "tool_choice needs tools.", parameter="tool_choice")
    if choice not in ("auto", "none", "required", *names):
        raise Refused(
            "invalid", f"tool_choice names {choice}, which is no tool.", parameter="tool_choice"
        )
    return tuple(tools)


def among(tools: Sequence[ToolSpec], names: Collection[str]) -> list[ToolSpec]:
    """Return the tools that a choice allows; raises `Refused` where that leaves none of them."""
    allowed = [tool for tool in tools if tool.name in names]
    if tools and not allowed:
        told = "tool_choice allows none of the tools."
        raise Refused("invalid", told, parameter="tool_choice")
    return allowed


def none_left(left_out: Sequence[str]) -> Refused:
    """Return the refusal of a request all of whose tools are executed by somebody else's server.

    Without them the request would be one without tools, which is something else here.
    """
    names = ", ".join(sorted(set(left_out)))
    return Refused(
        "invalid",
        f"Tools of the kind {names} are not offered here: send functions.",
        parameter="tools",
    )
