"""Collecting what a command changed, in a form that can join a proposal."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from arriero.shadow.protected import is_cache, is_protected, is_repository
from arriero.shadow.types import FileWrite

# (root, paths beneath it) -> those that are ignored. All absolute.
Ignored = Callable[[str, Sequence[str]], Set[str]]
# root -> its files that are not ignored, absolute.
Listing = Callable[[str], Iterable[str]]

MOST_FILE_BYTES = 8 << 20
_MOST_BYTES = 64 << 20
_MOST_FILES = 5000
_MOST_SKIPPED = 50


@dataclass
class Changes:
    """What a command did to the files of one workspace folder.

    `supplied` is what was laid over the folder before the command; texts are compared with that,
    and with the user's files where nothing was laid. `began` is the time of the command in ns since
    the epoch: a file that the user saved after it is not the one that the command changed.
    """

    root: str
    supplied: Mapping[str, bytes | None]
    began: int
    writes: list[FileWrite] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    ignored: int = 0
    _bytes: int = 0
    _left_out: int = 0
    _repository: bool = False

    def changed(self, path: str, source: str) -> None:
        """Take a regular file as it is now at `source`; no change if it has the same bytes."""
        if not self._may_join(path):
            return
        if len(self.writes) >= _MOST_FILES or self._bytes > _MOST_BYTES:
            self._left_out += 1
            return
        try:
            content, mode = read_regular(source)
            before, mode_before = self._before(path)
            saved = content != before and self._saved_meanwhile(path)
        except TooLargeError as error:
            self.skip(path, f"is too large to join a proposal ({error})")
            return
        except OSError as error:
            self.skip(path, f"cannot be read ({error.strerror})")
            return
        if saved:
            self._skip_saved(path)
        elif content != before:
            self.writes.append(FileWrite(path, content))
            self._bytes += len(content)
        if before is not None and (mode ^ mode_before) & 0o111:
            self.skip(path, "got another mode; a proposal holds texts only")

    def deleted(self, path: str) -> None:
        """Take a regular file that is not there any more."""
        if not self._may_join(path):
            return
        if path in self.supplied and self.supplied[path] is None:
            return
        if self._saved_meanwhile(path):
            self._skip_saved(path)
            return
        self.writes.append(FileWrite(path, None))

    def skip(self, path: str, reason: str) -> None:
        """Name a change that cannot join a proposal."""
        self.skipped.append(f"{_visible(self._relative(path))} {reason}")

    def special(self, path: str, mode: int) -> None:
        """Name something new that is neither a file nor a folder."""
        kinds = {
            stat.S_IFLNK: "a symbolic link",
            stat.S_IFIFO: "a named pipe",
            stat.S_IFSOCK: "a socket",
        }
        kind = kinds.get(stat.S_IFMT(mode), "a device")
        self.skip(path, f"is {kind}, which cannot join a proposal")

    def repository_changed(self) -> None:
        """Git's own data was changed (more than its index)."""
        self._repository = True

    def notes(self) -> list[str]:
        """Return what was skipped, each with the reason, a bounded number of lines."""
        lines = sorted(set(self.skipped))
        if self._repository:
            lines.insert(
                0, ".git: commits, branches, stashes and settings made by a command are not kept"
            )
        if self._left_out:
            lines.insert(0, f"{self._left_out} more changed files: too many for one proposal")
        if len(lines) > _MOST_SKIPPED:
            rest = len(lines) - _MOST_SKIPPED
            lines = [*lines[:_MOST_SKIPPED], f"… and {rest} more like these"]
        return lines

    def _may_join(self, path: str) -> bool:
        relative = self._relative(path)
        if is_repository(relative):
            return False
        if is_protected(relative):
            self.skip(path, "is protected: a command may not change it; propose it as an edit")
            return False
        return True

    def _before(self, path: str) -> tuple[bytes | None, int]:
        try:
            content, mode = read_regular(path)
        except (FileNotFoundError, NotADirectoryError, NotRegularError):
            return self.supplied.get(path), 0o644
        return self.supplied.get(path, content), mode

    def _saved_meanwhile(self, path: str) -> bool:
        if path in self.supplied:
            return False
        try:
            return os.lstat(path).st_ctime_ns > self.began
        except OSError:
            return False

    def _skip_saved(self, path: str) -> None:
        self.skip(path, "was saved by the user while the command ran; run the command again")

    def _relative(self, path: str) -> str:
        return os.path.relpath(path, self.root)


def _visible(name: str) -> str:
    """Return a name in one line that no terminal obeys; bytes that are no text are shown too."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in name
    )


class TooLargeError(Exception):
    """A file is larger than a proposal takes; the text is its size."""


class NotRegularError(OSError):
    """It is not a regular file."""


def read_regular(path: str) -> tuple[bytes, int]:
    """Return the bytes and the mode of a regular file; links are not followed, nothing blocks."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if os.path.islink(path):
            raise NotRegularError(error.errno, "it is a symbolic link", path) from error
        raise
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise NotRegularError(errno.EINVAL, "it is not a regular file", path)
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(MOST_FILE_BYTES + 1)
    if len(content) > MOST_FILE_BYTES:
        raise TooLargeError(f"more than {MOST_FILE_BYTES >> 20} MiB")
    return content, mode


def ignored_of(root: str, paths: Sequence[str], ignored: Ignored) -> set[str]:
    """Return the ignored ones, tools' caches among them."""
    caches = {path for path in paths if is_cache(os.path.relpath(path, root))}
    rest = [path for path in paths if path not in caches]
    return caches | (set(ignored(root, rest)) if rest else set())
