"""The tool that lists a folder."""

from __future__ import annotations

from arriero.tools.base import ToolContext, ToolResult, tool
from arriero.workspace.answers import Entry
from arriero.workspace.naming import visible

_MOST_ENTRIES = 300


@tool(kind="read", title="List {path}")
def list_directory(context: ToolContext, path: str = ".") -> ToolResult:
    """List the files and folders in a folder. Folders end with a slash, files are shown with their
    size. Ignored files (as in .gitignore) are left out.

    Args:
        path: Folder to list, relative to the workspace.
    """
    view = context.view
    folder = view.locate(path or ".")
    known = context.searcher.listed_in(folder) if context.searcher is not None else ()
    listing = view.entries(folder, known)
    shown = view.display(folder)
    lines = [_line(entry) for entry in listing.entries[:_MOST_ENTRIES]]
    notes = []
    if not lines:
        notes.append(f"{shown} has no files.")
    if len(listing.entries) > _MOST_ENTRIES:
        more = len(listing.entries) - _MOST_ENTRIES
        notes.append(f"{more} more entries are not shown; find files with glob_files.")
    if listing.ignored:
        count = "1 ignored entry is" if listing.ignored == 1 else f"{listing.ignored} ignored are"
        notes.append(f"{count} left out.")
    if folder in view.roots and len(view.roots) > 1:
        others = ", ".join(visible(root) for root in view.roots if root != folder)
        notes.append(f"The workspace has further folders: {others}.")
    note = [f"[{' '.join(notes)}]"] if notes else []
    return ToolResult("\n".join([*lines, *note]))


def _line(entry: Entry) -> str:
    name = visible(entry.name)
    mark = " (link)" if entry.is_link else ""
    if entry.is_directory:
        return f"{name}/{mark}"
    return f"{name}  {_size(entry.size)}{mark}"


def _size(size: int) -> str:
    if size < 1024:
        return f"{size} B"
    kib = size / 1024
    return f"{kib:.1f} KB" if kib < 1024 else f"{kib / 1024:.1f} MB"
