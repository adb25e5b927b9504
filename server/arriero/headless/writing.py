"""A workspace change as operations on files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from arriero.workspace.changes import (
    CreateFile,
    DeleteFile,
    FileChange,
    RenameFile,
    TextChange,
    WorkspaceChange,
)
from arriero.workspace.diff import apply
from arriero.workspace.disk import (
    Disk,
    DiskRefused,
    MoveFile,
    Operation,
    RemoveFile,
    WriteFile,
)
from arriero.workspace.encoding import Encoding, decode, encode


def write(disk: Disk, change: WorkspaceChange) -> None:
    """Make a change in the files, as a whole or not at all; may block.

    Raises DiskRefused where a file holds another text than the change is for, and WorkspaceError.
    """
    plan = _Plan(disk)
    for one in change.changes:
        plan.add(one)
    disk.perform(plan.operations)


@dataclass
class _Plan:
    """The operations so far; `contents` are the files that they touch, as they leave them."""

    disk: Disk
    operations: list[Operation] = field(default_factory=list)
    contents: dict[str, bytes | None] = field(default_factory=dict)

    def add(self, change: FileChange) -> None:
        match change:
            case TextChange():
                self._edit(change)
            case CreateFile(path, text):
                self._check_free(path)
                self._do(WriteFile(path, text.encode(), None), {path: text.encode()})
            case RenameFile(path, new_path):
                content = self._content(path)
                self._check_free(new_path)
                self._do(MoveFile(path, new_path), {path: None, new_path: content})
            case DeleteFile(path, base):
                content = self._content(path)
                self._check_text(path, content, base)
                self._do(RemoveFile(path, content), {path: None})

    def _edit(self, change: TextChange) -> None:
        path, before = change.path, self._content(change.path)
        encoding = self._check_text(path, before, change.base)
        text = apply(change.base, change.replacements)
        try:
            after = encode(text, encoding)
        except UnicodeEncodeError as error:
            raise DiskRefused(
                f"{self._shown(path)} is written in {encoding}, which has no "
                f"{error.object[error.start]!a}."
            ) from error
        self._do(WriteFile(path, after, before), {path: after})

    def _do(self, operation: Operation, contents: Mapping[str, bytes | None]) -> None:
        self.operations.append(operation)
        self.contents.update(contents)

    def _content(self, path: str) -> bytes:
        content = self.contents[path] if path in self.contents else self.disk.read(path)
        if content is None:
            raise DiskRefused(f"{self._shown(path)} is not there any more.")
        return content

    def _check_text(self, path: str, content: bytes, base: str) -> Encoding:
        """Return the encoding of a file that holds the text that a change is for."""
        decoded = decode(content)
        if decoded is None or decoded[0] != base:
            raise DiskRefused(f"{self._shown(path)} changed meanwhile.")
        return decoded[1]

    def _check_free(self, path: str) -> None:
        there = self.contents.get(path)
        if there is not None or (path not in self.contents and os.path.lexists(path)):
            raise DiskRefused(f"{self._shown(path)} exists already.")

    def _shown(self, path: str) -> str:
        return self.disk.confinement.display(path)
