"""The tool that finds files by their names."""

from __future__ import annotations

import os

from arriero.tools.base import ToolContext, ToolError, ToolResult, tool
from arriero.tools.listing import listed
from arriero.workspace.confine import is_beneath
from arriero.workspace.globs import Glob

_MOST_PATHS = 200


@tool(kind="search", title="Find {pattern}")
def glob_files(context: ToolContext, pattern: str, path: str | None = None) -> ToolResult:
    """Find files by name, such as *.py or src/**/test_*.{js,ts}. A pattern without a slash
    is looked for in all folders. Paths are sorted; ignored files (as in .gitignore) are left out.

    Args:
        pattern: Names with * ? ** or {a,b} in them; ** stands for any folders.
        path: Folder to look in; the whole workspace if not given.
    """
    view = context.view
    if not pattern.strip():
        raise ToolError("The pattern is empty; give one such as *.py or src/**/*.ts.")
    base = view.locate(path) if path else None
    if base is not None and not view.is_directory(base):
        if not view.exists(base):
            view.entries(base)  # raises, with the nearest names
        raise ToolError(
            f"{view.display(base)} is a file; give a folder, or read it with read_file."
        )
    folders = view.roots if base is None else (base,)
    folders, wanted = _split(pattern.strip(), folders)
    listing = listed(context, base)
    relative = [
        (found, os.path.relpath(found, folder))
        for found in listing.paths
        for folder in folders
        if is_beneath(found, folder)
    ]
    glob = Glob(wanted)
    found = [full for full, name in relative if glob.matches(name)]
    note = ""
    if not found:
        glob = Glob(wanted, ignore_case=True)
        found = [full for full, name in relative if glob.matches(name)]
        note = "Nothing matches in this case of letters; these do in another." if found else ""
    return ToolResult(_text(context, found, note, complete=listing.complete, pattern=pattern))


def _split(pattern: str, folders: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Understand absolute patterns; models also write "/src/*.py" for what is in the workspace."""
    for folder in folders:
        if pattern.startswith(folder.rstrip("/") + "/"):
            return (folder,), pattern[len(folder.rstrip("/")) + 1 :]
    return folders, pattern.lstrip("/") or pattern


def _text(
    context: ToolContext, found: list[str], note: str, *, complete: bool, pattern: str
) -> str:
    notes = [note] if note else []
    if not found:
        notes.append(f"No file matches {pattern}. Ignored files are not looked at.")
    if len(found) > _MOST_PATHS:
        notes.append(
            f"The first {_MOST_PATHS} of {len(found)} files; give a narrower pattern or a path."
        )
    if not complete:
        notes.append("The workspace has too many files: not all were looked at; give a path.")
    lines = [context.view.display(path) for path in found[:_MOST_PATHS]]
    return "\n".join([*lines, *([f"[{' '.join(notes)}]"] if notes else [])])
