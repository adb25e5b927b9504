"""A workspace's folder that is kept open while many of its files are read."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from types import TracebackType

from arriero.workspace.beneath import READ, open_root, opener
from arriero.workspace.confine import Confinement


class OpenFolder(Confinement):
    """A confinement to one folder, which is not opened anew for each file: a third of the time.

    What is not simply read (links, what is missing or no file, a folder that was replaced) is
    asked for as anywhere else, which tells what is the matter. To be used in a `with`.
    """

    def __init__(self, root: str) -> None:
        """Take an absolute canonical folder; it may be missing."""
        super().__init__([root])
        self._head = root if root.endswith("/") else root + "/"
        self._folder = -1
        self._is: tuple[int, int] | None = None
        self._open_beneath: Callable[[bytes], int] | None = None
        try:
            self._folder = open_root(root)
        except OSError:  # reading says why, for each file
            return
        self._is = _identity(os.fstat(self._folder))
        self._open_beneath = opener(self._folder, READ)

    def __enter__(self) -> OpenFolder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the folder go; reading works as anywhere else from now on."""
        folder, self._folder, self._open_beneath = self._folder, -1, None
        if folder >= 0:
            os.close(folder)

    def read(self, path: str, limit: int) -> bytes:
        """Return the bytes of a file; raises as `Confinement.read` does."""
        data = self._quickly_read(path, limit)
        return super().read(path, limit) if data is None else data

    def _quickly_read(self, path: str, limit: int) -> bytes | None:
        """Return the bytes of a regular file of at most `limit`; None where it is not that."""
        if self._open_beneath is None or not path.startswith(self._head) or "\0" in path:
            return None
        try:
            if _identity(os.stat(self.roots[0])) != self._is:
                return None
            descriptor = self._open_beneath(os.fsencode(path[len(self._head) :]))
            try:
                facts = os.fstat(descriptor)
                if not stat.S_ISREG(facts.st_mode) or facts.st_size > limit:
                    return None
                data = os.read(descriptor, facts.st_size + 1)
            finally:
                os.close(descriptor)
        except (OSError, UnicodeEncodeError):  # what it is, is told by who asks again
            return None
        # What grew or shrank meanwhile, or came in pieces, is read again.
        return data if len(data) == facts.st_size else None


def _identity(facts: os.stat_result) -> tuple[int, int]:
    return facts.st_dev, facts.st_ino
