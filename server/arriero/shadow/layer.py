"""The upper layer of an overlay: laying texts into it, and taking out what must not stay.

Its format is the kernel's: a deleted file is a character device 0/0 (a whiteout), and a folder that
hides the one below has the attribute `user.overlay.opaque`.
https://docs.kernel.org/filesystems/overlayfs.html
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from arriero.shadow.removal import remove_tree
from arriero.shadow.stamps import Stamps

log = logging.getLogger(__name__)

_OPAQUE = "user.overlay.opaque"
_MOST_BASES = 8


class Layer:
    """The layer of one workspace folder; only to be touched while no command runs."""

    def __init__(self, root: str, folder: Path, bases: tuple[str, ...] = ()) -> None:
        """`root` is the workspace folder; `folder` becomes the place of the layer.

        `bases` are frozen layers between the two, upmost first, beside `folder`.
        """
        self._folder = folder
        self.bases = bases
        self._frozen = 0
        self.root = root
        self.upper = os.fspath(folder / "upper")
        self.name = folder.name
        self._stamps = Stamps()
        # Files that stay from one command to the next: the ignored ones.
        self.warm: set[str] = set()
        os.makedirs(self.upper)
        os.mkdir(folder / "work")
        self._as_below(self.upper, root)

    def path(self, relative: str) -> str:
        """Return where the layer has a file."""
        return os.path.join(self.upper, relative)

    def below(self, relative: str) -> str:
        """Return where the workspace has a file."""
        return os.path.join(self.root, relative)

    def lay(self, files: Mapping[str, bytes | None]) -> None:
        """Put texts over the workspace's files: absolute path to bytes, None for no file.

        Raises OSError when the layer cannot be written.
        """
        for path, content in files.items():
            relative = os.path.relpath(path, self.root)
            self._make_folders(os.path.dirname(relative))
            self._remove(relative)
            if content is not None:
                self._write(relative, content)
            elif os.path.lexists(path) or any(map(os.path.lexists, self._in_bases(relative))):
                make_whiteout(self.path(relative))

    def reset(self, discard: Iterable[str], folders: Iterable[str]) -> None:
        """Take out what does not stay; `folders` are those that are looked through, any order."""
        for relative in discard:
            self._remove(relative)
        for relative in sorted(folders, key=len, reverse=True):
            path = self.path(relative)
            try:
                os.rmdir(path)
            except FileNotFoundError:
                continue
            except OSError:
                # Something ignored stays in it: the workspace's own files show through again.
                set_opaque(path, opaque=False)
                self._as_below(path, self.below(relative))
        self._show_below()
        for path in list(self.warm):
            if not os.path.lexists(self.path(path)):
                self.warm.discard(path)

    def clear(self) -> None:
        """Take out everything."""
        self.warm.clear()
        with os.scandir(self.upper) as entries:
            for name in [entry.name for entry in entries]:
                self._remove(name)
        self._show_below()

    def freeze(self, *, used: bool) -> None:
        """Begin a new, empty layer on top of what this one holds. Raises OSError.

        `used`: the bases are in use by others; else build results are thrown away once there are
        many bases, which the kernel would look through one by one.
        """
        if not used and len(self.bases) >= _MOST_BASES:
            for name in self.bases:
                remove_tree(os.fspath(self._folder.parent / name))
            self.bases = ()
        if not os.listdir(self.upper):
            return
        self._frozen += 1
        base = self._folder / f"base{self._frozen}"
        os.rename(self.upper, base)
        self.bases = (f"{self.name}/{base.name}", *self.bases)
        self.warm.clear()
        os.mkdir(self.upper)
        self._as_below(self.upper, self.root)

    def _in_bases(self, relative: str) -> list[str]:
        return [os.fspath(self._folder.parent / base / relative) for base in self.bases]

    def _show_below(self) -> None:
        set_opaque(self.upper, opaque=False)
        self._as_below(self.upper, self.root)

    def _make_folders(self, relative: str) -> None:
        made = ""
        for name in relative.split("/") if relative else ():
            made = os.path.join(made, name)
            path = self.path(made)
            mode = mode_of(path)
            if stat.S_ISDIR(mode):
                continue
            if mode:
                os.unlink(path)
            os.mkdir(path)
            self._as_below(path, self.below(made))
            # In place of a whiteout or a file it must not bring back what that hid.
            set_opaque(path, opaque=bool(mode))

    def _remove(self, relative: str) -> None:
        path = self.path(relative)
        mode = mode_of(path)
        if stat.S_ISDIR(mode):
            remove_tree(path)
        elif mode:
            os.unlink(path)

    def _write(self, relative: str, content: bytes) -> None:
        path, below = self.path(relative), self.below(relative)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, 0o644), "wb") as file:
            file.write(content)
        self._as_below(path, below)
        stamp = self._stamps.stamp(relative, content, below)
        os.utime(path, ns=(stamp, stamp))

    def _as_below(self, path: str, below: str) -> None:
        """Give mode and owner of the workspace's own file, or the owner of the workspace."""
        try:
            status = os.stat(below, follow_symlinks=False)
        except OSError:
            status = None
        if status is not None and stat.S_IFMT(status.st_mode) == stat.S_IFMT(mode_of(path)):
            os.chmod(path, stat.S_IMODE(status.st_mode) & 0o1777)
        if os.geteuid() == 0:
            owner = status or os.stat(self.root)
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def is_whiteout(status: os.stat_result) -> bool:
    """Whether an entry of a layer stands for a deleted one."""
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == 0


def make_whiteout(path: str) -> None:
    """Make an entry that hides the one below."""
    os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(0, 0))


def is_opaque(path: str) -> bool:
    """Whether a folder of a layer hides the one below."""
    try:
        return os.getxattr(path, _OPAQUE, follow_symlinks=False) == b"y"
    except OSError:
        return False


def set_opaque(path: str, *, opaque: bool) -> None:
    """Make a folder of a layer hide the one below, or show it again."""
    if opaque:
        os.setxattr(path, _OPAQUE, b"y", follow_symlinks=False)
    elif is_opaque(path):
        os.removexattr(path, _OPAQUE, follow_symlinks=False)


def mode_of(path: str) -> int:
    """Return the mode of an entry, 0 where there is none."""
    try:
        return os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0
