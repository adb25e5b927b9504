"""A copy of a workspace folder's files, kept up to date between commands."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from arriero.shadow.changes import Changes, Ignored, Listing, ignored_of
from arriero.shadow.layer import mode_of
from arriero.shadow.paths import relative_to
from arriero.shadow.removal import remove_tree
from arriero.shadow.stamps import Stamps
from arriero.shadow.types import ShadowError

_MOST_BYTES = 2 << 30
_LONG_PATH = 2000
# Mode, size, inode, modification and change time: whatever a command does shows in one of them.
_Mark = tuple[int, int, int, int, int]


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
        # Whether nothing has touched the copy since it was looked through.
        self._mended = False

    def sync(self, files: Mapping[str, bytes | None], listing: Listing) -> None:
        """Make the copy what the user has, with texts laid over: absolute path to bytes or None.

        Raises OSError, and ShadowError when the workspace is too large.
        """
        wanted = self._wanted(listing)
        if not self._mended:
            self.mend()
        self._mended = False
        for relative in self._made.keys() - wanted.keys():
            self._remove(relative)
        made, original = self._made, self._originals.get
        for relative in [one for one in wanted if one not in made or original(one) != wanted[one]]:
            self._copy(relative, wanted[relative])
        for path, content in files.items():
            self._lay(relative_to(self.root, path), content)

    def mend(self) -> None:
        """Take out of the copy what a command changed and what is not ignored. Raises OSError."""
        found = dict(_walk(self.copy))
        for relative in self._made.keys() - found.keys():
            del self._made[relative]
        for relative in self._other(found):
            if relative not in self._warm:
                self._remove(relative)
        self._mended = True

    def read_back(
        self, supplied: Mapping[str, bytes | None], began: int, *, ignored: Ignored
    ) -> Changes:
        """Return what a command changed; the next `sync` puts it right."""
        changes = Changes(self.root, supplied, began)
        found = dict(_walk(self.copy))
        new = self._other(found)
        asked = [os.path.join(self.root, name) for name in new if name not in self._warm]
        hidden = ignored_of(self.root, asked, ignored) if asked else set()
        for name in new:
            path, copy = os.path.join(self.root, name), self._path(name)
            mode, *_, touched = found[name]
            if name in self._warm or path in hidden:
                self._warm.add(name)
                changes.ignored += touched >= began
            elif stat.S_ISREG(mode):
                changes.changed(path, copy)
            else:
                changes.special(path, mode)
        gone = self._made.keys() - found.keys()
        gone |= {name for name in new if name in self._made and not stat.S_ISREG(found[name][0])}
        for name in sorted(gone):
            changes.deleted(os.path.join(self.root, name))
        return changes

    def _other(self, found: Mapping[str, _Mark]) -> list[str]:
        """Return what is not as it was made."""
        made = self._made.get
        return [name for name, mark in found.items() if made(name) != mark]

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

    def _copy(self, relative: str, original: _Mark) -> None:
        copy = self._path(relative)
        self._make_folders(os.path.dirname(relative))
        self._remove(relative)
        try:
            shutil.copy2(os.path.join(self.root, relative), copy, follow_symlinks=False)
        except FileNotFoundError:
            return
        os.chmod(copy, stat.S_IMODE(original[0]) & 0o777 | stat.S_IRUSR | stat.S_IWUSR)
        self._originals[relative] = original
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
        mode = mode_of(original)
        os.chmod(copy, stat.S_IMODE(mode) & 0o777 | 0o600 if stat.S_ISREG(mode) else 0o644)
        stamp = self._stamps.stamp(relative, content, original)
        os.utime(copy, ns=(stamp, stamp))
        self._made[relative] = _mark(os.lstat(copy))

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
