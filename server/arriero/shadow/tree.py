"""A copy of a workspace folder's files, kept up to date between commands."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from arriero.shadow.changes import Changes, Ignored, Listing, ignored_of
from arriero.shadow.layer import mode_of
from arriero.shadow.paths import relative_to
from arriero.shadow.removal import remove_tree
from arriero.shadow.stamps import Stamps
from arriero.shadow.types import ShadowError

_MOST_BYTES = 2 << 30
_LONG_PATH = 2000
# The kernel's clock for files goes in steps of 10 ms at most.
_STEP = 20_000_000  # ns
_PIECE = 1 << 20
# Mode, size, inode, modification and change time: whatever a command does shows in one of them.
_Mark = tuple[int, int, int, int, int]


class _Found(NamedTuple):
    """What is not as it was made, by its path in the folder, and what is not there any more."""

    new: dict[str, _Mark]
    gone: set[str]


class CopiedTree:
    """The copy of one workspace folder; only to be touched while no command runs."""

    def __init__(self, root: str, folder: Path) -> None:
        """`root` is the workspace folder; `folder` becomes the copy."""
        self.root = root
        self.copy = os.fspath(folder)
        os.makedirs(self.copy)
        self._stamps = Stamps()
        # By the path in the folder: the file that was copied, and the copy as it was made.
        self._originals: dict[str, _Mark] = {}
        self._made: dict[str, _Mark] = {}
        self._warm: set[str] = set()
        # The texts that were laid over it, and when all was in place.
        self._laid: dict[str, bytes | None] = {}
        self._written = 0
        # Whether nothing has touched the copy since it was put right.
        self._mended = False
        # What the last `read_back` found that is not as it was made; None once that is old.
        self._found: _Found | None = None

    def sync(self, files: Mapping[str, bytes | None], listing: Listing) -> None:
        """Make the copy what the user has, with texts laid over: absolute path to bytes or None.

        Raises OSError, and ShadowError when the workspace is too large.
        """
        wanted = self._wanted(listing)
        if not self._mended:
            self.mend()
        self._mended, self._found = False, None
        laid = {relative_to(self.root, path): content for path, content in files.items()}
        laid_before, self._laid = self._laid, {}
        for relative in self._made.keys() - wanted.keys() - laid.keys():
            self._remove(relative)
        for relative, mark in wanted.items():
            if relative not in laid and not self._is_copied(relative, mark):
                self._copy(relative, mark)
        for relative, content in laid.items():
            if content is None or laid_before.get(relative) != content or not self._lies(relative):
                self._lay(relative, content)
        self._laid, self._written = laid, time.time_ns()

    def mend(self) -> None:
        """Take out of the copy what a command changed and what is not ignored. Raises OSError."""
        found, self._found = self._found or self._look(), None
        for relative in found.gone:
            del self._made[relative]
        for relative in found.new:
            if relative not in self._warm:
                self._remove(relative)
        self._mended = True

    def read_back(
        self, supplied: Mapping[str, bytes | None], began: int, *, ignored: Ignored
    ) -> Changes:
        """Return what a command changed; the next `sync` puts it right."""
        changes = Changes(self.root, supplied, began)
        found = self._found = self._look()
        asked = [os.path.join(self.root, name) for name in found.new if name not in self._warm]
        hidden = ignored_of(self.root, asked, ignored) if asked else set()
        gone = set(found.gone)
        for name, (mode, *_, touched) in found.new.items():
            path, copy = os.path.join(self.root, name), self._path(name)
            if name in self._warm or path in hidden:
                self._warm.add(name)
                changes.ignored += touched >= began
            elif stat.S_ISREG(mode):
                changes.changed(path, copy)
            else:
                changes.special(path, mode)
            if name in self._made and not stat.S_ISREG(mode):
                gone.add(name)
        for name in sorted(gone):
            changes.deleted(os.path.join(self.root, name))
        return changes

    def _look(self) -> _Found:
        """Look at everything in the copy."""
        found = dict(_walk(self.copy))
        made, since = self._made.get, self._written - _STEP
        new = {
            name: mark
            for name, mark in found.items()
            if made(name) != mark or (mark[4] > since and self._has_other_bytes(name))
        }
        return _Found(new, self._made.keys() - found.keys())

    def _has_other_bytes(self, relative: str) -> bool:
        """Whether a file is not as it was made, though its mark is the same.

        A command may have changed it before the clock of files went on, and set its time back.
        """
        content = self._laid.get(relative)
        if content is not None:
            with open(self._path(relative), "rb") as file:
                return file.read() != content
        original = os.path.join(self.root, relative)
        try:
            if self._originals.get(relative) not in (None, _mark(os.lstat(original))):
                # It was saved meanwhile, and is copied anew.
                return False
            return not _has_same_bytes(original, self._path(relative))
        except OSError:
            # It is gone, and so will be its copy.
            return False

    def _wanted(self, listing: Listing) -> dict[str, _Mark]:
        wanted: dict[str, _Mark] = {}
        total = 0
        for path in listing(self.root):
            try:
                mark = _mark(os.lstat(path))
            except OSError:
                # Gone since it was listed.
                continue
            if not stat.S_ISREG(mark[0]):
                continue
            wanted[relative_to(self.root, path)] = mark
            total += mark[1]
            if total > _MOST_BYTES:
                raise ShadowError(
                    f"The workspace has more than {_MOST_BYTES >> 30} GiB, too much to copy for a "
                    "command; open a smaller folder, or see `arriero doctor` for a better shadow."
                )
        return wanted

    def _is_copied(self, relative: str, original: _Mark) -> bool:
        return relative in self._made and self._originals.get(relative) == original

    def _copy(self, relative: str, original: _Mark) -> None:
        copy = self._path(relative)
        self._make_folders(os.path.dirname(relative))
        self._remove(relative)
        try:
            shutil.copy2(os.path.join(self.root, relative), copy, follow_symlinks=False)
        except FileNotFoundError:
            return
        os.chmod(copy, stat.S_IMODE(original[0]) & 0o777 | stat.S_IRUSR | stat.S_IWUSR)
        if time.time_ns() - original[4] > _STEP:
            self._originals[relative] = original
        else:
            # It may change once more without a sign: the next sync is to copy it again.
            self._originals.pop(relative, None)
        self._made[relative] = _mark(os.lstat(copy))

    def _lay(self, relative: str, content: bytes | None) -> None:
        copy = self._path(relative)
        self._remove(relative)
        # The next sync is to bring the user's file back.
        self._originals.pop(relative, None)
        if content is None:
            return
        self._make_folders(os.path.dirname(relative))
        with open(copy, "wb") as file:
            file.write(content)
        original = os.path.join(self.root, relative)
        os.chmod(copy, self._mode_of_laid(relative))
        stamp = self._stamps.stamp(relative, content, original)
        os.utime(copy, ns=(stamp, stamp))
        self._made[relative] = _mark(os.lstat(copy))

    def _lies(self, relative: str) -> bool:
        """Whether what was laid last is there as it was."""
        mark = self._made.get(relative)
        if mark is None or relative in self._warm:
            return False
        return stat.S_IMODE(mark[0]) == self._mode_of_laid(relative)

    def _mode_of_laid(self, relative: str) -> int:
        mode = mode_of(os.path.join(self.root, relative))
        return stat.S_IMODE(mode) & 0o777 | 0o600 if stat.S_ISREG(mode) else 0o644

    def _make_folders(self, relative: str) -> None:
        made = ""
        for name in relative.split("/") if relative else ():
            made = os.path.join(made, name)
            if not stat.S_ISDIR(mode_of(self._path(made))):
                self._remove(made)
                os.mkdir(self._path(made))

    def _remove(self, relative: str) -> None:
        self._made.pop(relative, None)
        self._warm.discard(relative)
        path = self._path(relative)
        mode = mode_of(path)
        if stat.S_ISDIR(mode):
            remove_tree(path)
        elif mode:
            os.unlink(path)

    def _path(self, relative: str) -> str:
        return os.path.join(self.copy, relative)


def _has_same_bytes(first: str, second: str) -> bool:
    with open(first, "rb") as one, open(second, "rb") as other:
        while piece := one.read(_PIECE):
            if other.read(_PIECE) != piece:
                return False
        return not other.read(1)


def _walk(folder: str) -> Iterator[tuple[str, _Mark]]:
    """Yield the mark of everything that is no folder, by its path in `folder`."""
    todo = [""]
    while todo:
        current = todo.pop()
        path = os.path.join(folder, current)
        mode = stat.S_IMODE(os.stat(path).st_mode)
        if mode & stat.S_IRWXU != stat.S_IRWXU:
            os.chmod(path, mode | stat.S_IRWXU)
        with os.scandir(path) as found:
            entries = list(found)
        before = f"{current}/" if current else ""
        for entry in entries:
            relative = before + entry.name
            if not entry.is_dir(follow_symlinks=False):
                yield relative, _mark(entry.stat(follow_symlinks=False))
            elif len(relative) < _LONG_PATH:
                todo.append(relative)


def _mark(status: os.stat_result) -> _Mark:
    return (
        status.st_mode,
        status.st_size,
        status.st_ino,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )
