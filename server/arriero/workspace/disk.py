"""Changing several files together: all of it happens, or none.

Every path is opened beneath one of the folders and through no symbolic link: paths here are
canonical, so that a link on the way came there after the change was worked out. Every file must be
a regular one that still holds the bytes that the change is for. What a path names is replaced, not
written into, so that another name of the same file, wherever it is, keeps what it had.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from arriero.workspace.beneath import FOLDER, READ, open_beneath
from arriero.workspace.confine import Confinement
from arriero.workspace.naming import bare
from arriero.workspace.renaming import rename_new

MAX_BYTES = 64 << 20
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class DiskRefused(Exception):
    """Nothing was changed, save what the sentence says could not be taken back; it says why."""


@dataclass(frozen=True)
class WriteFile:
    """Give a file new content. `expected` is what it holds now, None for one that is not there."""

    path: str
    content: bytes
    expected: bytes | None


@dataclass(frozen=True)
class MoveFile:
    """Rename a file; nothing may be at `new_path`."""

    path: str
    new_path: str


@dataclass(frozen=True)
class RemoveFile:
    """Remove a file that holds `expected`."""

    path: str
    expected: bytes


Operation = WriteFile | MoveFile | RemoveFile
_Undo = Callable[[], None]


class Disk:
    """The folders whose files may be changed: absolute canonical paths."""

    def __init__(self, folders: Sequence[str]) -> None:
        self.confinement = Confinement(folders)

    def read(self, path: str) -> bytes | None:
        """Return a regular file's bytes, None when nothing is there.

        Raises `WorkspaceError` for everything else.
        """
        if not os.path.lexists(path):
            return None
        return self.confinement.read(path, MAX_BYTES)

    def perform(self, operations: Sequence[Operation]) -> None:
        """Do the operations in order; on the first failure undo the earlier ones.

        Raises `DiskRefused`.
        """
        done: list[_Undo] = []
        try:
            for operation in operations:
                self._do(operation, done)
        except (OSError, ValueError, DiskRefused) as error:
            self._roll_back(done)
            raise DiskRefused(self._reason(error)) from error

    def _do(self, operation: Operation, done: list[_Undo]) -> None:
        if isinstance(operation, MoveFile):
            self._move(operation, done)
        elif isinstance(operation, RemoveFile):
            self._remove(operation, done)
        elif operation.expected is None:
            self._create(operation, done)
        else:
            self._replace(operation.path, operation.content, operation.expected)
            before, after = operation.expected, operation.content
            done.append(partial(self._replace, operation.path, before, after))

    def _create(self, operation: WriteFile, done: list[_Undo], mode: int | None = None) -> None:
        self._make_folders(operation.path, done)
        with self._parent(operation.path) as (folder, name):
            descriptor = os.open(name, _NEW, 0o666, dir_fd=folder)
            done.append(partial(self._unlink, operation.path))
            if mode is not None:
                os.fchmod(descriptor, mode)
            _fill(descriptor, operation.content)

    def _replace(self, path: str, content: bytes, expected: bytes) -> None:
        with self._parent(path) as (folder, name):
            facts = self._checked(folder, name, path, expected)
            temporary = f".arriero-{secrets.token_hex(8)}"
            descriptor = os.open(temporary, _NEW, 0o600, dir_fd=folder)
            try:
                _take_over(descriptor, facts)
                _fill(descriptor, content)
                self._checked(folder, name, path, expected)  # as late as can be
                os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                os.unlink(temporary, dir_fd=folder)
                raise

    def _remove(self, operation: RemoveFile, done: list[_Undo]) -> None:
        with self._parent(operation.path) as (folder, name):
            facts = self._checked(folder, name, operation.path, operation.expected)
            os.unlink(name, dir_fd=folder)
        restored = WriteFile(operation.path, operation.expected, None)
        done.append(partial(self._create, restored, [], stat.S_IMODE(facts.st_mode)))

    def _move(self, operation: MoveFile, done: list[_Undo]) -> None:
        old, new = operation.path, operation.new_path
        self._make_folders(new, done)
        self._rename(old, new)
        done.append(partial(self._rename, new, old))

    def _rename(self, old: str, new: str) -> None:
        with self._parent(old) as (source, name), self._parent(new) as (target, new_name):
            facts = os.stat(name, dir_fd=source, follow_symlinks=False)
            if not stat.S_ISREG(facts.st_mode):
                raise DiskRefused(f"{self._shown(old)} is not a regular file.")
            try:
                rename_new(source, name, target, new_name)
            except FileExistsError:
                there = os.stat(new_name, dir_fd=target, follow_symlinks=False)
                if not (os.path.samestat(facts, there) and bare(name) == bare(new_name)):
                    raise DiskRefused(f"{self._shown(new)} exists already.") from None
                # One name in two spellings, on a file system that takes them for the same.
                os.rename(name, new_name, src_dir_fd=source, dst_dir_fd=target)

    def _unlink(self, path: str) -> None:
        with self._parent(path) as (folder, name):
            os.unlink(name, dir_fd=folder)

    def _make_folders(self, path: str, done: list[_Undo]) -> None:
        """Make the folders that a file's path lacks."""
        missing = [str(p) for p in Path(path).parents if not os.path.lexists(p)]
        for folder in reversed(missing):
            with self._parent(folder) as (parent, name):
                os.mkdir(name, dir_fd=parent)
            done.append(partial(self._rmdir, folder))

    def _rmdir(self, path: str) -> None:
        with self._parent(path) as (parent, name):
            os.rmdir(name, dir_fd=parent)

    @contextlib.contextmanager
    def _parent(self, path: str) -> Iterator[tuple[int, str]]:
        """Open the folder that a path is in, beneath ours; yield its descriptor and the name."""
        parent, name = os.path.split(path)
        root = self.confinement.root_of(parent)
        if root is None or name in ("", ".", "..") or "\0" in path:
            raise DiskRefused(f"{self._shown(path)} is outside of the folder.")
        descriptor = open_beneath(root, os.path.relpath(parent, root), FOLDER, links=False)
        try:
            yield descriptor, name
        finally:
            os.close(descriptor)

    def _checked(self, folder: int, name: str, path: str, expected: bytes) -> os.stat_result:
        """Return the facts of a file that still holds what it should."""
        descriptor = os.open(name, READ | os.O_NOFOLLOW, dir_fd=folder)
        try:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                raise DiskRefused(f"{self._shown(path)} is not a regular file.")
            if not facts.st_mode & 0o222:
                raise DiskRefused(f"{self._shown(path)} is read-only.")
            with open(descriptor, "rb", closefd=False) as file:
                if file.read(len(expected) + 1) != expected:
                    raise DiskRefused(f"{self._shown(path)} changed meanwhile.")
            return facts
        finally:
            os.close(descriptor)

    def _roll_back(self, done: list[_Undo]) -> None:
        failed = []
        for undo in reversed(done):
            try:
                undo()
            except (OSError, ValueError, DiskRefused) as error:
                failed.append(self._reason(error))
        if failed:
            raise DiskRefused(f"A change could not be taken back: {'; '.join(failed)}")

    def _reason(self, error: OSError | ValueError | DiskRefused) -> str:
        if isinstance(error, DiskRefused):
            return str(error)
        if not isinstance(error, OSError):  # half a character, which no name on the disk has
            return "A path has characters that no name can have."
        name = self._shown(error.filename) if isinstance(error.filename, str) else "A file"
        return f"{name}: {error.strerror or error}."

    def _shown(self, path: str) -> str:
        return self.confinement.display(path)


def _fill(descriptor: int, content: bytes) -> None:
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _take_over(descriptor: int, facts: os.stat_result) -> None:
    """Give a new file the owner, if we may, and the mode of the one that it replaces.

    But for what makes a program run as its owner: that was granted to another content.
    """
    mine = os.fstat(descriptor)
    if (mine.st_uid, mine.st_gid) != (facts.st_uid, facts.st_gid):
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, facts.st_uid, facts.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(facts.st_mode) & ~(stat.S_ISUID | stat.S_ISGID))
