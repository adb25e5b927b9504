"""Our tools in MCP's types (https://modelcontextprotocol.io/specification, "Tools")."""

from __future__ import annotations

import mcp_types as types

from arriero.headless.toolbox import ToolOutcome
from arriero.tools.base import Tool

_READS = ("read", "search", "think", "fetch")


def described(tool: Tool, *, network: bool) -> types.Tool:
    """Return what a client is told of a tool; `network`: commands may reach it."""
    reads = tool.kind in _READS
    return types.Tool(
        name=tool.name,
        title=tool.name.replace("_", " ").capitalize(),
        description=tool.description,
        input_schema=tool.schema,
        annotations=types.ToolAnnotations(
            read_only_hint=reads,
            # Whatever changes files can be taken back, but that is for the person to do.
            destructive_hint=None if reads else True,
            idempotent_hint=None if reads else tool.name == "write_file",
            open_world_hint=tool.kind == "fetch" or (tool.kind == "execute" and network),
        ),
    )


def answered(outcome: ToolOutcome) -> types.CallToolResult:
    """Return a call's result; what was edited is named so that it can be taken back."""
    texts = [outcome.text]
    if outcome.run_id:
        texts.append(
            f"Written to the files; `arriero undo {outcome.run_id}` takes it back."
            if outcome.applied
            else f"Proposed as {outcome.run_id}; it is in the files once the user accepts it."
        )
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text) for text in texts],
        is_error=outcome.status != "ok",
    )


def refused(sentence: str) -> types.CallToolResult:
    """Return the result of a call that nothing was done for."""
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=f"Error: {sentence}")], is_error=True
    )
