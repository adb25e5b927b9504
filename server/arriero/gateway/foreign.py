"""The tools of a client, as a run knows them: after a call of one it is the client's turn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from arriero.models.types import ToolSpec
from arriero.tools.base import Tool, ToolContext, ToolResult
from arriero.tools.schema import Parameters

HANDED_ON = "This call is executed by the user's program; its result comes with the next message."


class _Given(Parameters):
    """Parameters that somebody else's schema describes: whoever executes the call checks them."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.schema.get("properties") or ())

    def read(self, arguments: Any) -> dict[str, Any]:
        """Return the arguments as they are."""
        return dict(arguments) if isinstance(arguments, Mapping) else {}


def foreign_tool(spec: ToolSpec) -> Tool:
    """Return a tool of a client: a call of it ends the run."""

    async def function(_: ToolContext, **arguments: Any) -> ToolResult:  # noqa: ARG001 - not ours
        return ToolResult(HANDED_ON, ends=True)

    schema = {"properties": {}, **dict(spec.parameters)}
    parameters = _Given(spec.description, schema, spec.description, schema, BaseModel)
    return Tool(spec.name, "other", spec.description, parameters, function, spec.name)
