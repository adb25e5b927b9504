"""The tool that changes a part of a file."""

from __future__ import annotations

from arriero.sessions.events import FileDiff, Location
from arriero.tools.base import ToolContext, ToolResult, tool
from arriero.workspace.answers import Diff
from arriero.workspace.diff import line_diff
from arriero.workspace.excerpt import around, plain_lines
from arriero.workspace.readings import new_text
from arriero.workspace.text import LineIndex

_MOST_PLACES = 5
_MOST_LINES = 30  # shown of one place


@tool(kind="edit", title="Edit {path}")
def edit_file(
    context: ToolContext, path: str, old_string: str, new_string: str, replace_all: bool = False
) -> ToolResult:
    """Replace text in a file: old_string must be in it exactly once, as read but without the line
    numbers. Copy it with its indentation, and give enough lines around to make it unique. The
    result shows the changed lines, so there is no need to read the file again.

    Args:
        path: File to change, relative to the workspace.
        old_string: Text to replace, copied from the file.
        new_string: Text to put in its place; empty to delete.
        replace_all: Replace every occurrence of old_string.
    """
    view = context.view
    new_string = new_text(path, old_string, new_string)
    if not old_string and not view.exists(path):
        diff = view.write(path, new_string)  # what other agents' tools mean by an empty old text
    else:
        diff = view.edit(path, old_string, new_string, replace_all)
    places = _places(diff)
    shown = view.display(diff.path)
    verb = "Created" if diff.old_text is None else "Edited"
    head = f"{verb} {shown}" + (f" in {len(places)} places" if len(places) > 1 else "")
    text = f"{head}. The lines are now:\n{_excerpts(diff, places)}"
    if diff.notice:
        text += f"\nNote: {diff.notice}"
    return ToolResult(
        text,
        tuple(Location(diff.path, first) for first, _ in places[:_MOST_PLACES]),
        (FileDiff(diff.path, diff.old_text, diff.new_text),),
    )


def _places(diff: Diff) -> list[tuple[int, int]]:
    """Return first and last line, from 1, of each changed place in the new text."""
    old, new = diff.old_text or "", diff.new_text or ""
    index = LineIndex(new)
    places = []
    moved = 0
    for part in line_diff(old, new):
        start = part.start + moved
        moved += len(part.text) - (part.end - part.start)
        first = index.line_at(start) + 1
        last = index.line_at(max(start + len(part.text) - 1, start)) + 1
        places.append((first, last))
    return places


def _excerpts(diff: Diff, places: list[tuple[int, int]]) -> str:
    lines = plain_lines(diff.new_text or "")
    if not lines:
        return "(none: the file is empty)"
    shown = []
    for first, last in places[:_MOST_PLACES]:
        text = around(lines, first, min(last, first + _MOST_LINES - 1))
        if last - first >= _MOST_LINES:
            text += f"\n… up to line {last}"
        shown.append(text)
    if len(places) > _MOST_PLACES:
        shown.append(f"… and {len(places) - _MOST_PLACES} more places")
    return "\n…\n".join(shown)
