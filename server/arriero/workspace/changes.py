"""Changes to files as values: what a proposal becomes, before a door puts it into LSP's words.

Paths are absolute and canonical. Offsets count code points in the text that the change is for,
with that text's own line ends. Replacements of one change are sorted and do not overlap.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Replacement:
    """Replace `[start, end)` of a text by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class TextChange:
    """Edits of one existing text.

    `base` is the exact text they are for; `version` is the editor's version of it, None for a
    file that is not open. An editor whose text differs from `base` must refuse the change.
    """

    path: str
    base: str
    replacements: tuple[Replacement, ...]
    version: int | None = None


@dataclass(frozen=True)
class CreateFile:
    """Create a file that does not exist, with this text."""

    path: str
    text: str


@dataclass(frozen=True)
class RenameFile:
    """Rename `path` to `new_path`, which does not exist."""

    path: str
    new_path: str


@dataclass(frozen=True)
class DeleteFile:
    """Delete a file whose text is `base`."""

    path: str
    base: str


FileChange = TextChange | CreateFile | RenameFile | DeleteFile


@dataclass(frozen=True)
class WorkspaceChange:
    """Changes that are applied together, in order, under one label that the user sees."""

    label: str
    changes: tuple[FileChange, ...]
