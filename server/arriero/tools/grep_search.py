"""The tool that searches the texts of the workspace."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice

from arriero.sessions.events import Location
from arriero.tools.base import ToolContext, ToolError, ToolResult, tool
from arriero.tools.linefinding import (
    BadPattern,
    Findings,
    GrepFile,
    find_lines,
    where_in_lines,
)
from arriero.tools.listing import listed, may_match
from arriero.workspace.confine import is_beneath
from arriero.workspace.files import Listing
from arriero.workspace.globs import Glob
from arriero.workspace.view import WorkspaceView

_MOST_PATTERN = 1_000
_MOST_LINES = 20  # of one file
_MOST_CHARACTERS = 12_000
_MOST_COLUMNS = 300  # of one line
_MOST_LOCATIONS = 20
_MOST_LONG = _MOST_CHARACTERS // _MOST_COLUMNS + 1  # lines that fit


@tool(kind="search", title="Search {pattern}")
def grep_search(
    context: ToolContext,
    pattern: str,
    path: str | None = None,
    glob: str | None = None,
    case_sensitive: bool = True,
) -> ToolResult:
    """Search the files for lines that match a regular expression (Python's). The result has lines
    of the form path:line: text. Ignored files (as in .gitignore) are left out.

    Args:
        pattern: Regular expression; it matches within one line.
        path: Folder or file to search; the whole workspace if not given.
        glob: Only files with such names; for example *.py.
        case_sensitive: Whether A and a are different.
    """
    if not pattern:
        raise ToolError("The pattern is empty; give the text or regular expression to look for.")
    if len(pattern) > _MOST_PATTERN:
        raise ToolError(f"The pattern is longer than {_MOST_PATTERN} characters; shorten it.")
    view = context.view
    base = _base(view, path)
    notes = []
    wanted = pattern
    try:
        found, complete = _found(context, base, pattern, glob, ignore_case=not case_sensitive)
    except BadPattern as error:
        notes.append(
            f"The pattern is no valid regular expression ({error}), so it was looked for as plain "
            "text. Write \\ before each of . ^ $ * + ? { } [ ] ( ) | that stands for itself."
        )
        wanted = re.escape(pattern)
        found, complete = _found(context, base, wanted, glob, ignore_case=not case_sensitive)
    notes += _notes(view, found, pattern, case_sensitive=case_sensitive, complete=complete)
    lines, cut = _lines(view, found, _starts(found, wanted, ignore_case=not case_sensitive))
    if cut:
        notes.append(cut)
    text = "\n".join([*lines, f"[{' '.join(notes)}]"])
    locations = [Location(file.path, number) for file in found.files for number, _ in file.lines]
    return ToolResult(text, tuple(locations[:_MOST_LOCATIONS]))


def _base(view: WorkspaceView, path: str | None) -> str | None:
    """Return the folder or file to search, None for the whole workspace."""
    base = view.locate(path) if path else None
    if base is not None and not view.is_directory(base):
        view.peek(base)  # raises for what is not there or no text
    return base


def _found(
    context: ToolContext, base: str | None, pattern: str, glob: str | None, *, ignore_case: bool
) -> tuple[Findings, bool]:
    """Search what may match; tell also whether that was all. Raises `BadPattern`."""
    view = context.view
    if base is not None and not view.is_directory(base):
        listing = Listing((base,))
        glob = None
    else:
        listing = may_match(context, base, pattern, ignore_case=ignore_case)
    paths = _kept(view, listing.paths, base, glob)
    found = find_lines(view, paths, pattern, ignore_case=ignore_case, most_lines=_MOST_LINES)
    if not found.files and not found.stopped_at and listing.paths != (base,):
        # What was ruled out unread was searched too.
        searched = len(_kept(view, listed(context, base).paths, base, glob))
        found = replace(found, searched=searched)
    return found, listing.complete


def _kept(
    view: WorkspaceView, paths: Sequence[str], base: str | None, glob: str | None
) -> Sequence[str]:
    if not glob:
        return paths
    folders = view.roots if base is None else (base,)
    wanted = Glob(glob)
    return [
        found
        for found in paths
        for folder in folders
        if is_beneath(found, folder) and wanted.matches(os.path.relpath(found, folder))
    ]


def _starts(found: Findings, pattern: str, *, ignore_case: bool) -> Mapping[str, int]:
    """Return where the match is in those long lines that may be shown."""
    long = (text for file in found.files for _, text in file.lines if len(text) > _MOST_COLUMNS)
    return where_in_lines(pattern, islice(long, _MOST_LONG), ignore_case=ignore_case)


def _lines(
    view: WorkspaceView, found: Findings, starts: Mapping[str, int]
) -> tuple[list[str], str]:
    """Return the lines that fit, and a sentence about those that do not."""
    lines: list[str] = []
    size = 0
    for at, file in enumerate(found.files):
        block = _block(view, file, starts)
        size += sum(len(line) + 1 for line in block)
        if lines and size > _MOST_CHARACTERS:
            left = found.files[at:]
            names = ", ".join(view.display(other.path) for other in left[:5])
            more = ", …" if len(left) > 5 else ""
            return lines, f"{len(left)} files are not shown ({names}{more}); narrow the search."
        lines += block
    return lines, ""


def _block(view: WorkspaceView, file: GrepFile, starts: Mapping[str, int]) -> list[str]:
    shown = view.display(file.path)
    block = [
        f"{shown}:{number}: {_excerpt(text, starts.get(text, 0))}" for number, text in file.lines
    ]
    if file.count > len(file.lines):
        block.append(f"{shown}: … {file.count - len(file.lines)} more lines match")
    return block


def _excerpt(text: str, start: int) -> str:
    """Return the line, or what is around the match in a long one."""
    if len(text) <= _MOST_COLUMNS:
        return text.strip()
    start = max(start - _MOST_COLUMNS // 3, 0)
    end = start + _MOST_COLUMNS
    return ("…" if start else "") + text[start:end].strip() + ("…" if end < len(text) else "")


def _notes(
    view: WorkspaceView, found: Findings, pattern: str, *, case_sensitive: bool, complete: bool
) -> list[str]:
    count = sum(file.count for file in found.files)
    notes = []
    if count:
        lines = "1 line" if count == 1 else f"{count} lines"
        files = "1 file" if len(found.files) == 1 else f"{len(found.files)} files"
        notes.append(f"{lines} in {files} match.")
    else:
        notes.append(f"No line matches in {found.searched} files.")
        if "\n" in pattern or "\\n" in pattern:
            notes.append("A match lies within one line; look for one line of it.")
        elif case_sensitive and pattern.lower() != pattern.upper():
            notes.append("Try other words, or case_sensitive=false.")
    if found.enough:
        notes.append("The search ended here, as these are enough; narrow it to see others.")
    if found.stopped_at:
        where = view.display(found.stopped_at)
        notes.append(
            f"The time was over at {where}, and later files were not searched; "
            "use a simpler pattern, a path or a glob."
        )
    if not complete:
        notes.append("The workspace has too many files: not all were searched; give a path.")
    return notes
