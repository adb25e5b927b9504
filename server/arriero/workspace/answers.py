"""What the view answers, besides documents and proposals."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Diff:
    """What one operation changed in one file; None stands for a file that is not there.

    `notice` is a sentence for the model where the user had changed the file meanwhile.
    """

    path: str
    old_text: str | None
    new_text: str | None
    notice: str = ""


@dataclass(frozen=True)
class Absorbed:
    """What of a command's changes joined the proposal, and a sentence for each that did not."""

    diffs: tuple[Diff, ...]
    skipped: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """One name in a folder of the view; `size` in bytes, 0 for folders."""

    name: str
    path: str
    is_directory: bool
    is_link: bool
    size: int


@dataclass(frozen=True)
class FolderListing:
    """A folder's entries sorted by name, and how many ignored ones were left out."""

    entries: tuple[Entry, ...]
    ignored: int
