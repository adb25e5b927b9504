"""Whether a change is still for the texts that the user has."""

from __future__ import annotations

from collections.abc import Iterator

from arriero.workspace.buffers import Buffers
from arriero.workspace.changes import DeleteFile, RenameFile, TextChange, WorkspaceChange
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.usertexts import UserTexts


def stale_buffer(change: WorkspaceChange, buffers: Buffers) -> str | None:
    """Return the path of an open document with another text or version than the change is for.

    What was open when the change was made and is no more counts too.
    """
    for one in _based(change):
        buffer = buffers.get(one.path)
        version = buffer.version if buffer is not None else None
        if buffer is not None and buffer.text != one.base:
            return one.path
        if isinstance(one, TextChange) and one.version != version:
            return one.path
    return None


def stale_file(change: WorkspaceChange, texts: UserTexts) -> str | None:
    """Return the path of a file that is not open and has another text; reads files."""
    for one in _based(change):
        if texts.buffers.get(one.path) is not None:
            continue
        try:
            current = texts.text(one.path).text
        except WorkspaceError:
            continue  # not ours to read; the editor has the last word
        if current != one.base:
            return one.path
    return None


def _based(change: WorkspaceChange) -> Iterator[TextChange | DeleteFile]:
    """Return what is based on a text that the user has under that path now."""
    renamed: set[str] = set()
    for one in change.changes:
        if isinstance(one, RenameFile):
            renamed.add(one.new_path)
        elif isinstance(one, TextChange | DeleteFile) and one.path not in renamed:
            yield one
