"""Reading an overlay's upper layer back after a command: what changed, and what stays in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from arriero.shadow.changes import Changes, Ignored, Listing, ignored_of, read_regular
from arriero.shadow.layer import Layer, is_opaque, is_whiteout, mode_of
from arriero.shadow.paths import relative_to

_LONG_PATH = 2000
# What git writes when it only looks.
_LOOKING = frozenset({"index", "index.lock", "objects", "ORIG_HEAD", "FETCH_HEAD"})


def read_back(
    layer: Layer,
    supplied: Mapping[str, bytes | None],
    began: int,
    *,
    ignored: Ignored,
    listing: Listing,
) -> ReadBack:
    """Return the changes of a command, and what is to be done to the layer then.

    `supplied` is what was laid into this layer; `began` is the command's time in ns since the
    epoch. Reads and writes the disk: call it in a thread, while no command runs.
    """
    reading = _Reading(layer, Changes(layer.root, supplied, began))
    reading.walk()
    reading.judge(ignored)
    reading.add_deleted(listing)
    return ReadBack(reading.changes, reading.reset)


class ReadBack(NamedTuple):
    """What a command changed; `reset` leaves in the layer what stays warm, before the next one."""

    changes: Changes
    reset: Callable[[], None]


class _Reading:
    def __init__(self, layer: Layer, changes: Changes) -> None:
        self.changes = changes
        self.folders: list[str] = []
        self.discard: list[str] = []
        self._layer = layer
        self._entries: dict[str, os.stat_result] = {}
        # Folders and files of the workspace that the layer hides.
        self._hidden_folders: set[str] = set()
        self._hidden_files: set[str] = set()

    def walk(self) -> None:
        """Find every entry of the layer."""
        todo = [""]
        while todo:
            folder = todo.pop()
            if folder:
                self.folders.append(folder)
                self._enter(folder)
            for entry in _entries(self._layer.path(folder)):
                relative = os.path.join(folder, entry.name)
                status = entry.stat(follow_symlinks=False)
                if entry.name == ".git":
                    self._see_repository(relative, status)
                elif not stat.S_ISDIR(status.st_mode):
                    self._entries[relative] = status
                elif len(relative) < _LONG_PATH:
                    todo.append(relative)
                else:
                    self.changes.skip(self._layer.below(folder[:100]), "is too deep a folder")
                    self.discard.append(relative)

    def judge(self, ignored: Ignored) -> None:
        """Tell the ignored entries from the others, and these by what they are."""
        kept = self._ignored(ignored)
        for relative, status in self._entries.items():
            if relative not in kept:
                self.discard.append(relative)
                self._judge(relative, status)
                continue
            if relative not in self._layer.warm or self._was_touched(status):
                self.changes.ignored += 1
            if self._layer.below(relative) in self.changes.supplied:
                # It is supplied again, as it is then.
                self.discard.append(relative)
            else:
                self._layer.warm.add(relative)

    def add_deleted(self, listing: Listing) -> None:
        """Add the files that are gone: supplied ones, and those in folders that are gone."""
        deleted = set(self._hidden_files)
        for path, content in self.changes.supplied.items():
            relative = relative_to(self._layer.root, path)
            if content is not None and not stat.S_ISREG(mode_of(self._layer.path(relative))):
                deleted.add(path)
        if self._hidden_folders:
            for path in listing(self._layer.root):
                relative = relative_to(self._layer.root, path)
                hidden = any(folder in self._hidden_folders for folder in _parents(relative))
                if hidden and not stat.S_ISREG(mode_of(self._layer.path(relative))):
                    deleted.add(path)
        for path in sorted(deleted):
            self.changes.deleted(path)

    def reset(self) -> None:
        """Take out what does not stay."""
        if self.everything_is_gone():
            self._layer.clear()
        else:
            self._layer.reset(self.discard, self.folders)

    def everything_is_gone(self) -> bool:
        """Whether the command emptied the workspace: then nothing that is ignored stays gone."""
        names = os.listdir(self._layer.root)
        gone = {name for name in self.discard if "/" not in name} | self._layer.warm
        return bool(names) and all(
            name in gone and stat.S_ISCHR(mode_of(self._layer.path(name))) for name in names
        )

    def _ignored(self, ignored: Ignored) -> set[str]:
        warm = self._layer.warm
        asked = [
            self._layer.below(relative)
            for relative, status in self._entries.items()
            if relative not in warm and not self._is_as_supplied(relative, status)
        ]
        found = ignored_of(self._layer.root, asked, ignored) if asked else set()
        return {relative for relative in self._entries if relative in warm} | {
            relative_to(self._layer.root, path) for path in found
        }

    def _was_touched(self, status: os.stat_result) -> bool:
        # The kernel makes all whiteouts links of one file: their times say nothing.
        return status.st_ctime_ns >= self.changes.began and not is_whiteout(status)

    def _is_as_supplied(self, relative: str, status: os.stat_result) -> bool:
        path = self._layer.below(relative)
        if path not in self.changes.supplied:
            return False
        content = self.changes.supplied[path]
        if content is None:
            return is_whiteout(status)
        if not stat.S_ISREG(status.st_mode) or status.st_size != len(content):
            return False
        try:
            return read_regular(self._layer.path(relative))[0] == content
        except OSError:
            return False

    def _judge(self, relative: str, status: os.stat_result) -> None:
        path, below = self._layer.below(relative), mode_of(self._layer.below(relative))
        if is_whiteout(status):
            self._hide(relative, below)
        elif stat.S_ISREG(status.st_mode):
            if below and not stat.S_ISREG(below):
                self._hide(relative, below)
            self.changes.changed(path, self._layer.path(relative))
        elif not (stat.S_ISLNK(below) and stat.S_ISLNK(status.st_mode) and self._same(relative)):
            self._hide(relative, below)
            self.changes.special(path, status.st_mode)

    def _hide(self, relative: str, below: int) -> None:
        """Take down that something of the workspace is not seen any more."""
        path = self._layer.below(relative)
        if stat.S_ISDIR(below):
            self._hidden_folders.add(relative)
        elif stat.S_ISREG(below):
            self._hidden_files.add(path)
        elif below:
            self.changes.skip(path, "was removed, but is no regular file")

    def _enter(self, folder: str) -> None:
        below = mode_of(self._layer.below(folder))
        if not stat.S_ISDIR(below):
            self._hide(folder, below)
        elif is_opaque(self._layer.path(folder)):
            self._hidden_folders.add(folder)

    def _see_repository(self, relative: str, status: os.stat_result) -> None:
        self.discard.append(relative)
        path = self._layer.path(relative)
        if not stat.S_ISDIR(status.st_mode) or is_opaque(path) or set(os.listdir(path)) - _LOOKING:
            self.changes.repository_changed()

    def _same(self, relative: str) -> bool:
        return os.readlink(self._layer.path(relative)) == os.readlink(self._layer.below(relative))


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except PermissionError:
        os.chmod(folder, stat.S_IRWXU)
        with os.scandir(folder) as found:
            return list(found)


def _parents(relative: str) -> Iterator[str]:
    parent = os.path.dirname(relative)
    while parent:
        yield parent
        parent = os.path.dirname(parent)
