"""The user's files while a change of them is being worked out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from arriero.workspace.changes import (
    CreateFile,
    DeleteFile,
    FileChange,
    RenameFile,
    TextChange,
    WorkspaceChange,
)
from arriero.workspace.diff import diff
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.truth import Current, Truth


@dataclass(frozen=True)
class FileEffect:
    """What a change does to one file; None is no file, `new_path` where it is renamed to."""

    path: str
    before: str | None
    after: str | None
    new_path: str | None = None


class ChangeSet:
    """Texts that can be replaced and moved, and the workspace change that this amounts to.

    Reads each path from the truth once: the change is for exactly what was read.
    """

    def __init__(self, truth: Truth) -> None:
        """Start from what the user has."""
        self._truth = truth
        self._read: dict[str, Current] = {}
        self._now: dict[str, str | None] = {}
        self._origin: dict[str, str] = {}  # where a moved file is in the truth

    def text(self, path: str) -> str | None:
        """Return the text at a path as it is by now; raises WorkspaceError as the truth does."""
        if path not in self._now:
            self._read[path] = self._truth.text(path)
            self._now[path] = self._read[path].text
        return self._now[path]

    def put(self, path: str, text: str | None) -> None:
        """Replace the text at a path; None deletes the file."""
        self.text(path)
        self._now[path] = text

    def move(self, path: str, new_path: str) -> None:
        """Rename a file; nothing is at the new path."""
        text = self.text(path)
        assert text is not None
        assert self.text(new_path) is None
        self._now[path], self._now[new_path] = None, text
        origin = self._origin.pop(path, path)
        if origin != new_path:
            self._origin[new_path] = origin

    def effects(self) -> tuple[FileEffect, ...]:
        """Return what has changed, by file, in an order in which every step is possible."""
        stay: list[FileEffect] = []
        move: list[FileEffect] = []
        create: list[FileEffect] = []
        vacated = set(self._origin.values())
        for path, text in self._now.items():
            origin = self._origin.get(path, path)
            before = self._read[origin].text
            if path == origin and path in vacated:
                before = None
            moved = path != origin and before is not None and text is not None
            effect = FileEffect(origin if before is not None else path, before, text)
            if moved:
                move.append(replace(effect, new_path=path))
            elif before is None and text is not None:
                create.append(effect)
            elif text != before:
                stay.append(effect)
        return (*stay, *_in_order(move), *create)

    def change(self, label: str) -> WorkspaceChange:
        """Return the change, in an order in which every step is possible."""
        effects = self.effects()
        edits: list[FileChange] = []
        for effect in effects:
            path, before, after = effect.path, effect.before, effect.after
            if before is not None and after is not None and before != after:
                version = self._read[path].version
                edits.append(TextChange(path, before, diff(before, after), version))
        return WorkspaceChange(label, (*edits, *(c for e in effects for c in _whole(e))))

    def is_outdated(self) -> bool:
        """Tell whether the user has something else by now than what was read."""
        try:
            return any(self._truth.text(path) != read for path, read in self._read.items())
        except WorkspaceError:  # what is there now is no text
            return True


def _whole(effect: FileEffect) -> Iterator[FileChange]:
    """Yield what happens to the file as such."""
    if effect.before is None:
        yield CreateFile(effect.path, effect.after or "")
    elif effect.after is None:
        yield DeleteFile(effect.path, effect.before)
    elif effect.new_path is not None:
        yield RenameFile(effect.path, effect.new_path)


def _in_order(moves: list[FileEffect]) -> list[FileEffect]:
    """Put a move away from a path before the one to it."""
    ordered: list[FileEffect] = []
    waiting = moves
    while waiting:
        sources = {move.path for move in waiting}
        ready = [move for move in waiting if move.new_path not in sources] or waiting
        ordered += ready
        waiting = [move for move in waiting if move not in ready]
    return ordered
