"""The tool that gives a file another path."""

from __future__ import annotations

from arriero.sessions.events import FileDiff, Location
from arriero.tools.base import ToolContext, ToolResult, tool


@tool(kind="move", title="Rename {path} to {new_path}")
def rename_file(context: ToolContext, path: str, new_path: str) -> ToolResult:
    """Rename a text file, or move it to another folder. What names it elsewhere stays as it is.

    Args:
        path: File to rename, relative to the workspace.
        new_path: Its new path, which must be free.
    """
    old, new = context.view.rename(path, new_path)
    text = f"Renamed {context.view.display(old.path)} to {context.view.display(new.path)}."
    return ToolResult(
        text,
        (Location(new.path),),
        tuple(FileDiff(one.path, one.old_text, one.new_text) for one in (old, new)),
    )
