"""The tool that makes a file, or replaces all of one."""

from __future__ import annotations

from arriero.sessions.events import FileDiff, Location
from arriero.tools.base import ToolContext, ToolResult, tool
from arriero.workspace.diff import line_diff
from arriero.workspace.excerpt import plain_lines
from arriero.workspace.readings import file_text
from arriero.workspace.text import split_lines


@tool(kind="edit", title="Write {path}")
def write_file(context: ToolContext, path: str, content: str) -> ToolResult:
    """Create a file, with the folders it needs, or replace the whole text of one that you have
    read. To change a part of a file, use edit_file.

    Args:
        path: File to write, relative to the workspace.
        content: The complete text of the file, with nothing left out.
    """
    diff = context.view.write(path, file_text(path, content))
    shown = context.view.display(diff.path)
    new = diff.new_text or ""
    count = len(plain_lines(new))
    lines = "1 line" if count == 1 else f"{count} lines"
    if diff.old_text is None:
        text = f"Created {shown} ({lines})."
    else:
        parts = line_diff(diff.old_text, new)
        added = sum(len(split_lines(part.text)) for part in parts)
        removed = sum(len(split_lines(diff.old_text[part.start : part.end])) for part in parts)
        text = f"Replaced {shown} ({lines}: {added} new, {removed} removed)."
    return ToolResult(
        text, (Location(diff.path, 1),), (FileDiff(diff.path, diff.old_text, diff.new_text),)
    )
