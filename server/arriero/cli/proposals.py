"""A run's proposal as it comes over the wire, and as a diff."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arriero.workspace.text import split_lines
from arriero.workspace.unified import unified_diff
from arriero.workspace.uris import uri_to_path

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Hunk:
    """Whole lines of the old text, from `line` (from 0) on, that become others.

    `state` is open, accepted, rejected or stale.
    """

    id: str
    state: str
    line: int
    old_lines: tuple[str, ...]
    new_lines: tuple[str, ...]


@dataclass(frozen=True)
class ProposedFile:
    """One file; `kind` is edit, create, delete or rename, `name` and `new_name` are for people.

    `new_text` is `old_text` with the open hunks; None stands for no file.
    """

    uri: str
    new_uri: str | None
    name: str
    new_name: str
    kind: str
    old_text: str | None
    new_text: str | None
    hunks: tuple[Hunk, ...]

    @property
    def open_hunks(self) -> tuple[Hunk, ...]:
        """What is not decided yet."""
        return tuple(hunk for hunk in self.hunks if hunk.state == "open")

    @property
    def diff(self) -> str:
        """The open hunks as a unified diff."""
        return unified_diff(self.old_text, self.new_text, self.name, self.new_name)

    def diff_of(self, hunk: Hunk) -> str:
        """Return one hunk as a unified diff; a rename is one without lines."""
        if self.kind in ("create", "delete"):
            return self.diff
        old = self.old_text or ""
        if not hunk.old_lines and not hunk.new_lines:
            return unified_diff(old, old, self.name, self.new_name)
        lines = split_lines(old)
        lines[hunk.line : hunk.line + len(hunk.old_lines)] = hunk.new_lines
        return unified_diff(old, "".join(lines), self.new_name, self.new_name)

    @property
    def size(self) -> tuple[int, int]:
        """How many lines the open hunks add and remove."""
        hunks = self.open_hunks
        return sum(len(h.new_lines) for h in hunks), sum(len(h.old_lines) for h in hunks)


@dataclass(frozen=True)
class Proposal:
    """What a run proposes."""

    run_id: str
    label: str
    files: tuple[ProposedFile, ...]

    @property
    def open_hunks(self) -> tuple[str, ...]:
        """The ids of what is not decided yet."""
        return tuple(hunk.id for file in self.files for hunk in file.open_hunks)

    @property
    def uris(self) -> tuple[str, ...]:
        """The files that it touches, under their old names and their new ones."""
        found = [uri for file in self.files for uri in (file.uri, file.new_uri) if uri]
        return tuple(dict.fromkeys(found))


def from_wire(message: Json, folder: str) -> Proposal:
    """Read the answer to `arriero/proposal`; names are shown relative to `folder`."""
    files = tuple(_file(file, folder) for file in message["files"])
    return Proposal(message["runId"], message["label"], files)


def shown_path(path: str, folder: str) -> str:
    """Return a path relative to the folder where it is beneath it."""
    prefix = folder.rstrip(os.sep) + os.sep
    return path.removeprefix(prefix)


def _file(file: Json, folder: str) -> ProposedFile:
    name = shown_path(uri_to_path(file["uri"]), folder)
    new_uri = file.get("newUri")
    return ProposedFile(
        uri=file["uri"],
        new_uri=new_uri,
        name=name,
        new_name=shown_path(uri_to_path(new_uri), folder) if new_uri else name,
        kind=file["kind"],
        old_text=file.get("oldText"),
        new_text=file.get("newText"),
        hunks=tuple(
            Hunk(h["id"], h["state"], h["line"], tuple(h["oldLines"]), tuple(h["newLines"]))
            for h in file["hunks"]
        ),
    )
