"""The one way to open what is in the workspace: beneath its folders, and nothing else.

A path is confined by how it is opened, not by comparing strings first: between a comparison and an
open another process can put a symbolic link on the way. Where the kernel has `openat2`, it resolves
the whole path beneath the folder's descriptor; elsewhere the path is walked descriptor by
descriptor and no symbolic link is followed that was not resolved and checked before.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from arriero.workspace.beneath import FOLDER, LOOK, READ, open_beneath
from arriero.workspace.errors import (
    BadPath,
    FileMissing,
    IsDirectory,
    NotDirectory,
    NotRegular,
    OutsideWorkspace,
    TooLarge,
    Unreadable,
    VanishedFolder,
    WorkspaceError,
)
from arriero.workspace.naming import visible
from arriero.workspace.realpath import real_path

_RESOLVE_AGAIN = frozenset({errno.EXDEV, errno.ELOOP, errno.ENOTDIR})
_ATTEMPTS = 3
_CHUNK = 1 << 20

T = TypeVar("T")


@dataclass(frozen=True)
class FolderEntry:
    """One name in a folder. A symbolic link is told as what it leads to, if that is confined."""

    name: str
    is_directory: bool
    is_link: bool
    size: int


class Confinement:
    """Folders that may be looked into. Holds no descriptors: a folder may vanish and return."""

    def __init__(self, roots: Sequence[str]) -> None:
        """Take absolute canonical folders; the first one is what relative paths are shown for."""
        self.roots = tuple(roots)

    def display(self, path: str) -> str:
        """Return a path as it is shown: relative to the first folder, otherwise absolute."""
        first = self.roots[0] if self.roots else ""
        if first and path == first:
            return "."
        if first and is_beneath(path, first):
            return visible(os.path.relpath(path, first))
        return visible(path)

    def root_of(self, path: str) -> str | None:
        """Return the innermost folder that an absolute path is written beneath."""
        inside = [root for root in self.roots if is_beneath(path, root)]
        return max(inside, key=len, default=None)

    def canonical(self, path: str) -> str:
        """Return an absolute path without symbolic links; what is not there may be missing.

        Raises `BadPath`, and `OutsideWorkspace` when it ends outside.
        """
        if "\0" in path:
            raise BadPath("A path cannot hold a NUL character; give the path without it.")
        found = real_path(path)
        if found is None:
            raise BadPath(f"{visible(path[:200])} cannot be a path; give a shorter one.")
        if self.root_of(found) is None:
            raise self.outside(path)
        return found

    def read(self, path: str, limit: int) -> bytes:
        """Return the bytes of a regular file; `TooLarge` when there are more than `limit`.

        Raises `FileMissing`, `IsDirectory`, `NotRegular`, `OutsideWorkspace`, `Unreadable`.
        """

        def taken(descriptor: int) -> bytes:
            self._check_regular(descriptor, path, limit)
            chunks: list[bytes] = []
            left = limit + 1
            while left > 0 and (chunk := os.read(descriptor, min(left, _CHUNK))):
                chunks.append(chunk)
                left -= len(chunk)
            if left <= 0:
                raise self._too_large(path, limit)
            return b"".join(chunks)

        return self._with(path, READ, taken)

    def stat(self, path: str) -> os.stat_result | None:
        """Return what a path leads to, None when nothing is there; never opens the thing itself.

        Raises `OutsideWorkspace`, `Unreadable`, `VanishedFolder`.
        """
        try:
            return self._with(path, LOOK, os.fstat)
        except FileMissing:
            return None

    def scan(self, path: str) -> list[FolderEntry]:
        """Return what is in a folder, sorted by name.

        Raises `NotDirectory` and what `read` raises.
        """

        def listed(descriptor: int) -> list[FolderEntry]:
            with os.scandir(descriptor) as entries:
                found = [self._entry(path, entry) for entry in entries]
            return sorted((entry for entry in found if entry is not None), key=lambda e: e.name)

        return self._with(path, FOLDER, listed)

    def outside(self, path: str) -> OutsideWorkspace:
        """Make the error for a path that leads out of the folders."""
        where = ", ".join(visible(root) for root in self.roots) or "no folder"
        return OutsideWorkspace(
            f"{visible(path)} is outside of the workspace; use a path beneath {where}."
        )

    def _with(self, path: str, flags: int, use: Callable[[int], T]) -> T:
        try:
            descriptor = self._open(path, flags)
            try:
                return use(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise self._explained(error, path) from error
        except UnicodeEncodeError as error:  # half a character, which no name on the disk has
            raise BadPath(f"{visible(path[:200])} cannot be a path; give another one.") from error

    def _open(self, path: str, flags: int) -> int:
        if "\0" in path:
            raise BadPath("A path cannot hold a NUL character; give the path without it.")
        target = path
        for _ in range(_ATTEMPTS):
            # The outermost one: a folder of ours inside another may have become a link meanwhile.
            root = min((one for one in self.roots if is_beneath(target, one)), key=len, default="")
            if not root:
                raise self.outside(path)
            try:
                return open_beneath(root, os.path.relpath(target, root), flags)
            except OSError as error:
                if error.errno not in _RESOLVE_AGAIN:
                    raise
                # A symbolic link: an absolute one, one into another folder, or one that appeared
                # just now. Where it leads to is opened with the same care.
                resolved = os.path.realpath(target)
                if resolved == target and error.errno != errno.EXDEV:
                    raise
                target = resolved
        raise self.outside(path)

    def _check_regular(self, descriptor: int, path: str, limit: int) -> None:
        facts = os.fstat(descriptor)
        if stat.S_ISDIR(facts.st_mode):
            raise IsDirectory(f"{self.display(path)} is a folder; list it with list_directory.")
        if not stat.S_ISREG(facts.st_mode):
            raise self._not_regular(path)
        if facts.st_size > limit:
            raise self._too_large(path, limit)

    def _entry(self, folder: str, entry: os.DirEntry[str]) -> FolderEntry | None:
        try:
            if not entry.is_symlink():
                is_directory = entry.is_dir(follow_symlinks=False)
                size = 0 if is_directory else entry.stat(follow_symlinks=False).st_size
                return FolderEntry(entry.name, is_directory, is_link=False, size=size)
        except FileNotFoundError:  # it went away while the folder was read
            return None
        try:
            facts = self.stat(os.path.join(folder, entry.name))
        except WorkspaceError:
            facts = None
        is_directory = facts is not None and stat.S_ISDIR(facts.st_mode)
        size = 0 if facts is None or is_directory else facts.st_size
        return FolderEntry(entry.name, is_directory, is_link=True, size=size)

    def _explained(self, error: OSError, path: str) -> WorkspaceError:
        shown = self.display(path)
        root = self.root_of(path)
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            if root is not None and not os.path.isdir(root):
                return VanishedFolder(
                    f"The workspace folder {visible(root)} is not there any more; "
                    "restore it or open another folder."
                )
            if error.errno == errno.ENOTDIR and os.path.exists(path):
                return NotDirectory(f"{shown} is not a folder; read it with read_file.")
            return FileMissing(f"{shown} does not exist; list its folder to see what is there.")
        if error.errno == errno.ENXIO:
            return self._not_regular(path)
        if error.errno == errno.ENAMETOOLONG:
            return BadPath(f"{shown[:200]}… is too long to be a path; give a shorter one.")
        if error.errno == errno.ELOOP:
            return Unreadable(f"{shown} is a symbolic link that leads in a circle; use another.")
        if error.errno in (errno.EACCES, errno.EPERM):
            return Unreadable(f"{shown} may not be read: permission denied. Leave it out.")
        return Unreadable(
            f"{shown} cannot be read ({os.strerror(error.errno or 0)}). Leave it out."
        )

    def _not_regular(self, path: str) -> NotRegular:
        return NotRegular(
            f"{self.display(path)} is neither a file nor a folder (a pipe, socket or device); "
            "leave it out."
        )

    def _too_large(self, path: str, limit: int) -> TooLarge:
        return TooLarge(
            f"{self.display(path)} has more than {limit:,} bytes; "
            "search it with grep_search or look at a part of it with a command."
        )


def is_beneath(path: str, folder: str) -> bool:
    """Tell whether a path is a folder or written beneath it; both absolute and normal."""
    return path == folder or path.startswith(folder if folder == "/" else folder + "/")
