"""The tool that deletes a file."""

from __future__ import annotations

from arriero.sessions.events import FileDiff, Location
from arriero.tools.base import ToolContext, ToolResult, tool


@tool(kind="delete", title="Delete {path}")
def delete_file(context: ToolContext, path: str) -> ToolResult:
    """Delete a text file.

    Args:
        path: File to delete, relative to the workspace.
    """
    diff = context.view.delete(path)
    text = f"Deleted {context.view.display(diff.path)}."
    return ToolResult(
        text, (Location(diff.path),), (FileDiff(diff.path, diff.old_text, diff.new_text),)
    )
